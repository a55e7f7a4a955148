// Asks HTTP peers: libcurl's multi interface, its sockets and its one timer driven by Asio. Connections are kept and
// reused. Redirects are answers, not followed; proxies of the user's environment are ignored. Lives on the I/O thread.
#pragma once

#include "net/answer_sink.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace paws::net {

namespace asio = boost::asio;

class http_client {
public:
  explicit http_client(asio::io_context& context);
  ~http_client();

  /// The sink is called within the question's timeout. An address that begins with / is the path of a Unix socket.
  /// `question` must be askable (answer_sink.hpp).
  void send(logic::ask question, answer_sink sink);
  /// Closes kept connections to this address.
  void forget(const std::string& address);

private:
  std::shared_ptr<class http_driver> driver_;
};

} // namespace paws::net
