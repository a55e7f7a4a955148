// Files as they come from a slip of the hand or a broken disk: whatever happens to a good file, the loader answers,
// and every problem lies within the file.
#include "topology/graph.hpp"
#include "topology/placement.hpp"
#include "topology_support.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace topology_test;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size() - 1);
    out.push_back(text.substr(begin, end + 1 - begin));
    begin = end + 1;
  }
  return out;
}

class mutator {
public:
  explicit mutator(std::uint32_t seed) : random_{seed} {}

  std::string mutate(std::string text) {
    for (auto times = 1 + below(4); times > 0; --times)
      once(text);
    return text;
  }

private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void once(std::string& text) {
    static const std::vector<std::string> words = {"[",
                                                   "]",
                                                   "{",
                                                   "}",
                                                   ":",
                                                   ": ",
                                                   ",",
                                                   "\n",
                                                   "  ",
                                                   "- ",
                                                   "#",
                                                   "\"",
                                                   "'",
                                                   "&a ",
                                                   "*a",
                                                   "!x ",
                                                   "|\n",
                                                   "? ",
                                                   "~",
                                                   "\t",
                                                   "%",
                                                   "---\n",
                                                   "...\n",
                                                   "\xff",
                                                   "\xc3",
                                                   "-1",
                                                   "70000",
                                                   ".nan",
                                                   ".inf",
                                                   "1e99",
                                                   "../",
                                                   "$(x)",
                                                   "${",
                                                   "${route:",
                                                   "}",
                                                   "null",
                                                   "true",
                                                   "<<: ",
                                                   "etcd",
                                                   "redis",
                                                   "patroni1",
                                                   "0",
                                                   "999999999999999999999",
                                                   "\xE2\x80\xAE",
                                                   "name: x\n"};
    const auto at = below(text.size() + 1);
    const auto length = std::min(below(40), text.size() - at);
    switch (below(7)) {
    case 0:
      text.erase(at, length);
      break;
    case 1:
      text.insert(at, words[below(words.size())]);
      break;
    case 2:
      if (at < text.size())
        text[at] = static_cast<char>(below(256));
      break;
    case 3:
      text.insert(below(text.size() + 1), text.substr(at, length));
      break;
    case 4:
      text.replace(at, length, words[below(words.size())]);
      break;
    case 5:
      text.resize(at);
      break;
    default:
      swap_lines(text);
    }
  }

  void swap_lines(std::string& text) {
    auto lines = lines_of(text);
    if (lines.empty())
      return;
    std::swap(lines[below(lines.size())], lines[below(lines.size())]);
    text.clear();
    for (const auto& line : lines)
      text += line;
  }

  std::mt19937 random_;
};

// Line lengths, to see that a position lies in the file. One behind the end of a line is where something is missing.
bool lies_within(const problem& what, const std::string& text) {
  int line = 1;
  std::size_t begin = 0;
  while (line < what.line) {
    const auto end = text.find('\n', begin);
    if (end == std::string::npos)
      return false;
    begin = end + 1;
    ++line;
  }
  const auto end = std::min(text.find('\n', begin), text.size());
  return what.line >= 1 && what.column >= 1 && static_cast<std::size_t>(what.column) <= end - begin + 1;
}

void survive(const std::string& original, std::uint32_t first_seed, std::uint32_t times) {
  int refused = 0;
  for (auto seed = first_seed; seed < first_seed + times; ++seed) {
    const auto text = mutator{seed}.mutate(original);
    const auto loaded = load_topology_text(text, "t.yaml");
    INFO("seed " << seed);
    refused += loaded.ok() ? 0 : 1;
    for (const auto& one : loaded.problems) {
      INFO(to_string(one));
      REQUIRE(lies_within(one, text));
      REQUIRE_FALSE(one.message.empty());
      REQUIRE(one.message.find('\n') == std::string::npos);
    }
    if (loaded.ok()) { // what is passed can be used: nothing below may crash or hang
      REQUIRE(find_cycles(dependency_graph(loaded.doc)).empty());
      std::size_t placed = 0;
      for (const auto& layer : layers(dependency_graph(loaded.doc)))
        placed += layer.size();
      REQUIRE(placed == dependency_graph(loaded.doc).size());
      REQUIRE(place_on_process(loaded.doc).members.size() >= active_members(loaded.doc, {}).size());
    }
  }
  CHECK(refused > static_cast<int>(times) / 2); // the mutations do hurt
  CHECK(refused < static_cast<int>(times));     // and not all of them
}

} // namespace

TEST_CASE("two thousand damaged default files are answered, with positions within the file") {
  survive(default_text(), 1, 2000);
}

TEST_CASE("a thousand damaged files with everything in them are answered, with positions within the file") {
  survive(data_text("full.yaml"), 100'001, 1000);
}

TEST_CASE("a file cut off anywhere is answered, with positions within the file") {
  const auto whole = data_text("full.yaml");
  for (std::size_t kept = 0; kept < whole.size(); kept += 7) {
    const auto text = whole.substr(0, kept);
    for (const auto& one : load_topology_text(text, "t.yaml").problems) {
      INFO(kept << " bytes: " << to_string(one));
      REQUIRE(lies_within(one, text));
    }
  }
}
