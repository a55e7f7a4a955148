#include "net/redis_client.hpp"

#include "net/limits.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <hiredis/hiredis.h>

#include <utility>

namespace paws::net {

namespace {

using boost::system::error_code;

// Null when hiredis is out of memory.
std::shared_ptr<std::string> serialise(const std::vector<std::string>& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const auto& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* raw = nullptr;
  int size = redisFormatCommandArgv(&raw, static_cast<int>(words.size()), words.data(), sizes.data());
  if (size < 0)
    return nullptr;
  std::unique_ptr<char, void (*)(char*)> owner(raw, redisFreeCommand);
  return std::make_shared<std::string>(raw, static_cast<std::size_t>(size));
}

} // namespace

redis_connection::redis_connection(asio::io_context& context)
    : kept_connection(context), resolver_(context), socket_(context) {}

redis_connection::~redis_connection() {
  redis_connection::close();
}

std::shared_ptr<redis_connection> redis_connection::self() {
  return std::static_pointer_cast<redis_connection>(shared_from_this());
}

void redis_connection::open(const logic::ask& question) {
  error_code not_literal;
  auto literal = asio::ip::make_address(question.address, not_literal);
  if (!not_literal) {
    connect(asio::ip::tcp::resolver::results_type::create(asio::ip::tcp::endpoint(literal, question.port), "", ""));
    return;
  }
  resolver_.async_resolve(
      question.address, std::to_string(question.port), asio::ip::tcp::resolver::numeric_service,
      [self = self(), g = generation_](const error_code& failed, const asio::ip::tcp::resolver::results_type& found) {
        if (g != self->generation_)
          return;
        if (failed)
          self->broke("cannot resolve " + self->question().address + ": " + failed.message());
        else
          self->connect(found);
      });
}

void redis_connection::connect(const asio::ip::tcp::resolver::results_type& where) {
  asio::async_connect(socket_, where,
                      [self = self(), g = generation_](const error_code& failed, const asio::ip::tcp::endpoint&) {
                        if (g != self->generation_)
                          return;
                        if (failed)
                          self->broke("cannot connect to " + endpoint_of(self->question()) + ": " + failed.message());
                        else
                          self->connected();
                      });
}

void redis_connection::connected() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  parser_.reset();
  read();
  const auto& asked = question();
  logging_in_ = !asked.password.empty();
  if (!logging_in_) {
    opened();
    return;
  }
  write(asked.user.empty() ? std::vector<std::string>{"AUTH", asked.password}
                           : std::vector<std::string>{"AUTH", asked.user, asked.password});
}

void redis_connection::transmit(const logic::ask& question) {
  write(question.command);
}

void redis_connection::write(const std::vector<std::string>& command) {
  received_ = false;
  output_ = serialise(command);
  if (!output_) {
    broke("out of memory");
    return;
  }
  asio::async_write(socket_, asio::buffer(*output_),
                    [self = self(), g = generation_, kept = output_](const error_code& failed, std::size_t) {
                      if (g == self->generation_ && failed)
                        self->lost(failed);
                    });
}

// Always on: while idle it is what notices that the peer closed the connection.
void redis_connection::read() {
  socket_.async_read_some(asio::buffer(input_),
                          [self = self(), g = generation_](const error_code& failed, std::size_t size) {
                            if (g == self->generation_)
                              self->on_read(failed, size);
                          });
}

void redis_connection::on_read(const error_code& failed, std::size_t size) {
  if (failed) {
    lost(failed);
    return;
  }
  bool expected = current() == state::busy || (current() == state::opening && logging_in_);
  if (!expected) {
    broke("unasked data"); // from a peer that answers what nobody asked; the next question gets a new connection
    return;
  }
  received_ = true;
  switch (parser_.feed({input_.data(), size})) {
  case redis_parser::outcome::broken:
    broke("the answer of " + endpoint_of(question()) + " is unusable: " + parser_.error());
    return;
  case redis_parser::outcome::more:
    read();
    return;
  case redis_parser::outcome::complete:
    read();
    on_reply();
  }
}

void redis_connection::on_reply() {
  auto what = to_answer(parser_.reply());
  if (!what.ok)
    what.error = harmless(what.error, question());
  if (!logging_in_) {
    // More than was asked for would be taken for the answer of the next question.
    finished(std::move(what), !parser_.excess());
    return;
  }
  logging_in_ = false;
  if (what.ok)
    opened();
  else
    broke(endpoint_of(question()) + " refused the login: " + what.error);
}

void redis_connection::lost(const error_code& why) {
  if (current() == state::idle || current() == state::closed) {
    broke({});
    return;
  }
  bool unasked = current() == state::busy && reused() && !received_;
  broke(endpoint_of(question()) + " closed the connection: " + why.message(), unasked);
}

void redis_connection::close() {
  ++generation_;
  logging_in_ = false;
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

redis_client::redis_client(asio::io_context& context) : connections_(context, remembered_connections) {}

void redis_client::send(logic::ask question, answer_sink sink) {
  auto rest = std::to_string(question.port) + '\n' + question.user + '\n' + question.password;
  auto& connection = connections_.at(question.address, rest);
  connection.submit(std::move(question), std::move(sink));
}

} // namespace paws::net
