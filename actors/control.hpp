// The control actor: HTTP on the control socket <-> messages. One table says which routes there are; the OpenAPI
// page is made from it. Long answers are streams of JSON lines, each carried by an actor of its own.
#pragma once

#include "messages/all.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paws {

/// Whom the control actor asks. Those that only some routes need may be invalid: such a route says so.
struct control_setup {
  environment_actor environment;
  journal_actor journal;
  http_server_actor server;
  log_collector_actor collector;
  log_store_actor logs;
  metrics_actor metrics;
  resource_watch_actor resources;
  std::vector<mailbox_source> others = {}; // whose mailboxes are told as well
};

using control_pointer = http_handler_actor::stateful_pointer<struct control_state>;

/// One request, taken apart.
struct control_request {
  std::uint64_t id = 0;
  std::string path;
  std::multimap<std::string, std::string> query; // percent-decoded
  std::string body;
  std::string trace_id; // of its header

  /// The last value of `key`, or "".
  std::string value(const std::string& key) const;
};

/// One route. `summary` is printed in the OpenAPI page; `answer` handles a request whose path and method fit.
struct control_route {
  std::string_view method;
  std::string_view path;
  std::string_view summary;
  std::string_view parameters; // names of query parameters, separated by spaces
  std::string_view returns;    // media type of the success
  void (control_state::*answer)(const control_request&);
};

std::span<const control_route> control_routes();

/// Values of every `key` of the query, each of which may be a list separated by commas.
line_list words_of(const control_request& request, const std::string& key);

/// Splits "/v1/health?service=etcd" and decodes the query; unusable escapes stay as they are.
control_request parse_target(std::string_view target);

/// The command in a request's body. Failure: code ERR_CLI_001.
struct parsed_command {
  operator_command command;
  topology::failure what; // code "" when it can be carried out
  bool confirmed = false; // the loss of data
};
/// `trace_id` is the one of the request's header; one in the body goes first.
parsed_command parse_command(const std::string& name, const std::string& body, const std::string& trace_id = {});

/// One that nobody else has: 16 hexadecimal digits.
std::string new_trace_id();

struct control_state {
  void init(control_pointer self, control_setup setup);
  void hear_request(const http_request_in& request);
  void hear_gone(std::uint64_t id);
  void hear_down(const caf::down_msg& down);

  // The routes.
  void status(const control_request& request);
  void health(const control_request& request);
  void events(const control_request& request);
  void actors(const control_request& request);
  void live(const control_request& request);
  void ready(const control_request& request);
  void logs(const control_request& request);
  void metrics(const control_request& request);
  void inspect(const control_request& request);
  void resources(const control_request& request);
  void openapi(const control_request& request);
  void command(const control_request& request);
  void send(const control_request& request);

  void reply(std::uint64_t id, int status, const std::string& body);
  void refuse(std::uint64_t id, int status, const topology::failure& why);
  void refuse(std::uint64_t id, const caf::error& why);
  void reply_health(std::uint64_t id, const logic::health_report& report);
  /// Calls `go` once every one of `names` is known to be something of this environment; else refuses.
  void when_known(std::uint64_t id, const line_list& names, std::function<void(const logic::environment_view&)> go);
  void end_when_over();
  /// Calls `go` with the rows of everything that answers.
  void with_rows(std::function<void(const actor_list&)> go);

  control_pointer self_ = nullptr;
  control_setup with_;
  std::map<std::uint64_t, caf::actor> streams_; // by request
  bool environment_over_ = false;

  static constexpr const char* name = "control";
};

/// The handler for an http_server_actor's `serve`. Ends by itself (normally) when the environment has ended and every
/// stream has been given its last line: wait for that before the server is told to stop.
http_handler_actor make_control(caf::actor_system& system, control_setup setup);

} // namespace paws
