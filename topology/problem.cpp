#include "topology/problem.hpp"

#include "topology/limits.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

namespace paws::topology {

std::string to_string(const problem& what) {
  return what.path + ":" + std::to_string(what.line) + ":" + std::to_string(what.column) + ": " + what.message;
}

void problem_list::add(mark at, std::string message) {
  problems_.push_back({path_, at.line, at.column, std::move(message)});
}

std::vector<problem> problem_list::take() {
  const auto key = [](const problem& p) { return std::tie(p.line, p.column, p.message); };
  std::ranges::stable_sort(problems_, {}, key);
  const auto same = [&](const problem& a, const problem& b) { return key(a) == key(b); };
  problems_.erase(std::unique(problems_.begin(), problems_.end(), same), problems_.end());
  if (problems_.size() > limits::problems_listed) {
    const auto left_out = problems_.size() - (limits::problems_listed - 1);
    problems_.resize(limits::problems_listed);
    problems_.back().message = "and " + std::to_string(left_out) + " more problems from here on";
  }
  return std::move(problems_);
}

namespace {

// Letters added, left out, changed, or two neighbours swapped: the ways words are mistyped. Both words are short.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> last;
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1)});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
        row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
  }
  return row.back();
}

} // namespace

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > limits::identifier_characters || candidates.size() > limits::suggestion_candidates)
    return "";
  std::string_view nearest;
  auto best = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const auto candidate : candidates)
    if (const auto d = distance(word, candidate); d < best) {
      best = d;
      nearest = candidate;
    }
  return nearest.empty() ? "" : ", did you mean `" + std::string{nearest} + "`?";
}

std::string quoted(std::string_view text, std::size_t most) {
  constexpr std::string_view digits = "0123456789abcdef";
  const bool cut = text.size() > most;
  if (cut) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U)
      --most;
    text = text.substr(0, most);
  }
  std::string out = "`";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f)
      out += c;
    else
      out += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
  }
  return out + (cut ? "...`" : "`");
}

} // namespace paws::topology
