#include "net/token_client.hpp"

#include <nlohmann/json.hpp>

#include <tuple>
#include <utility>

namespace paws::net {

namespace {

using nlohmann::json;

constexpr int unauthorized = 401;
// Where a question goes and who asks; with the password, so that a new one means a new token.
using token_key = std::tuple<std::string, std::uint16_t, std::string, std::string>;

token_key key_of(const logic::ask& question) {
  return {question.address, question.port, question.user, question.password};
}

logic::ask login_of(const logic::ask& question) {
  auto out = question;
  out.method = "POST";
  out.path = question.token_path;
  out.body = json{{"name", question.user}, {"password", question.password}}.dump(-1, ' ', false,
                                                                                 json::error_handler_t::replace);
  out.headers.clear();
  out.lines = 0; // of the answer, not of the login's
  return out;
}

std::string token_in(const logic::answer& answer) {
  const auto said = answer.ok && answer.status == 200 ? json::parse(answer.text, nullptr, false) : json();
  const auto at = said.is_object() ? said.find("token") : said.end();
  return said.is_object() && at != said.end() && at->is_string() ? at->get<std::string>() : "";
}

} // namespace

struct token_client::exchange {
  logic::ask question;
  answer_sink sink;
  logic::steady_time until;
  bool renewed = false; // a kept token was refused once

  logic::milliseconds left() const {
    return std::chrono::duration_cast<logic::milliseconds>(until - std::chrono::steady_clock::now());
  }
};

struct token_client::shared : std::enable_shared_from_this<shared> {
  using pointer = std::shared_ptr<exchange>;

  explicit shared(http_client& to) : http(&to) {}

  /// Hands it on with what is left of its time; without user and password, which would be sent as they are.
  void hand_on(const pointer& one, logic::ask question, void (shared::*then)(const pointer&, logic::answer)) {
    question.timeout = one->left();
    question.user.clear();
    question.password.clear();
    question.token_path.clear();
    if (question.timeout.count() <= 0 || http == nullptr) {
      one->sink.fail(too_late(one->question));
      return;
    }
    http->send(std::move(question), answer_sink{[self = shared_from_this(), one, then](logic::answer what) {
                 ((*self).*then)(one, std::move(what));
               }});
  }

  void begin(const pointer& one) {
    if (const auto at = tokens.find(key_of(one->question)); at != tokens.end())
      ask(one, at->second);
    else
      hand_on(one, login_of(one->question), &shared::logged_in);
  }

  void ask(const pointer& one, const std::string& token) {
    auto question = one->question;
    question.headers["Authorization"] = token;
    hand_on(one, std::move(question), &shared::answered);
  }

  void logged_in(const pointer& one, logic::answer what) {
    const auto token = token_in(what);
    if (token.empty()) {
      what.error = harmless(what.error, one->question);
      one->sink.deliver(std::move(what));
      return;
    }
    tokens[key_of(one->question)] = token;
    ask(one, token);
  }

  void answered(const pointer& one, logic::answer what) {
    if (what.ok && what.status == unauthorized && !std::exchange(one->renewed, true)) {
      tokens.erase(key_of(one->question)); // it has run out, or the peer was restarted
      begin(one);
      return;
    }
    one->sink.deliver(std::move(what));
  }

  http_client* http; // null once its owner ends
  std::map<token_key, std::string> tokens;
};

token_client::token_client(http_client& http) : shared_(std::make_shared<shared>(http)) {}

token_client::~token_client() {
  shared_->http = nullptr;
}

void token_client::send(logic::ask question, answer_sink sink) {
  const auto until = std::chrono::steady_clock::now() + question.timeout;
  shared_->begin(std::make_shared<exchange>(exchange{std::move(question), std::move(sink), until}));
}

void token_client::forget(const std::string& address) {
  std::erase_if(shared_->tokens, [&](const auto& row) { return std::get<0>(row.first) == address; });
}

} // namespace paws::net
