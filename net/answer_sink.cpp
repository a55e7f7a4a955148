#include "net/answer_sink.hpp"

#include <algorithm>
#include <cctype>
#include <exception>
#include <utility>
#include <vector>

namespace paws::net {

answer_sink::answer_sink(function deliver) : deliver_(std::move(deliver)), began_(std::chrono::steady_clock::now()) {}

answer_sink::answer_sink(answer_sink&& other) noexcept
    : deliver_(std::exchange(other.deliver_, nullptr)), began_(other.began_), sent_(other.sent_) {}

answer_sink& answer_sink::operator=(answer_sink&& other) noexcept {
  if (this != &other) {
    answer_sink replaced(std::move(*this));
    deliver_ = std::exchange(other.deliver_, nullptr);
    began_ = other.began_;
    sent_ = other.sent_;
  }
  return *this;
}

answer_sink::~answer_sink() {
  try {
    fail("the question was dropped: the engine ends or is out of memory");
  } catch (const std::exception&) {
    // Nothing is left that could be told.
  }
}

void answer_sink::deliver(logic::answer what) {
  auto deliver = std::exchange(deliver_, nullptr);
  if (!deliver)
    return;
  auto took = std::chrono::steady_clock::now() - began_;
  what.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  what.sent = sent_;
  deliver(std::move(what));
}

void answer_sink::fail(std::string error) {
  if (!deliver_)
    return;
  logic::answer out;
  out.error = std::move(error);
  deliver(std::move(out));
}

namespace {

constexpr std::size_t longest_text = 300;

void mask(std::string& text, const std::string& secret) {
  if (secret.empty())
    return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
    text.replace(at, secret.size(), "***");
}

bool same_word(const std::string& a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](unsigned char x, char y) { return std::tolower(x) == y; });
}

// Redis echoes arguments in some of its errors. Those that may be secrets start at the returned index.
std::size_t first_secret_argument(const std::vector<std::string>& command) {
  if (command.empty())
    return 0;
  if (same_word(command[0], "auth") || same_word(command[0], "hello") || same_word(command[0], "acl"))
    return 1;
  if (same_word(command[0], "config") || same_word(command[0], "sentinel"))
    return 3;
  return command.size();
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(char(c)) != std::string_view::npos;
  });
}

std::string unaskable_http(const logic::ask& question) {
  if (!is_token(question.method))
    return "the HTTP method is not a word";
  if (question.path.empty() || question.path[0] != '/' || has_control_character(question.path) ||
      question.path.find_first_of(" #") != std::string::npos)
    return "the HTTP path must begin with / and have no blanks";
  for (const auto& [name, value] : question.headers)
    if (!is_token(name) || has_control_character(value))
      return "an HTTP header has a line break or another character that is not allowed";
  return {};
}

} // namespace

std::string harmless(std::string_view text, const logic::ask& question) {
  std::string out(text);
  mask(out, question.password);
  for (auto i = first_secret_argument(question.command); i < question.command.size(); ++i)
    mask(out, question.command[i]);
  while (!out.empty() && std::isspace(static_cast<unsigned char>(out.back())))
    out.pop_back();
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = ' ';
  if (out.size() > longest_text)
    out.resize(longest_text);
  return out;
}

std::string endpoint_of(const logic::ask& question) {
  if (!question.address.empty() && question.address[0] == '/')
    return question.address;
  bool v6 = question.address.find(':') != std::string::npos;
  return (v6 ? "[" + question.address + "]" : question.address) + ":" + std::to_string(question.port);
}

std::string too_late(const logic::ask& question) {
  return "no answer from " + endpoint_of(question) + " within " + std::to_string(question.timeout.count()) + " ms";
}

std::string unaskable(const logic::ask& question) {
  bool is_http = question.channel == logic::channel::http;
  bool unix_socket = is_http && !question.address.empty() && question.address[0] == '/';
  auto named = [](unsigned char c) { return std::isalnum(c) || c == '.' || c == ':' || c == '-' || c == '_'; };
  if (question.address.empty() || has_control_character(question.address) ||
      (!unix_socket && !std::all_of(question.address.begin(), question.address.end(), named)))
    return "the address is not one";
  if (question.port == 0 && !unix_socket)
    return "the port is missing";
  if (question.timeout.count() <= 0)
    return "the timeout must be positive";
  if (is_http)
    return unaskable_http(question);
  if (question.channel == logic::channel::redis && question.command.empty())
    return "the Redis command is empty";
  if (question.channel == logic::channel::postgres && question.sql.find('\0') != std::string::npos)
    return "the SQL statement has a NUL byte";
  return {};
}

} // namespace paws::net
