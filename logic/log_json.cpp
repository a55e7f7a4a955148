// The JSON lines of etcd and of applications. Read without building a document: one pass over the top level.
#include "logic/log_line.hpp"
#include "logic/log_time.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace paws::logic {

namespace {

constexpr int most_depth = 64; // nested deeper is no log line of anybody

// Walks over JSON text. Every step checks its bounds; `ok` turns false at the first thing that is no JSON.
class json_walk {
public:
  explicit json_walk(std::string_view text) : text_{text} {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ >= text_.size(); }
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
      ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char wanted) {
    if (peek() != wanted)
      return ok_ = false;
    ++at_;
    return true;
  }
  // A string, unescaped as far as a reader needs it.
  std::string string() {
    std::string out;
    if (!take('"'))
      return out;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size())
        unescape(out);
      else
        out += text_[at_++];
    }
    take('"');
    return out;
  }
  // Any value, as it stands in the text.
  std::string_view skip_value() {
    const auto begin = (peek(), at_);
    int depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        if (depth == 0)
          break;
        --depth;
        ++at_;
      } else if (c == ',' && depth == 0) {
        break;
      } else {
        ++at_;
      }
    } while (ok_ && !at_end() && depth <= most_depth && (depth > 0 || (peek() != ',' && peek() != '}')));
    ok_ = ok_ && depth == 0;
    return text_.substr(begin, at_ - begin);
  }

private:
  void unescape(std::string& out) {
    const char c = text_[at_ + 1];
    at_ += 2;
    if (c == 'n' || c == 't' || c == 'r')
      out += ' '; // one line stays one
    else if (c == 'u') {
      out += "\\u";
    } else if (c != 'b' && c != 'f')
      out += c;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 4> time_names{"ts", "time", "timestamp", "@timestamp"};
constexpr std::array<std::string_view, 4> level_names{"level", "severity", "lvl", "log.level"};
constexpr std::array<std::string_view, 3> message_names{"msg", "message", "log"};
constexpr std::array<std::string_view, 4> trace_names{"trace_id", "traceId", "trace", "dd.trace_id"};
constexpr std::array<std::string_view, 3> quiet_names{"caller", "logger", "thread"}; // of no use to most readers

} // namespace

std::optional<log_line> parse_json_line(std::string_view text) {
  json_walk walk{text};
  log_line out;
  std::string rest;
  bool said = false;
  walk.take('{');
  while (walk.ok() && walk.peek() != '}') {
    const auto name = walk.string();
    walk.take(':');
    const bool quoted = walk.peek() == '"';
    const auto value = quoted ? walk.string() : std::string{walk.skip_value()};
    if (!walk.ok())
      return std::nullopt;
    if (is_one_of(name, time_names) && quoted) {
      std::string_view at = value;
      out.at_us = read_time(at).value_or(0);
    } else if (is_one_of(name, level_names)) {
      out.level = to_log_level(value).value_or(out.level);
    } else if (is_one_of(name, message_names) && !said) {
      out.message = value;
      said = true;
    } else if (is_one_of(name, trace_names)) {
      out.trace_id = value.size() <= 64 ? value : "";
    } else if (!is_one_of(name, quiet_names)) {
      rest += " " + name + "=" + value;
    }
    if (walk.peek() == ',')
      walk.take(',');
    else if (walk.peek() != '}')
      return std::nullopt;
  }
  if (!walk.take('}'))
    return std::nullopt;
  out.message += out.message.empty() && !rest.empty() ? rest.substr(1) : rest;
  return out;
}

} // namespace paws::logic
