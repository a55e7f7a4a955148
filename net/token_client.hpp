// HTTP peers that want a token instead of a password (etcd): logs in once, keeps the token, logs in again when it is
// no longer taken. Tokens stay in memory. Lives on the I/O thread.
#pragma once

#include "net/http_client.hpp"

#include <map>
#include <memory>
#include <string>

namespace paws::net {

class token_client {
public:
  /// `http` must live as long as this.
  explicit token_client(http_client& http);
  ~token_client();
  token_client(const token_client&) = delete;
  token_client& operator=(const token_client&) = delete;

  /// Asks with a token from question.token_path. A login that is refused is the answer, as the peer put it.
  void send(logic::ask question, answer_sink sink);
  /// Forgets the tokens of this address.
  void forget(const std::string& address);

private:
  struct exchange;
  struct shared;

  std::shared_ptr<shared> shared_; // answers may come after this is gone
};

} // namespace paws::net
