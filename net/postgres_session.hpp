// One session with PostgreSQL for the command line: each call waits for its own end, within a limit, and can be broken
// off. For a process of its own, never for an actor.
#pragma once

#include "logic/ask.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct pg_conn;
struct pg_result;

namespace paws::net {

using std::chrono::milliseconds;

/// Why something that was asked is not so.
struct sql_trouble {
  enum class cause : std::uint8_t {
    refused,    // PostgreSQL says no; the session goes on
    lost,       // no session, or none any more
    late,       // over its limit; the session is closed
    interrupted // broken off; the session is closed
  };
  cause why = cause::lost;
  std::string message = {};  // one line
  std::string sqlstate = {}; // "" = none
  int position = 0;          // in what was asked, in characters from 1; 0 = not known
  bool ended = false;        // late, interrupted: PostgreSQL has ended what was under way; rolled back, if no commit
};

struct sql_result {
  std::optional<sql_trouble> trouble = {};
  std::size_t statements = 0;                 // so many were carried out
  std::vector<std::vector<std::string>> rows; // of the last one; NULL is ""
};

struct session_hooks {
  std::function<bool()> interrupted = {}; // asked every `tick`, and at once after a signal was handled; may be empty
  milliseconds tick{100};
  bool ends_what_is_late = true; // at PostgreSQL too, which takes up to 4 s; else only the session is closed
};

class postgres_session {
public:
  /// As `login` says (its address is a number, never a name); nothing is opened yet. `application` is what PostgreSQL
  /// shows of it, and tells it from every other session.
  postgres_session(logic::ask login, std::string application, session_hooks hooks);
  postgres_session(postgres_session&&) noexcept;
  postgres_session& operator=(postgres_session&&) = delete;
  /// Ends the session, and so what it holds.
  ~postgres_session();

  std::optional<sql_trouble> open(milliseconds limit);
  /// Everything in `sql`, as one simple query. COPY from or to the client is refused, and ends the session.
  sql_result run(const std::string& sql, milliseconds limit);
  bool is_open() const { return connection_ != nullptr; }
  /// Warnings that came since the last call, at most 8: "01000 …".
  std::vector<std::string> take_warnings();

private:
  enum class woken : std::uint8_t { ready, lost, late, interrupted };
  struct closer {
    void operator()(pg_conn* connection) const;
  };

  woken wait(short events, logic::steady_time until) const;
  woken send_rest(logic::steady_time until) const;
  woken receive(sql_result& into, logic::steady_time until) const;
  void take_result(const pg_result& result, sql_result& into) const;
  sql_trouble break_off(woken how, milliseconds limit);
  sql_trouble lost() const;
  static void on_notice(void* self, const pg_result* notice);

  logic::ask login_;
  std::string application_;
  session_hooks hooks_;
  std::unique_ptr<std::vector<std::string>> warnings_; // stays where it is: libpq's callback knows it
  std::unique_ptr<pg_conn, closer> connection_;
};

/// `text` as a literal of SQL.
std::string literal_of(const std::string& text);

} // namespace paws::net
