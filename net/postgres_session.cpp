#include "net/postgres_session.hpp"

#include "net/answer_sink.hpp"
#include "net/limits.hpp"
#include "net/postgres_login.hpp"
#include "net/postgres_words.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <poll.h>
#include <utility>

namespace paws::net {

namespace {

using steady = std::chrono::steady_clock;
using cause = sql_trouble::cause;

// To have another session end ours, and as long again for ours to hear of it.
constexpr milliseconds call_off_limit_ms{2000};

std::string field(const PGresult& said, int which) {
  const char* value = PQresultErrorField(&said, which);
  return value == nullptr ? "" : value;
}

// The primary message, with what makes it understood.
std::string whole_message(const PGresult& said) {
  auto out = message_of(said);
  if (out.empty())
    out = "the statement failed";
  for (const auto which : {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT})
    if (const auto more = first_line(field(said, which)); !more.empty())
      out += "; " + more;
  return out;
}

int position_of(const PGresult& said) {
  const auto text = field(said, PG_DIAG_STATEMENT_POSITION);
  return text.empty() ? 0 : static_cast<int>(std::strtol(text.c_str(), nullptr, 10));
}

} // namespace

postgres_session::postgres_session(logic::ask login, std::string application, session_hooks hooks)
    : login_{std::move(login)},
      application_{std::move(application)},
      hooks_{std::move(hooks)},
      warnings_{std::make_unique<std::vector<std::string>>()} {}

postgres_session::postgres_session(postgres_session&&) noexcept = default;

postgres_session::~postgres_session() = default;

void postgres_session::closer::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

// A C callback: nothing may be thrown through libpq.
void postgres_session::on_notice(void* self, const pg_result* notice) {
  try {
    auto& warnings = *static_cast<std::vector<std::string>*>(self);
    if (severity_of(*notice) == severity::warning && warnings.size() < warnings_limit)
      warnings.push_back(warning_text(*notice));
  } catch (const std::exception&) {
    // Out of memory: one warning less.
  }
}

std::vector<std::string> postgres_session::take_warnings() {
  return std::exchange(*warnings_, {});
}

postgres_session::woken postgres_session::wait(short events, logic::steady_time until) const {
  for (;;) {
    if (hooks_.interrupted && hooks_.interrupted())
      return woken::interrupted;
    const auto left = std::chrono::ceil<milliseconds>(until - steady::now());
    if (left.count() <= 0)
      return woken::late;
    pollfd watched{PQsocket(connection_.get()), events, 0};
    if (::poll(&watched, 1, static_cast<int>(std::min(left, hooks_.tick).count())) > 0)
      return woken::ready;
  }
}

std::optional<sql_trouble> postgres_session::open(milliseconds limit) {
  const auto until = steady::now() + limit;
  connection_.reset(begin_login(login_, login_.address, application_));
  if (!connection_)
    return sql_trouble{cause::lost, "out of memory"};
  PQsetNoticeReceiver(connection_.get(), &postgres_session::on_notice, warnings_.get());
  auto status = PQstatus(connection_.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
    if (const auto how = wait(status == PGRES_POLLING_READING ? POLLIN : POLLOUT, until); how != woken::ready) {
      connection_.reset(); // nothing was asked yet: nothing is under way
      return sql_trouble{how == woken::late ? cause::late : cause::interrupted,
                         endpoint_of(login_) + " does not let us in within " + std::to_string(limit.count()) + " ms",
                         "", 0, true};
    }
    status = PQconnectPoll(connection_.get());
  }
  if (status == PGRES_POLLING_OK && PQsetnonblocking(connection_.get(), 1) == 0) {
    PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    return std::nullopt;
  }
  const auto said = login_failure(*connection_, login_);
  connection_.reset();
  return sql_trouble{cause::lost, harmless(said.error, login_), said.sqlstate};
}

sql_result postgres_session::run(const std::string& sql, milliseconds limit) {
  sql_result out;
  const auto until = steady::now() + limit;
  if (!connection_ || PQsendQuery(connection_.get(), sql.c_str()) != 1) {
    out.trouble = lost();
    connection_.reset();
    return out;
  }
  auto how = send_rest(until);
  if (how == woken::ready)
    how = receive(out, until);
  if (how == woken::late || how == woken::interrupted)
    out.trouble = break_off(how, limit);
  else if (how == woken::lost && !out.trouble) // what PostgreSQL said before it went says more
    out.trouble = lost();
  else if (how == woken::lost && PQstatus(connection_.get()) == CONNECTION_BAD)
    out.trouble->why = cause::lost;
  if (how != woken::ready)
    connection_.reset();
  return out;
}

postgres_session::woken postgres_session::send_rest(logic::steady_time until) const {
  for (;;) {
    const int unsent = PQflush(connection_.get());
    if (unsent <= 0)
      return unsent == 0 ? woken::ready : woken::lost;
    if (const auto how = wait(POLLIN | POLLOUT, until); how != woken::ready)
      return how;
    // A server that is not heard reads no further.
    if (PQconsumeInput(connection_.get()) != 1)
      return woken::lost;
  }
}

// Everything up to the end of the query.
postgres_session::woken postgres_session::receive(sql_result& into, logic::steady_time until) const {
  for (;;) {
    while (PQisBusy(connection_.get()) == 0) {
      const std::unique_ptr<PGresult, void (*)(PGresult*)> result{PQgetResult(connection_.get()), PQclear};
      if (!result)
        return PQstatus(connection_.get()) == CONNECTION_OK ? woken::ready : woken::lost;
      take_result(*result, into);
      const auto status = PQresultStatus(result.get());
      if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
        return woken::lost;
    }
    if (const auto how = wait(POLLIN, until); how != woken::ready)
      return how;
    do
      if (PQconsumeInput(connection_.get()) != 1)
        return woken::lost;
    while (decrypted_bytes(*connection_) > 0);
  }
}

void postgres_session::take_result(const pg_result& result, sql_result& into) const {
  into.rows.clear();
  switch (PQresultStatus(&result)) {
  case PGRES_TUPLES_OK:
    for (int r = 0; r < PQntuples(&result); ++r) {
      auto& row = into.rows.emplace_back();
      for (int c = 0; c < PQnfields(&result); ++c)
        row.emplace_back(PQgetvalue(&result, r, c), static_cast<std::size_t>(PQgetlength(&result, r, c)));
    }
    ++into.statements;
    break;
  case PGRES_COMMAND_OK:
    ++into.statements;
    break;
  case PGRES_FATAL_ERROR:
  case PGRES_BAD_RESPONSE:
    into.trouble =
        sql_trouble{cause::refused, harmless(whole_message(result), login_), sqlstate_of(result), position_of(result)};
    break;
  case PGRES_COPY_IN:
  case PGRES_COPY_OUT:
  case PGRES_COPY_BOTH:
    into.trouble = sql_trouble{cause::refused, "COPY from or to the client has nobody at its other end"};
    break;
  default:
    break;
  }
}

// What is under way ends by another session, which has a limit of its own; libpq's cancelling has none. That it has
// ended is known when our session is.
sql_trouble postgres_session::break_off(woken how, milliseconds limit) {
  sql_trouble out{how == woken::late ? cause::late : cause::interrupted};
  if (how == woken::late)
    out.message = "no answer from " + endpoint_of(login_) + " within " + std::to_string(limit.count()) + " ms";
  else
    out.message = "interrupted";
  if (!hooks_.ends_what_is_late)
    return out;
  const auto pid = std::to_string(PQbackendPID(connection_.get()));
  postgres_session other{login_, application_ + "-end", {{}, hooks_.tick, false}};
  if (other.open(call_off_limit_ms))
    return out;
  const auto asked = other.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = " + pid +
                                   " AND usename = current_user AND application_name = " + literal_of(application_),
                               call_off_limit_ms);
  if (asked.trouble || asked.rows.empty())
    return out;
  hooks_.interrupted = nullptr;
  sql_result last;
  out.ended = receive(last, steady::now() + call_off_limit_ms) == woken::lost;
  return out;
}

sql_trouble postgres_session::lost() const {
  auto why = connection_ ? first_line(PQerrorMessage(connection_.get())) : std::string{};
  if (why.empty())
    why = endpoint_of(login_) + " has closed the connection";
  return {cause::lost, harmless(why, login_)};
}

std::string literal_of(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string{"''"} : std::string{c};
  return out + "'";
}

} // namespace paws::net
