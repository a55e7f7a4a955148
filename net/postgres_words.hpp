// What a PostgreSQL server says beside rows: errors and notices, as answers carry them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct pg_result;

namespace paws::net {

enum class severity : std::uint8_t { notice, warning, error };

/// As the server means it, in whatever language it says so. error: also FATAL and PANIC.
severity severity_of(const pg_result& said);
/// The five characters; "" when the server sent none or something else.
std::string sqlstate_of(const pg_result& said);
/// The primary message, one line.
std::string message_of(const pg_result& said);
/// "57014 canceling wait for synchronous replication …"
std::string warning_text(const pg_result& said);

/// The first line that is not empty.
std::string first_line(std::string_view text);
/// Takes the SQLSTATE out of a verbose error text ("FATAL:  57P03: the database …") and returns it; "" = it has none.
std::string take_sqlstate(std::string& text);

} // namespace paws::net
