// Which literals a regular expression cannot do without. Careful rather than complete: what it does not understand it
// leaves out, so that it never claims too much.
#include "logic/log_query.hpp"

#include <cstddef>
#include <string_view>

namespace paws::logic {

namespace {

constexpr std::size_t shortest = 3; // what a trigram index knows
constexpr int most_depth = 32;
constexpr auto npos = std::string_view::npos;

// Whether the case of letters may not matter somewhere: "(?i)", "(?s-mi:".
bool may_fold(std::string_view pattern) {
  for (auto at = pattern.find("(?"); at != std::string_view::npos; at = pattern.find("(?", at + 2)) {
    const auto flags = pattern.substr(at + 2, pattern.find_first_not_of("imsU-", at + 2) - (at + 2));
    if (flags.find('i') != std::string_view::npos)
      return true;
  }
  return false;
}

class literal_reader {
public:
  explicit literal_reader(std::string_view pattern) : text_{pattern}, folds_{may_fold(pattern)} {}

  using alternatives = std::vector<std::vector<std::string>>;

  // Branches up to the end of the text or the group.
  alternatives branches(int depth) {
    alternatives out;
    bool sure = depth < most_depth;
    do {
      auto literals = branch(depth);
      sure = sure && !literals.empty();
      out.push_back(std::move(literals));
    } while (at_ < text_.size() && text_[at_] == '|' && ++at_ > 0);
    return sure ? out : alternatives{};
  }
  bool understood() const { return understood_ && at_ >= text_.size(); }

private:
  std::vector<std::string> branch(int depth) {
    std::vector<std::string> found;
    std::string run;
    const auto end_run = [&] {
      if (run.size() >= shortest)
        found.push_back(run);
      run.clear();
    };
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')' && understood_) {
      const char c = text_[at_++];
      if (c == '(') {
        end_run();
        const auto inner = group(depth);
        if (!optional_next() && inner.size() == 1)
          found.insert(found.end(), inner[0].begin(), inner[0].end());
      } else if (c == '[') {
        end_run();
        skip_class();
        optional_next();
      } else if (c == '\\') {
        one_character(escaped(), run, end_run);
      } else if (c == '.' || c == '^' || c == '$') {
        end_run();
        optional_next();
      } else {
        one_character(c, run, end_run);
      }
    }
    end_run();
    return found;
  }

  // Without regard to case, "k" also means the sign of Kelvin and "s" the long s.
  bool is_ambiguous(char c) const { return folds_ && (c == 'k' || c == 'K' || c == 's' || c == 'S'); }

  template <class End>
  void one_character(char c, std::string& run, End end_run) {
    if (c == '\0' || static_cast<unsigned char>(c) >= 0x80 || is_ambiguous(c)) { // a class, or a part of a character
      end_run();
      optional_next();
      return;
    }
    const bool repeated = at_ < text_.size() && text_[at_] == '+';
    if (optional_next())
      return end_run();
    run += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (repeated)
      end_run();
  }

  // Eats a quantifier; true when what stands before it may be missing.
  bool optional_next() {
    if (at_ >= text_.size())
      return false;
    const char c = text_[at_];
    if (c != '*' && c != '?' && c != '+' && c != '{')
      return false;
    ++at_;
    if (c == '{') {
      const auto end = text_.find('}', at_);
      understood_ = understood_ && end != std::string_view::npos;
      at_ = understood_ ? end + 1 : text_.size();
    }
    if (at_ < text_.size() && text_[at_] == '?') // not greedy
      ++at_;
    return c != '+';
  }

  alternatives group(int depth) {
    if (at_ < text_.size() && text_[at_] == '?') { // flags or a name
      const auto end = text_.find_first_of(":>)", at_);
      if (end == std::string_view::npos) {
        understood_ = false;
        return {};
      }
      at_ = end;
      if (text_[at_] == ')') { // only flags: a quantifier behind them is for what stands before them
        understood_ = understood_ && (++at_ == text_.size() || std::string_view{"*+?{"}.find(text_[at_]) == npos);
        return {};
      }
      ++at_;
    }
    auto out = branches(depth + 1);
    if (at_ >= text_.size() || text_[at_] != ')')
      understood_ = false;
    else
      ++at_;
    return out;
  }

  void skip_class() {
    if (at_ < text_.size() && text_[at_] == '^')
      ++at_;
    if (at_ < text_.size() && text_[at_] == ']')
      ++at_;
    for (; at_ < text_.size() && text_[at_] != ']'; ++at_)
      if (text_[at_] == '\\' || (text_[at_] == '[' && at_ + 1 < text_.size() && text_[at_ + 1] == ':'))
        understood_ = text_[at_] == '\\' && ++at_ < text_.size() && understood_;
    ++at_;
  }

  // The character that `\x` stands for; 0 for a class.
  char escaped() {
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter && std::string_view{"dDsSwWbBAz"}.find(c) == std::string_view::npos)
      understood_ = false; // \x41, \pL, \Q…
    return letter ? '\0' : c;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool understood_ = true;
  bool folds_ = false; // the case may not matter somewhere
};

} // namespace

std::vector<std::vector<std::string>> required_literals(const std::string& pattern) {
  literal_reader reader{pattern};
  auto out = reader.branches(0);
  return reader.understood() ? out : std::vector<std::vector<std::string>>{};
}

} // namespace paws::logic
