// A question to the outside and its answer, as values. What to ask (cluster kinds), how to reach it (net) and what
// it means (cluster views) stay apart: this is all that they share.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace paws::logic {

using steady_time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

enum class channel : std::uint8_t { http, postgres, redis };

/// Whether the connection is encrypted, and what the peer must then prove. Never falls back to a plain one.
struct tls_check {
  bool on = false;
  std::string ca_file;     // PEM file of this machine: who signs the peer's certificate; nobody else is trusted
  std::string server_name; // name or address the certificate must have; "" = the address that is asked
};

/// One question. Only the fields of its channel are meaningful. Carries credentials: never printed or journalled.
struct ask {
  std::string name;   // "etcd.status": <kind>.<what>; names what the answer means
  std::string member; // whom it is about
  logic::channel channel = logic::channel::http;
  std::string address; // IP address or host name
  std::uint16_t port = 0;
  std::string user, password; // http: Basic; postgres: login; redis: AUTH (password only, user empty)
  tls_check tls;              // http, postgres
  // http
  std::string method = "GET";
  std::string path = "/";
  std::string body; // sent as application/json when not empty
  /// Where user and password get a token, which is then sent as Authorization (etcd); "" = Basic, when there are any.
  std::string token_path;
  std::map<std::string, std::string> headers;
  std::uint32_t lines = 0; // the answer is complete with so many lines of its body, which may go on; 0 = with its end
  // postgres
  std::string database;
  std::string sql;       // one statement
  bool discreet = false; // the server writes nothing of it into its log; only for superusers
  // redis
  std::vector<std::string> command; // argv of one command
  std::uint32_t lane = 0;           // postgres, redis: questions of different lanes go over connections of their own
  bool fresh = false;               // postgres, redis: over a new connection, which ends with it
  milliseconds timeout{2000};       // the whole exchange, connecting included
  milliseconds fast_interval{100};  // how often to ask while something is awaited
  milliseconds steady_interval{1000};
};

/// What came back. `ok` means: the peer answered the protocol's own success (HTTP: any complete response).
struct answer {
  bool ok = false;
  std::string error;                          // "" when ok; else one plain sentence without credentials
  int status = 0;                             // http status
  std::string text;                           // http body; redis: a simple, bulk or integer reply as text
  bool sent = false;                          // postgres, redis: the peer may have seen the question
  std::string sqlstate;                       // postgres: of the error
  std::vector<std::string> warnings;          // postgres: "57014 canceling wait for …", at most 8
  std::vector<std::string> columns;           // postgres
  std::vector<std::vector<std::string>> rows; // postgres; NULL is "" ; redis arrays: one row per element, nested
                                              // arrays become the row's cells
  std::int64_t duration_us = 0;
};

/// What an answer says, flat: "leader" -> "patroni1". Made once per answer by the cluster kind's interpreter.
using facts = std::map<std::string, std::string>;

/// The last thing known about one ask of one member.
struct observation {
  std::string name; // ask::name
  std::string member;
  std::uint64_t generation = 0; // which start of the member was asked; older ones are dropped
  steady_time asked_at{};
  steady_time answered_at{};
  bool ok = false;
  std::string error;
  facts known; // empty unless ok
  std::int64_t duration_us = 0;
};

/// Latest observation by (member, ask name).
class observation_table {
public:
  void put(observation what) {
    auto key = std::make_pair(what.member, what.name);
    table_.insert_or_assign(std::move(key), std::move(what));
  }
  /// Forgets all that is known of `member` (it was restarted or is gone).
  void forget(const std::string& member);
  /// nullptr when nothing is known.
  const observation* find(const std::string& member, const std::string& name) const {
    auto at = table_.find({member, name});
    return at == table_.end() ? nullptr : &at->second;
  }
  const std::map<std::pair<std::string, std::string>, observation>& all() const { return table_; }

private:
  std::map<std::pair<std::string, std::string>, observation> table_;
};

} // namespace paws::logic
