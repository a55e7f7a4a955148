// The whole protocol with its type ids. Include this in sources; headers of actors include the roles they name.
#pragma once

#include "messages/actor_rows.hpp"
#include "messages/environment.hpp"
#include "messages/error.hpp"
#include "messages/journal.hpp"
#include "messages/logs.hpp"
#include "messages/metrics.hpp"
#include "messages/net.hpp"
#include "messages/resources.hpp"
#include "messages/runtime.hpp"
#include "messages/supervision.hpp"
