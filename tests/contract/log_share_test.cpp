// How much of one reading each member gets.
#include "runtimes/process/log_reader.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace paws;
namespace fs = std::filesystem;

namespace {

struct members {
  fs::path root;

  members() {
    std::string pattern = "/tmp/paws-share-XXXXXX";
    root = ::mkdtemp(pattern.data());
  }
  ~members() { fs::remove_all(root); }
  void say(const std::string& member, int lines) const {
    fs::create_directories(root / member / "log");
    std::ofstream log{root / member / "log/member.log"};
    for (int i = 0; i < lines; ++i)
      log << "2026-11-24T12:57:55.000000Z stdout F " << i << "\n";
  }
};

} // namespace

TEST_CASE("a lone talker gets the shares that the others leave, in order") {
  const members all;
  for (const auto* quiet : {"a", "b", "m", "y", "z"})
    all.say(quiet, 2);
  all.say("c", 2000);
  process::log_reader reader{all.root.string()};
  log_positions at;
  int next = 0;
  for (const int expected : {990, 990, 0}) {
    auto batch = reader.read(at, 1010);
    int of_talker = 0;
    for (const auto& line : batch.lines)
      if (line.member == "c") {
        CHECK(line.text == std::to_string(next++));
        ++of_talker;
      }
    CHECK(of_talker >= expected);
    CHECK(batch.lines.size() <= 1010 + 6);
    at = batch.positions;
    if (!batch.more)
      break;
  }
  CHECK(next == 2000);
}

TEST_CASE("two talkers share, and nobody is left out") {
  const members all;
  for (const auto* talker : {"a", "b"})
    all.say(talker, 5000);
  all.say("z", 1);
  process::log_reader reader{all.root.string()};
  const auto batch = reader.read({}, 999);
  const auto count = [&](const char* member) {
    return std::count_if(batch.lines.begin(), batch.lines.end(),
                         [&](const auto& line) { return line.member == member; });
  };
  CHECK(count("a") >= 333);
  CHECK(count("b") >= 333);
  CHECK(count("z") == 1);
}
