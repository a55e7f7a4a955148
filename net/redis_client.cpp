#include "net/redis_client.hpp"

#include "net/limits.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <hiredis/hiredis.h>

#include <array>
#include <optional>
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

// Why a peer is not trusted, in OpenSSL's words.
std::string distrust(SSL* of, const error_code& failed) {
  const auto verdict = SSL_get_verify_result(of);
  return verdict == X509_V_OK ? failed.message() : X509_verify_cert_error_string(verdict);
}

} // namespace

struct redis_connection::link {
  explicit link(const asio::any_io_executor& on) : socket(on) {}

  // Whatever carries the bytes.
  template <class F>
  void carry(F with) {
    if (tls)
      with(*tls);
    else
      with(socket);
  }

  asio::ip::tcp::socket socket;
  std::optional<asio::ssl::context> trust;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls;
  std::array<char, 4096> input;
};

redis_connection::redis_connection(asio::io_context& context) : kept_connection(context), resolver_(context) {}

redis_connection::~redis_connection() {
  redis_connection::close();
}

std::shared_ptr<redis_connection> redis_connection::self() {
  return std::static_pointer_cast<redis_connection>(shared_from_this());
}

void redis_connection::open(const logic::ask& question) {
  link_ = std::make_shared<link>(resolver_.get_executor());
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
  asio::async_connect(
      link_->socket, where,
      [self = self(), g = generation_, kept = link_](const error_code& failed, const asio::ip::tcp::endpoint&) {
        if (g != self->generation_)
          return;
        if (failed)
          self->broke("cannot connect to " + endpoint_of(self->question()) + ": " + failed.message());
        else
          self->secure();
      });
}

// Trusts the one authority only, none of the machine's.
void redis_connection::secure() {
  const auto& wanted = question().tls;
  if (!wanted.on) {
    connected();
    return;
  }
  error_code failed;
  auto& trust = link_->trust.emplace(asio::ssl::context::tls_client);
  trust.load_verify_file(wanted.ca_file, failed);
  if (failed || SSL_CTX_set_min_proto_version(trust.native_handle(), TLS1_2_VERSION) != 1) {
    broke("ERR_SEC_003: the certificate authority " + wanted.ca_file + " cannot be used");
    return;
  }
  auto& tls = link_->tls.emplace(link_->socket, trust);
  const auto& name = wanted.server_name.empty() ? question().address : wanted.server_name;
  tls.set_verify_mode(asio::ssl::verify_peer, failed);
  tls.set_verify_callback(asio::ssl::host_name_verification(name), failed);
  tls.async_handshake(asio::ssl::stream_base::client,
                      [self = self(), g = generation_, kept = link_](const error_code& refused) {
                        if (g != self->generation_)
                          return;
                        if (refused)
                          self->broke("ERR_SEC_004: no encrypted connection to " + endpoint_of(self->question()) +
                                      ": " + distrust(kept->tls->native_handle(), refused));
                        else
                          self->connected();
                      });
}

void redis_connection::connected() {
  error_code ignored;
  link_->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  link_->socket.set_option(asio::socket_base::keep_alive(true), ignored);
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
  // Its end may not have been read yet. Once something is written, nobody can tell whether it was carried out.
  if (reused() && readable(link_->socket.native_handle()))
    broke(endpoint_of(question) + " closed the connection", true);
  else
    write(question.command);
}

void redis_connection::write(const std::vector<std::string>& command) {
  output_ = serialise(command);
  if (!output_) {
    broke("out of memory");
    return;
  }
  link_->carry([this](auto& stream) {
    asio::async_write(
        stream, asio::buffer(*output_),
        [self = self(), g = generation_, kept = link_, bytes = output_](const error_code& failed, std::size_t) {
          if (g == self->generation_ && failed)
            self->lost(failed);
        });
  });
}

// Always on: while idle it is what notices that the peer closed the connection.
void redis_connection::read() {
  link_->carry([this](auto& stream) {
    stream.async_read_some(asio::buffer(link_->input),
                           [self = self(), g = generation_, kept = link_](const error_code& failed, std::size_t size) {
                             if (g == self->generation_)
                               self->on_read(failed, size);
                           });
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
  switch (parser_.feed({link_->input.data(), size})) {
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
  broke(endpoint_of(question()) + " closed the connection: " + why.message());
}

void redis_connection::close() {
  ++generation_;
  logging_in_ = false;
  resolver_.cancel();
  error_code ignored;
  if (link_)
    link_->socket.close(ignored);
}

redis_client::redis_client(asio::io_context& context) : connections_(context, remembered_connections) {}

void redis_client::send(logic::ask question, answer_sink sink) {
  auto rest = std::to_string(question.port) + '\n' + std::to_string(question.lane) + '\n' + question.user + '\n' +
              question.password;
  if (question.tls.on)
    rest += '\n' + question.tls.ca_file + '\n' + question.tls.server_name;
  auto& connection = connections_.at(question.address, rest);
  connection.submit(std::move(question), std::move(sink));
}

} // namespace paws::net
