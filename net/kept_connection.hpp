// One kept connection to one peer, whatever the protocol: a queue of questions of which one is on its way, a deadline
// for each, reconnecting after any failure, closing when nobody asks any more. A protocol derives from it and says
// how to open, transmit and close. Lives on the I/O thread.
#pragma once

#include "net/answer_sink.hpp"
#include "net/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace paws::net {

namespace asio = boost::asio;

class kept_connection : public std::enable_shared_from_this<kept_connection> {
public:
  virtual ~kept_connection() = default;

  /// Asks after all that were asked before. The sink is called within the question's timeout, connecting and waiting
  /// in the queue included.
  void submit(logic::ask question, answer_sink sink);
  /// Closes the connection as soon as nothing is on its way: the peer was restarted.
  void forget();
  /// Closes it now and for good; what was asked fails.
  void abandon();
  /// True when it holds nothing that could not be made anew.
  bool idle_and_closed() const { return state_ == state::closed && queue_.empty(); }

protected:
  enum class state : std::uint8_t { closed, opening, idle, busy };

  /// Closed when nobody asks for `idle_limit`.
  explicit kept_connection(asio::io_context& context, milliseconds idle_limit = kept_idle_limit_ms)
      : timer_(context), idle_limit_(idle_limit) {}

  // --- what a protocol does ------------------------------------------------------------------------------------
  /// Connects and logs in as this question needs it; ends in opened() or broke().
  virtual void open(const logic::ask& question) = 0;
  /// Sends it; ends in finished(), failed() or broke(), of which the last two may be called at once. From here on the
  /// peer may have seen it, unless broke() says that it surely has not.
  virtual void transmit(const logic::ask& question) = 0;
  /// Closes at once, without waiting. No handler may call back for the old connection after this.
  virtual void close() = 0;

  // --- what a protocol reports ---------------------------------------------------------------------------------
  void opened();
  /// The answer of the question on its way. keep = false closes the connection after it.
  void finished(logic::answer what, bool keep = true);
  /// The connection is unusable. Fails the question on its way with `error`; unasked: not one byte of it was handed to
  /// the kernel, so it is asked once more on a new connection. Whatever else is lost is lost: a write may have been
  /// carried out, and carrying it out twice would be worse than not knowing.
  void broke(const std::string& error, bool unasked = false);
  /// The connection is unusable, and `what` is what is known of the failure.
  void failed(logic::answer what);

  state current() const { return state_; }
  /// The question on its way; only while opening or busy.
  const logic::ask& question() const { return queue_.front().question; }
  /// True when the connection has served a question before this one.
  bool reused() const { return served_ > 0; }
  /// True when there is something to read, or the peer has closed.
  static bool readable(int fd);

private:
  struct waiting {
    logic::ask question;
    answer_sink sink;
    logic::steady_time deadline;
    bool retried = false;
  };

  void advance();
  void end_connection();
  void watch_deadlines();
  void on_timer();

  asio::steady_timer timer_;
  milliseconds idle_limit_;
  std::deque<waiting> queue_;
  state state_ = state::closed;
  bool forget_ = false;
  bool advancing_ = false;
  std::uint64_t served_ = 0; // by this connection
};

/// The connections of one protocol by key. Type: a kept_connection made with (io_context&).
template <class Type>
class connection_table {
public:
  explicit connection_table(asio::io_context& context, std::size_t remembered)
      : context_(context), remembered_(remembered) {}

  ~connection_table() {
    for (auto& row : table_)
      row.second->abandon();
  }
  connection_table(const connection_table&) = delete;
  connection_table& operator=(const connection_table&) = delete;

  Type& at(const std::string& address, const std::string& rest) {
    auto& entry = table_[{address, rest}];
    if (!entry) {
      entry = std::make_shared<Type>(context_);
      shrink(entry.get());
    }
    return *entry;
  }

  void forget(const std::string& address) {
    for (auto at = table_.lower_bound({address, {}}); at != table_.end() && at->first.first == address; ++at)
      at->second->forget();
  }

private:
  void shrink(const Type* keep) {
    if (table_.size() <= remembered_)
      return;
    std::erase_if(table_, [&](const auto& row) { return row.second.get() != keep && row.second->idle_and_closed(); });
  }

  asio::io_context& context_;
  std::size_t remembered_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Type>> table_;
};

} // namespace paws::net
