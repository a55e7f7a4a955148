#include "store/log_filter.hpp"

#include <algorithm>
#include <cstring>
#include <re2/re2.h>

namespace paws::store {

namespace {

constexpr std::int64_t most_pattern_memory = 8 << 20; // bytes of one compiled pattern
constexpr std::size_t most_trigrams = 24;             // of one literal: enough to be rare
constexpr std::size_t block_bytes = 16;               // the compiler folds these in one go

// ASCII only, and without a branch: this is done with every byte of a million lines.
void fold(std::string& text) {
  const auto size = text.size();
  text.resize((size + block_bytes - 1) / block_bytes * block_bytes);
  for (std::size_t at = 0; at < text.size(); at += block_bytes)
    for (std::size_t i = 0; i < block_bytes; ++i) {
      const auto c = static_cast<unsigned char>(text[at + i]);
      const auto upper = static_cast<unsigned char>(c - 'A') < 26;
      text[at + i] = static_cast<char>(c | (upper ? 0x20U : 0U));
    }
  text.resize(size);
}

bool contains(const std::string& text, const std::string& part) {
  return ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

// Only characters that the index folds as we do: others are left to the look at the line itself.
bool is_plain(char c) {
  return static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\0';
}

// "abc" AND "bcd" … for one literal; "" when nothing of it can be asked for.
std::string trigrams_of(const std::string& literal) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at + 3 <= literal.size() && used < most_trigrams; ++at)
    if (is_plain(literal[at]) && is_plain(literal[at + 1]) && is_plain(literal[at + 2])) {
      out += (out.empty() ? "\"" : " AND \"") + literal.substr(at, 3) + "\"";
      ++used;
    }
  return out;
}

} // namespace

log_filter::log_filter(const logic::log_query& what) {
  any_of_ = logic::required_literals(what.pattern);
  if (any_of_.empty() && !what.words.empty())
    any_of_.emplace_back();
  for (auto word : what.words) {
    fold(word);
    for (auto& literals : any_of_)
      literals.push_back(word);
  }
  if (what.pattern.empty())
    return;
  RE2::Options quiet;
  quiet.set_log_errors(false);
  quiet.set_max_mem(most_pattern_memory);
  pattern_ = std::make_unique<RE2>(what.pattern, quiet);
  if (!pattern_->ok())
    why_ = {"ERR_CLI_001", "`" + what.pattern + "` is no regular expression: " + pattern_->error(),
            "see: https://github.com/google/re2/wiki/Syntax"};
}

log_filter::~log_filter() = default;

bool log_filter::fits(std::string_view text) {
  if (!any_of_.empty()) {
    folded_.assign(text);
    fold(folded_);
    const auto holds = [&](const auto& literals) {
      return std::all_of(literals.begin(), literals.end(), [&](const auto& each) { return contains(folded_, each); });
    };
    if (std::none_of(any_of_.begin(), any_of_.end(), holds))
      return false;
  }
  return !pattern_ || RE2::PartialMatch(re2::StringPiece{text.data(), text.size()}, *pattern_);
}

std::string log_filter::index_query() const {
  std::string out;
  for (const auto& literals : any_of_) {
    std::string all;
    for (const auto& literal : literals)
      if (const auto one = trigrams_of(literal); !one.empty())
        all += (all.empty() ? "" : " AND ") + one;
    if (all.empty())
      return "";
    out += (out.empty() ? "(" : " OR (") + all + ")";
  }
  return out;
}

} // namespace paws::store
