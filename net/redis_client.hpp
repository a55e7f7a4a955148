// Asks Redis and Sentinel over kept connections. Lives on the I/O thread.
#pragma once

#include "net/kept_connection.hpp"
#include "net/redis_reply.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace paws::net {

/// Connects, encrypted where the question says so, logs in with AUTH when the question has a password, asks one command
/// at a time.
class redis_connection : public kept_connection {
public:
  explicit redis_connection(asio::io_context& context);
  ~redis_connection() override;

protected:
  void open(const logic::ask& question) override;
  void transmit(const logic::ask& question) override;
  void close() override;

private:
  struct link;
  void connect(const asio::ip::tcp::resolver::results_type& where);
  void secure();
  void connected();
  void write(const std::vector<std::string>& command);
  void read();
  void on_read(const boost::system::error_code& failed, std::size_t size);
  void on_reply();
  void lost(const boost::system::error_code& why);
  std::shared_ptr<redis_connection> self();

  asio::ip::tcp::resolver resolver_;
  std::shared_ptr<link> link_; // of one connection; its handlers keep it
  redis_parser parser_;
  std::uint64_t generation_ = 0; // of the connection: handlers of an older one do nothing
  bool logging_in_ = false;
  std::shared_ptr<std::string> output_;
};

class redis_client {
public:
  explicit redis_client(asio::io_context& context);
  /// The sink is called within the question's timeout. `question` must be askable (answer_sink.hpp).
  void send(logic::ask question, answer_sink sink);
  /// Closes kept connections to this address.
  void forget(const std::string& address) { connections_.forget(address); }

private:
  connection_table<redis_connection> connections_;
};

} // namespace paws::net
