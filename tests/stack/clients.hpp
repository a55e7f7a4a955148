// What a user's program does to the stack: SQL through libpq, commands through hiredis, each call with a deadline of
// its own; and a writer that knows which of its writes were acknowledged.
#pragma once

#include "tests/stack/process.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

struct pg_conn;
struct redisContext;

namespace paws::e2e {

struct endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::string user, password, database;
  std::string sslmode = "prefer", authority = {}; // PostgreSQL: as libpq takes them; authority: a PEM file
};

using sql_rows = std::vector<std::vector<std::string>>;

/// One PostgreSQL connection. After a failure it is closed; `error()` says why.
class sql_session {
public:
  sql_session(const endpoint& where, deadline until);
  sql_session(const sql_session&) = delete;
  sql_session& operator=(const sql_session&) = delete;
  ~sql_session();

  bool open() const { return connection_ != nullptr; }
  const std::string& error() const { return error_; }
  /// std::nullopt on any failure. NULL is "".
  std::optional<sql_rows> run(const std::string& sql, deadline until);

private:
  bool wait_for(bool writing, deadline until);
  void fail(const std::string& why);

  pg_conn* connection_ = nullptr;
  std::string error_;
};

/// One statement on a new connection.
std::optional<sql_rows> sql_once(const endpoint& where, const std::string& sql, deadline until);

/// Asks until the count that `sql` selects is another than 0; that, or "0" when it is not in time.
std::string sql_count_once_any(const endpoint& where, const std::string& sql, deadline until);

/// A reply of Redis, flat: arrays are their elements in order; an error begins with "ERR:" and its own words.
std::optional<std::vector<std::string>> redis_once(const endpoint& where, const std::vector<std::string>& command,
                                                   std::chrono::milliseconds timeout);

/// What the Prometheus at 127.0.0.1:`port` answers to `query`, once it has so many series and none is 0: "1.0 1.0\n".
std::string prometheus_values(std::uint16_t port, const std::string& query, int series, deadline until);

/// Inserts 1, 2, 3 … into `table` through `where`, a new connection after each failure, until it is told to stop.
class steady_writer {
public:
  steady_writer(endpoint where, std::string table);
  ~steady_writer();
  steady_writer(const steady_writer&) = delete;
  steady_writer& operator=(const steady_writer&) = delete;

  /// True when one more write than there are now was acknowledged in time.
  bool wait_next_acknowledged(deadline until);
  void stop();
  std::set<std::int64_t> acknowledged() const;

private:
  void work();

  const endpoint where_;
  const std::string table_;
  mutable std::mutex guard_;
  std::set<std::int64_t> acknowledged_;
  int stop_fd_ = -1, progress_fd_ = -1;
  std::thread thread_;
};

} // namespace paws::e2e
