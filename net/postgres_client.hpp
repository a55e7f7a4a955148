// Asks PostgreSQL over kept connections, with libpq's non-blocking functions only. Lives on the I/O thread.
#pragma once

#include "net/kept_connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

struct pg_conn;
struct pg_result;

namespace paws::net {

/// Logs in as the first question says, asks one statement at a time. All rows of an answer are text; NULL is "".
class postgres_connection : public kept_connection {
public:
  explicit postgres_connection(asio::io_context& context);
  ~postgres_connection() override;

protected:
  void open(const logic::ask& question) override;
  void transmit(const logic::ask& question) override;
  void close() override;

private:
  void start(const std::string& ip_address);
  bool follow_socket();
  void step_login();
  void step_query();
  void step_idle();
  bool take_input();
  bool still_open();
  static void on_notice(void* self, const pg_result* notice);
  void take_notice(const pg_result& notice);
  void take_result(const pg_result& result);
  void add_rows(const pg_result& result);
  void query_done();
  void wait_readable();
  void wait_writable();
  void ready();
  std::string libpq_error() const;
  void lost(std::string error);
  std::shared_ptr<postgres_connection> self();

  struct closer {
    void operator()(pg_conn* connection) const;
  };

  asio::ip::tcp::resolver resolver_;
  // A duplicate of libpq's descriptor: registered and closed on its own, whatever libpq does with the original.
  asio::posix::stream_descriptor socket_;
  int followed_ = -1; // libpq's descriptor that socket_ duplicates
  std::unique_ptr<pg_conn, closer> connection_;
  std::uint64_t generation_ = 0;           // of the connection: handlers of an older one do nothing
  bool reading_ = false, writing_ = false; // waits under way
  bool dismissed_ = false;                 // the server said, unasked, that it ends the connection
  logic::answer answer_;
  std::size_t answer_bytes_ = 0;
  std::size_t input_bytes_ = 0; // lower bound of what was read for this question
};

class postgres_client {
public:
  explicit postgres_client(asio::io_context& context);
  /// The sink is called within the question's timeout. `question` must be askable (answer_sink.hpp).
  void send(logic::ask question, answer_sink sink);
  /// Closes kept connections to this address.
  void forget(const std::string& address) { connections_.forget(address); }

private:
  connection_table<postgres_connection> connections_;
};

} // namespace paws::net
