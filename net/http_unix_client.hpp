// The blocking HTTP client of the command line: one request over the control socket, its answer whole or line by line.
// For a process of its own, never for an actor.
#pragma once

#include "topology/failure.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace paws::net {

/// Gets each complete line (without its line break) as it arrives, blank ones left out; false ends the exchange.
using line_callback = std::function<bool(std::string_view line)>;

struct blocking_request {
  std::string socket_path;
  std::string method = "GET";
  std::string target = "/";
  std::string body;                     // sent as application/json when not empty
  std::chrono::milliseconds timeout{0}; // the whole exchange; 0 = none (streams that are followed)
  /// Asked at least once every `tick`, and at once after a signal was handled; true ends the exchange. May be empty.
  std::function<bool()> interrupted;
  std::chrono::milliseconds tick{1000};
};

struct blocking_reply {
  int status = 0;         // 0 = no answer
  std::string body;       // of an answer that was not given to on_line; at most 64 MiB
  bool connected = false; // false: nobody listens on the socket
  bool aborted = false;   // on_line or interrupted ended it
  topology::failure what; // code "" when the answer is complete or aborted; ERR_CLI_002 nobody listens,
                          // ERR_NET_003 timeout, ERR_ENG_006 connection lost midway, ERR_CLI_001 bad request
};

/// Sends the request and waits for the end of the answer. Lines of a 2xx answer go to on_line when there is one;
/// anything else (one line longer than 16 MiB included) is kept as body or fails.
blocking_reply blocking_http(const blocking_request& request, const line_callback& on_line = {});

} // namespace paws::net
