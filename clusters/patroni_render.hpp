// What Patroni and its PostgreSQL are started with.
#pragma once

#include "logic/cluster_view.hpp"

#include <string>
#include <vector>

namespace paws::clusters::patroni {

inline constexpr std::uint16_t postgres_port = 5432;
inline constexpr std::uint16_t api_port = 8008;
inline constexpr const char* api_user = "patroni";

std::vector<logic::member_spec> render(const logic::cluster_context& context);

/// The SQL that makes the application's user and database; may be run again. Commits wait for no standby: there is none
/// yet.
std::string application_sql(const topology::database& wanted, const std::string& password);

/// `text` as an SQL identifier and as an SQL string.
std::string quoted_name(const std::string& text);
std::string quoted_text(const std::string& text);

} // namespace paws::clusters::patroni
