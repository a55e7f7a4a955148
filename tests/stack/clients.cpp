#include "tests/stack/clients.hpp"

#include <array>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <memory>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace paws::e2e {

using namespace std::chrono_literals;

sql_session::sql_session(const endpoint& where, deadline until) {
  auto port = std::to_string(where.port);
  std::array<const char*, 9> names{"host",    "port",        "user", "password", "dbname", "application_name",
                                   "sslmode", "sslrootcert", nullptr};
  std::array<const char*, 9> values{where.address.c_str(),
                                    port.c_str(),
                                    where.user.c_str(),
                                    where.password.c_str(),
                                    where.database.c_str(),
                                    "e2e",
                                    where.sslmode.c_str(),
                                    where.authority.c_str(),
                                    nullptr};
  connection_ = PQconnectStartParams(names.data(), values.data(), 0);
  auto state = PGRES_POLLING_WRITING;
  while (PQstatus(connection_) != CONNECTION_BAD && state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
    if (!wait_for(state == PGRES_POLLING_WRITING, until)) {
      fail("no connection in time");
      return;
    }
    state = PQconnectPoll(connection_);
  }
  if (PQstatus(connection_) != CONNECTION_OK)
    fail(PQerrorMessage(connection_));
}

sql_session::~sql_session() {
  PQfinish(connection_);
}

void sql_session::fail(const std::string& why) {
  error_ = why;
  PQfinish(connection_);
  connection_ = nullptr;
}

bool sql_session::wait_for(bool writing, deadline until) {
  pollfd ready{PQsocket(connection_), static_cast<short>(writing ? POLLOUT : POLLIN), 0};
  return ::poll(&ready, 1, remaining_ms(until)) == 1;
}

std::optional<sql_rows> sql_session::run(const std::string& sql, deadline until) {
  if (connection_ == nullptr)
    return std::nullopt;
  if (PQsendQuery(connection_, sql.c_str()) != 1) {
    fail(PQerrorMessage(connection_));
    return std::nullopt;
  }
  std::optional<sql_rows> out = sql_rows{};
  for (;;) {
    while (PQisBusy(connection_) == 1) {
      if (!wait_for(false, until) || PQconsumeInput(connection_) != 1) {
        fail("no answer in time: " + std::string{PQerrorMessage(connection_)});
        return std::nullopt;
      }
    }
    std::unique_ptr<PGresult, decltype(&PQclear)> result{PQgetResult(connection_), &PQclear};
    if (!result)
      return out;
    auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      error_ = PQresultErrorMessage(result.get());
      out.reset();
      continue;
    }
    for (int row = 0; out && row < PQntuples(result.get()); ++row) {
      auto& cells = out->emplace_back();
      for (int column = 0; column < PQnfields(result.get()); ++column)
        cells.emplace_back(PQgetvalue(result.get(), row, column));
    }
  }
}

std::optional<sql_rows> sql_once(const endpoint& where, const std::string& sql, deadline until) {
  sql_session session{where, until};
  return session.run(sql, until);
}

std::string sql_count_once_any(const endpoint& where, const std::string& sql, deadline until) {
  std::string seen = "0";
  while (seen == "0" && remaining_ms(until) > 0)
    if (const auto rows = sql_once(where, sql, until); rows && !rows->empty())
      seen = rows->at(0).at(0);
  return seen;
}

namespace {

// argv: Prometheus' URL, a query, how many series are wanted. Prints each value when so many are there and none is 0;
// Prometheus asks its targets one after the other, every 15 s, and is asked again until then.
constexpr const char* wanted_values = R"(
import json, sys, threading, urllib.parse as p, urllib.request as u
pause = threading.Event()
while True:
    found = json.load(u.urlopen(sys.argv[1] + "/api/v1/query?" + p.urlencode({"query": sys.argv[2]}), timeout=30))
    values = [float(each["value"][1]) for each in found["data"]["result"]]
    if len(values) >= int(sys.argv[3]) and all(values):
        print(*values)
        break
    pause.wait(0.5)
)";

void flatten(const redisReply& reply, std::vector<std::string>& into) {
  switch (reply.type) {
  case REDIS_REPLY_INTEGER:
    into.push_back(std::to_string(reply.integer));
    break;
  case REDIS_REPLY_NIL:
    into.emplace_back();
    break;
  case REDIS_REPLY_ERROR:
    into.push_back("ERR:" + std::string{reply.str, reply.len});
    break;
  case REDIS_REPLY_ARRAY:
    for (std::size_t at = 0; at < reply.elements; ++at)
      flatten(*reply.element[at], into);
    break;
  default:
    into.emplace_back(reply.str, reply.len);
  }
}

} // namespace

std::optional<std::vector<std::string>> redis_once(const endpoint& where, const std::vector<std::string>& command,
                                                   std::chrono::milliseconds timeout) {
  timeval limit{timeout.count() / 1000, (timeout.count() % 1000) * 1000};
  std::unique_ptr<redisContext, decltype(&redisFree)> context{
      redisConnectWithTimeout(where.address.c_str(), where.port, limit), &redisFree};
  if (!context || context->err != 0)
    return std::nullopt;
  redisSetTimeout(context.get(), limit);
  std::vector<std::vector<std::string>> lines;
  if (!where.user.empty())
    lines.push_back({"AUTH", where.user, where.password});
  else if (!where.password.empty())
    lines.push_back({"AUTH", where.password});
  lines.push_back(command);
  std::vector<std::string> out;
  for (const auto& line : lines) {
    std::vector<const char*> words;
    std::vector<std::size_t> sizes;
    for (const auto& word : line) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    auto* raw = redisCommandArgv(context.get(), static_cast<int>(words.size()), words.data(), sizes.data());
    std::unique_ptr<void, decltype(&freeReplyObject)> reply{raw, &freeReplyObject};
    if (!reply)
      return std::nullopt;
    out.clear();
    flatten(*static_cast<redisReply*>(raw), out);
  }
  return out;
}

steady_writer::steady_writer(endpoint where, std::string table)
    : where_{std::move(where)},
      table_{std::move(table)},
      stop_fd_{::eventfd(0, EFD_CLOEXEC)},
      progress_fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      thread_{[this] { work(); }} {}

steady_writer::~steady_writer() {
  stop();
  ::close(stop_fd_);
  ::close(progress_fd_);
}

void steady_writer::stop() {
  ::eventfd_write(stop_fd_, 1);
  if (thread_.joinable())
    thread_.join();
}

std::set<std::int64_t> steady_writer::acknowledged() const {
  std::lock_guard lock{guard_};
  return acknowledged_;
}

bool steady_writer::wait_next_acknowledged(deadline until) {
  eventfd_t seen = 0;
  ::eventfd_read(progress_fd_, &seen);
  pollfd progress{progress_fd_, POLLIN, 0};
  return ::poll(&progress, 1, remaining_ms(until)) == 1;
}

void steady_writer::work() {
  std::unique_ptr<sql_session> session;
  pollfd stopped{stop_fd_, POLLIN, 0};
  // The number is spent also when the outcome is not known: a write is never tried twice under the same number.
  for (std::int64_t number = 1; ::poll(&stopped, 1, 10) == 0; ++number) {
    if (!session || !session->open())
      session = std::make_unique<sql_session>(where_, in(1s));
    if (!session->run("insert into " + table_ + " values (" + std::to_string(number) + ")", in(2s))) {
      session.reset();
      continue;
    }
    {
      std::lock_guard lock{guard_};
      acknowledged_.insert(number);
    }
    ::eventfd_write(progress_fd_, 1);
  }
}

std::string prometheus_values(std::uint16_t port, const std::string& query, int series, deadline until) {
  program asking{
      {"python3", "-c", wanted_values, "http://127.0.0.1:" + std::to_string(port), query, std::to_string(series)}, {}};
  return asking.wait(until) ? asking.out() : "nothing in time: " + asking.err();
}

} // namespace paws::e2e
