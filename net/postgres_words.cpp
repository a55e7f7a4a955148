#include "net/postgres_words.hpp"

#include <libpq-fe.h>

#include <algorithm>

namespace paws::net {

namespace {

constexpr std::size_t sqlstate_size = 5;

std::string_view field_of(const PGresult& said, int which) {
  const char* value = PQresultErrorField(&said, which);
  return value ? value : "";
}

bool is_sqlstate(std::string_view text) {
  return text.size() == sqlstate_size &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

} // namespace

severity severity_of(const pg_result& said) {
  auto word = field_of(said, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (word.empty())
    word = field_of(said, PG_DIAG_SEVERITY);
  if (word == "WARNING")
    return severity::warning;
  return word == "ERROR" || word == "FATAL" || word == "PANIC" ? severity::error : severity::notice;
}

std::string sqlstate_of(const pg_result& said) {
  auto code = field_of(said, PG_DIAG_SQLSTATE);
  return is_sqlstate(code) ? std::string(code) : "";
}

std::string message_of(const pg_result& said) {
  auto primary = field_of(said, PG_DIAG_MESSAGE_PRIMARY);
  return first_line(primary.empty() ? PQresultErrorMessage(&said) : primary);
}

std::string warning_text(const pg_result& said) {
  auto code = sqlstate_of(said);
  return (code.empty() ? "" : code + " ") + message_of(said);
}

std::string first_line(std::string_view text) {
  while (!text.empty() && text.front() == '\n')
    text.remove_prefix(1);
  return std::string(text.substr(0, text.find('\n')));
}

// libpq puts two blanks behind the severity, which may be in any language.
std::string take_sqlstate(std::string& text) {
  constexpr std::string_view before = ":  ", behind = ": ";
  auto at = text.find(before);
  if (at == std::string::npos)
    return {};
  at += before.size();
  auto code = text.substr(at, sqlstate_size);
  if (!is_sqlstate(code) || text.compare(at + sqlstate_size, behind.size(), behind) != 0)
    return {};
  text.erase(at, sqlstate_size + behind.size());
  return code;
}

} // namespace paws::net
