// What required_literals claims about a regular expression, held against RE2 itself.
#include "logic/log_query.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <re2/re2.h>

using namespace paws;

namespace {

// Grows patterns and texts of few letters, so that many texts match.
class grower {
public:
  explicit grower(std::uint32_t seed) : random_{seed} {}

  std::string pattern(int depth = 0) {
    std::string out;
    for (auto pieces = 1 + below(4); pieces > 0; --pieces)
      out += piece(depth);
    return below(6) == 0 && depth < 3 ? out + "|" + pattern(depth + 1) : out;
  }
  std::string text() {
    static const std::vector<std::string> parts{"abc", "ABC", "k", "s",   "\u212A", "\u017F",
                                                "a",   "b",   "c", "{2}", " ",      "1"};
    std::string out;
    for (auto count = below(9); count > 0; --count)
      out += parts[below(parts.size())];
    return out;
  }

private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_); }

  std::string piece(int depth) {
    static const std::vector<std::string> atoms{
        "abc", "abc", "bca", "a",    "b", "K",    "ks",   "sk",          ".",     "\\w",       "\\.",  "[ab]", "[^c]",
        "\\b", "^",   "$",   "[]a]", "{", "(?i)", "(?s)", "[[:alpha:]]", "\\x61", "\\Qa|b\\E", "\\pL", "\\d"};
    static const std::vector<std::string> ends{"",   "",   "",    "",      "",    "*",    "+",    "?",
                                               "*?", "+?", "{2}", "{0,1}", "{0}", "{,2}", "{1,}?"};
    static const std::vector<std::string> opens{"(", "(?:", "(?i:", "(?P<n>", "(?-i:", "(?is)("};
    auto out = atoms[below(atoms.size())];
    if (depth < 3 && below(4) == 0)
      out = opens[below(opens.size())] + pattern(depth + 1) + ")";
    return out + ends[below(ends.size())];
  }

  std::mt19937 random_;
};

std::string lower(std::string text) {
  for (auto& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

} // namespace

TEST_CASE("whatever RE2 matches contains the literals that are said to be required") {
  grower random{20'261'124};
  RE2::Options quiet;
  quiet.set_log_errors(false);
  std::size_t claims = 0, matches = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto pattern = random.pattern();
    const RE2 compiled{pattern, quiet};
    const auto any_of = logic::required_literals(pattern);
    if (!compiled.ok() || any_of.empty())
      continue;
    ++claims;
    for (int i = 0; i < 20; ++i) {
      const auto text = random.text();
      if (!RE2::PartialMatch(text, compiled))
        continue;
      ++matches;
      const auto folded = lower(text);
      const auto holds = [&](const auto& literals) {
        return std::all_of(literals.begin(), literals.end(),
                           [&](const auto& each) { return folded.find(each) != std::string::npos; });
      };
      INFO(pattern << "  in  " << text);
      REQUIRE(std::any_of(any_of.begin(), any_of.end(), holds));
    }
  }
  CHECK(claims > 500);
  CHECK(matches > 500);
}
