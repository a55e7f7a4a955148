// The messages that a person may send to one actor, past the environment: each asks something, and none changes what
// the stack is meant to be. What changes that is a command, which the environment admits.
#pragma once

#include "actors/control_fields.hpp"
#include "messages/all.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paws {

/// One message on its way. Exactly one of `answered` and `failed` is called; a message without an answer is answered
/// with null as soon as it is sent.
struct delivery {
  http_handler_actor::pointer sender = nullptr; // who asks, and is given the answer
  caf::strong_actor_ptr to;
  nlohmann::json body; // fits the message's fields
  std::function<void(const nlohmann::json&)> answered;
  std::function<void(const caf::error&)> failed;
};

struct registered_message {
  std::string_view to; // the kind of the row that an actor tells of itself, or its path
  std::string_view name;
  std::string_view about;
  std::span<const body_field> fields; // texts are required, numbers and flags have a default
  void (*deliver)(const delivery& what);
};

/// Those that the actor of `row` understands, in the order of the table.
std::vector<const registered_message*> messages_for(const actor_row& row);

/// What is wrong with `body`, an object, for `message`; code "" when nothing is, else ERR_CLI_001.
topology::failure misfit(const registered_message& message, const nlohmann::json& body);

/// The JSON Schema of the request that sends one: `actor`, `message`, `body`.
nlohmann::json send_schema();

} // namespace paws
