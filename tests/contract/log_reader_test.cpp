// The reader of members' logs against files that are written, rotated and removed as keepers do it.
#include "runtimes/process/log_reader.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <unistd.h>

using namespace paws;
using process::log_reader;
namespace fs = std::filesystem;

namespace {

struct member_files {
  fs::path root;
  std::uint64_t stamp = 0;

  member_files() {
    std::string pattern = "/tmp/paws-logs-XXXXXX";
    root = ::mkdtemp(pattern.data());
    fs::create_directories(root / "one/log");
  }
  ~member_files() { fs::remove_all(root); }

  fs::path log() const { return root / "one/log/member.log"; }
  std::string frame(const std::string& text, bool whole = true, bool err = false) {
    char out[64];
    ++stamp;
    std::snprintf(out, sizeof out, "2026-11-24T12:57:%02d.%06dZ", static_cast<int>(stamp / 1'000'000 % 60),
                  static_cast<int>(stamp % 1'000'000));
    return std::string{out} + (err ? " stderr " : " stdout ") + (whole ? "F " : "P ") + text + "\n";
  }
  void write(const std::string& framed) const { std::ofstream{log(), std::ios::app} << framed; }
  // As a keeper does that keeps eight files.
  void rotate() const {
    std::error_code ignored;
    for (int number = 6; number > 0; --number)
      fs::rename(log().string() + "." + std::to_string(number), log().string() + "." + std::to_string(number + 1),
                 ignored);
    fs::rename(log(), log().string() + ".1", ignored);
    std::ofstream{log()}.flush();
  }
};

std::vector<std::string> read_all(log_reader& reader, log_positions& at, std::uint32_t most = 1000) {
  std::vector<std::string> out;
  for (bool more = true; more;) {
    auto batch = reader.read(at, most);
    for (const auto& line : batch.lines)
      out.push_back(line.text);
    at = batch.positions;
    more = batch.more;
  }
  return out;
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(member_files, "lines are read once, with their time and stream") {
  log_reader reader{root.string()};
  auto first = frame("first");
  write(first + frame("second", true, true));
  auto batch = reader.read({}, 100);
  REQUIRE(batch.lines.size() == 2);
  CHECK(batch.lines[0].member == "one");
  CHECK(batch.lines[0].text == "first");
  CHECK(batch.lines[0].at_us == 1'795'525'020'000'001);
  CHECK(batch.lines[1].err);
  CHECK(reader.read(batch.positions, 100).lines.empty());
  log_positions at = batch.positions;
  write(frame("half of ", false));
  CHECK(read_all(reader, at).empty()); // its end is not there yet
  write(frame("a line"));
  CHECK(read_all(reader, at) == lines{"half of a line"});
  write("2026-11-24T12:5"); // torn by a keeper that was killed
  CHECK(read_all(reader, at).empty());
}

TEST_CASE_METHOD(member_files, "a file that was rotated away is read to its end first") {
  log_reader reader{root.string()};
  log_positions at;
  write(frame("a"));
  CHECK(read_all(reader, at) == lines{"a"});
  write(frame("b"));
  rotate();
  write(frame("c"));
  rotate();
  write(frame("d"));
  SECTION("by the same reader") {
    CHECK(read_all(reader, at) == lines{"b", "c", "d"});
  }
  SECTION("by another one that knows the positions") {
    log_reader next{root.string()};
    CHECK(read_all(next, at) == lines{"b", "c", "d"});
  }
  SECTION("by one that knows nothing") {
    log_reader next{root.string()};
    log_positions none;
    CHECK(read_all(next, none) == lines{"a", "b", "c", "d"});
  }
}

TEST_CASE_METHOD(member_files, "a line in pieces is whole again: across a rotation, and beside the other stream") {
  log_positions at;
  auto reader = std::make_unique<log_reader>(root.string());
  const auto next_engine = GENERATE(false, true);
  const auto again = [&] {
    if (next_engine)
      reader = std::make_unique<log_reader>(root.string());
  };
  write(frame("a") + frame("out 1 ", false));
  CHECK(read_all(*reader, at) == lines{"a"});
  again();
  write(frame("err 1", true, true));
  CHECK(read_all(*reader, at) == lines{"err 1"});
  again();
  rotate();
  write(frame("err 2 ", false, true) + frame("out 2 ", false));
  CHECK(read_all(*reader, at).empty());
  again();
  write(frame("end of out") + frame("out again"));
  CHECK(read_all(*reader, at) == lines{"out 1 out 2 end of out", "out again"});
  again();
  write(frame("end of err", true, true) + frame("z"));
  CHECK(read_all(*reader, at) == lines{"err 2 end of err", "z"});
  again();
  CHECK(read_all(*reader, at).empty());
}

TEST_CASE_METHOD(member_files, "a file that somebody emptied is read from its beginning") {
  log_reader reader{root.string()};
  log_positions at;
  write(frame("a long first line") + frame("b"));
  CHECK(read_all(reader, at) == lines{"a long first line", "b"});
  fs::resize_file(log(), 0);
  SECTION("and noticed while it is shorter") {
    write(frame("c"));
    CHECK(read_all(reader, at) == lines{"c"});
  }
  SECTION("and has grown longer since") {
    write(frame("c") + frame(std::string(100, 'd')) + frame("e"));
    CHECK(read_all(reader, at) == lines{"c", std::string(100, 'd'), "e"});
  }
}

TEST_CASE_METHOD(member_files, "what was removed before it was read is missed aloud, and nothing is read twice") {
  log_positions at;
  {
    log_reader reader{root.string()};
    write(frame("1"));
    CHECK(read_all(reader, at) == lines{"1"});
  }
  for (int file = 2; file <= 12; ++file) { // more than there are
    rotate();
    write(frame(std::to_string(file)));
  }
  log_reader next{root.string()};
  const auto got = read_all(next, at);
  REQUIRE(got.size() == 9);
  CHECK(got.front().find("may be missing") != std::string::npos);
  CHECK(got[1] == "5");
  CHECK(got.back() == "12");
}

TEST_CASE_METHOD(member_files, "the next file is the one that began next, also when the last one read is gone") {
  log_reader reader{root.string()};
  log_positions at;
  write(frame("old"));
  rotate();
  write(frame("read last"));
  CHECK(read_all(reader, at) == lines{"old", "read last"});
  fs::remove(log());
  write(frame("new"));
  log_reader next{root.string()};
  SECTION("by the same reader") {
    CHECK(read_all(reader, at) == lines{"new"});
  }
  SECTION("by another one") {
    CHECK(read_all(next, at) == lines{"new"});
  }
}

TEST_CASE_METHOD(member_files, "another file with the same inode number is not taken for the old one") {
  log_positions at;
  {
    log_reader reader{root.string()};
    write(frame("old 1") + frame("old 2"));
    CHECK(read_all(reader, at).size() == 2);
  }
  fs::remove(log());
  write(frame("new 1") + frame("new 2") + frame("new 3")); // most file systems give the number again
  log_reader next{root.string()};
  CHECK(read_all(next, at) == lines{"new 1", "new 2", "new 3"});
}

TEST_CASE_METHOD(member_files, "a line longer than any becomes several, and nothing of it is lost") {
  log_reader reader{root.string()};
  log_positions at;
  for (int i = 0; i < 60; ++i)
    write(frame(std::string(16'000, 'x'), false));
  write(frame("end"));
  write(frame("next"));
  const auto got = read_all(reader, at);
  REQUIRE_FALSE(got.empty());
  CHECK(got.back() == "next");
  std::size_t bytes = 0;
  for (const auto& line : got) {
    CHECK(line.size() <= 64 * 1024);
    bytes += line.size();
  }
  CHECK(bytes == 60 * 16'000 + std::string{"endnext"}.size());
}

TEST_CASE_METHOD(member_files, "300,000 lines, rotations and readers that come and go: each line once") {
  std::mt19937_64 random{7};
  auto reader = std::make_unique<log_reader>(root.string());
  log_positions at;
  std::uint64_t written = 0, rotated_at = 0;
  std::vector<std::string> got;
  const auto take = [&] {
    const auto more = read_all(*reader, at, 1 + random() % 5000);
    got.insert(got.end(), more.begin(), more.end());
  };
  while (written < 300'000) {
    std::string text;
    for (auto count = random() % 4000; count > 0 && written < 300'000; --count)
      text += frame("line " + std::to_string(++written));
    write(text);
    if (written - rotated_at > 20'000) { // the files hold it all until it is read
      rotate();
      rotated_at = written;
    }
    if (random() % 3 == 0)
      take();
    if (random() % 20 == 0)
      reader = std::make_unique<log_reader>(root.string()); // a new engine
  }
  take();
  REQUIRE(got.size() == 300'000);
  for (std::size_t i = 0; i < got.size(); ++i)
    REQUIRE(got[i] == "line " + std::to_string(i + 1));
}
