// What a member says arrives in its log byte by byte, in bounded files, and never holds the member up.
#include "tests/contract/keeper_world.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::process::test {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t piece_bytes = 16 * 1024;

std::vector<std::string> numbers(int first, int last) {
  std::vector<std::string> out;
  for (int number = first; number <= last; ++number)
    out.push_back(std::to_string(number));
  return out;
}

// Equality without printing a hundred thousand lines when it fails.
void check_same(const std::vector<std::string>& found, const std::vector<std::string>& wanted) {
  CHECK(found.size() == wanted.size());
  const auto [at, other] = std::mismatch(found.begin(), found.end(), wanted.begin(), wanted.end());
  if (at != found.end() && other != wanted.end())
    FAIL("line " << at - found.begin() << " is '" << at->substr(0, 80) << "' (" << at->size() << " bytes), not '"
                 << other->substr(0, 80) << "' (" << other->size() << " bytes)");
}

// Lines of all lengths and of every byte, written to `path`; the last one has no end.
std::vector<std::string> hostile_lines(const std::string& path, std::uint32_t seed, int count) {
  std::mt19937 random{seed};
  std::vector<std::string> out;
  for (const std::size_t size : {std::size_t{0}, piece_bytes - 1, piece_bytes, piece_bytes + 1, 2 * piece_bytes,
                                 3 * piece_bytes + 7, std::size_t{1'000'000}})
    out.emplace_back(size, 'x');
  for (int each = 0; each < count; ++each)
    out.emplace_back(random() % 300, 'x');
  for (auto& line : out)
    for (auto& byte : line)
      byte = static_cast<char>(random() % 256 == '\n' ? 0 : random() % 256);
  for (auto& line : out)
    std::replace(line.begin(), line.end(), '\n', '\r');
  std::shuffle(out.begin(), out.end(), random);
  out.emplace_back("no end");
  std::ofstream file{path, std::ios::binary};
  for (const auto& line : out)
    file << line << (&line == &out.back() ? "" : "\n");
  return out;
}

std::int64_t lost_in(const std::vector<std::string>& lines) {
  std::int64_t out = 0;
  for (const auto& line : lines)
    if (line.starts_with("paws-keeper: ") && line.find("lost") != std::string::npos)
      out += std::stoll(line.substr(13));
  return out;
}

void limit_file_size(const process_id& who, rlim_t bytes) {
  rlimit now{};
  REQUIRE(::prlimit(static_cast<pid_t>(who.pid), RLIMIT_FSIZE, nullptr, &now) == 0);
  now.rlim_cur = bytes;
  REQUIRE(::prlimit(static_cast<pid_t>(who.pid), RLIMIT_FSIZE, &now, nullptr) == 0);
}

} // namespace

TEST_CASE("A hundred thousand lines arrive, each whole and in order, up to the last") {
  keeper_world world;
  world.script("seq 1 100000");
  world.running();
  CHECK(world.ended().exit_code == 0);
  check_same(world.lines("stdout"), numbers(1, 100'000));
  CHECK(world.lines("stderr").empty());
  CHECK(world.log_files().size() == 1);
}

TEST_CASE("Both streams arrive byte by byte, whatever the bytes and however long the lines") {
  keeper_world world;
  const auto out = hostile_lines(world.directory + "/out", 1, 5'000);
  const auto err = hostile_lines(world.directory + "/err", 2, 5'000);
  world.order.log_file_bytes = 100'000'000;
  world.script("cat " + world.directory + "/out & cat " + world.directory + "/err >&2; wait");
  world.running();
  CHECK(world.ended().exit_code == 0);
  check_same(world.lines("stdout"), out);
  check_same(world.lines("stderr"), err);
}

TEST_CASE("A long line comes in pieces of 16 KiB, of which only the last is marked as the end") {
  keeper_world world;
  world.script("head -c 40000 /dev/zero | tr '\\0' a; echo; head -c 16384 /dev/zero | tr '\\0' b; printf c");
  world.running();
  world.ended();
  std::vector<std::pair<char, std::size_t>> pieces;
  std::ifstream file{world.log_path()};
  for (std::string line; std::getline(file, line);)
    pieces.emplace_back(line.at(35), line.size() - 37);
  CHECK(pieces ==
        std::vector<std::pair<char, std::size_t>>{
            {'P', piece_bytes}, {'P', piece_bytes}, {'F', 40'000 - 2 * piece_bytes}, {'P', piece_bytes}, {'F', 1}});
}

TEST_CASE("The log begins a new file at its size, and drops the oldest beyond its number") {
  keeper_world world;
  world.order.log_file_bytes = 50'000;
  SECTION("none is dropped while there is room for all") {
    world.order.log_files = 1'000;
    world.script("seq 1 20000");
    world.running();
    world.ended();
    check_same(world.lines("stdout"), numbers(1, 20'000));
    const auto files = world.log_files();
    CHECK(files.size() > 10);
    for (const auto& path : files) {
      CHECK(fs::file_size(path) <= 50'000);
      if (path != world.log_path())
        CHECK(fs::file_size(path) > 49'900); // and none begins early
    }
  }
  SECTION("the newest three") {
    world.order.log_files = 3;
    world.script("seq 1 20000");
    world.running();
    world.ended();
    CHECK(world.log_files() ==
          std::vector<std::string>{world.log_path() + ".2", world.log_path() + ".1", world.log_path()});
    const auto lines = world.lines("stdout");
    REQUIRE(lines.size() > 1'500);
    check_same(lines, numbers(20'001 - static_cast<int>(lines.size()), 20'000));
  }
  SECTION("one alone") {
    world.order.log_files = 1;
    world.script("seq 1 20000");
    world.running();
    world.ended();
    CHECK(world.log_files() == std::vector<std::string>{world.log_path()});
    CHECK(fs::file_size(world.log_path()) <= 50'000);
    CHECK(world.lines("stdout").back() == "20000");
  }
  SECTION("a line longer than a file still arrives") {
    world.order.log_file_bytes = 100;
    world.order.log_files = 50;
    world.script("head -c 1000 /dev/zero | tr '\\0' a; echo; seq 1 10");
    world.running();
    world.ended();
    auto wanted = numbers(1, 10);
    wanted.insert(wanted.begin(), std::string(1'000, 'a'));
    check_same(world.lines("stdout"), wanted);
  }
}

TEST_CASE("A second life continues the log of the first, and nobody else may write to it") {
  keeper_world world;
  const auto before = ::umask(0);
  world.script("echo first");
  world.running();
  world.ended();
  world.script("echo second");
  world.running();
  world.ended();
  ::umask(before);
  CHECK(world.lines("stdout") == std::vector<std::string>{"first", "second"});
  struct stat found {};
  REQUIRE(::stat(world.log_path().c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0640);
  CHECK(found.st_uid == ::geteuid());
}

TEST_CASE("A full disk never holds the member up, what is lost is counted") {
  keeper_world world;
  world.script(R"(echo ready > "$1"; read x < "$2"; echo ok > "$1"; seq 1 200000; echo done > "$1"
                  read x < "$2"; echo ok > "$1"; echo last; exit 6)");
  world.running();
  REQUIRE(world.said.line() == "ready");
  limit_file_size(world.keeper(), 4'000); // in the middle of a line
  world.tell("write");
  REQUIRE(world.said.line() == "done"); // all but a pipe's worth was taken from it, and there was no room for it
  CHECK(fs::file_size(world.log_path()) <= 4'000);
  limit_file_size(world.keeper(), RLIM_INFINITY);
  world.tell("end");
  CHECK(world.ended().exit_code == 6);
  auto lines = world.lines("stdout"); // every line in it is whole
  REQUIRE(!lines.empty());
  CHECK(lines.back() == "last");
  lines.pop_back();
  REQUIRE(lines.size() > 50);
  check_same({lines.begin(), lines.begin() + 50}, numbers(1, 50));
  const auto all = numbers(1, 200'000);
  CHECK(std::includes(all.begin(), all.end(), lines.begin(), lines.end(),
                      [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); }));
  const auto lost = lost_in(world.lines("stderr"));
  CHECK(lost > 100'000);
  CHECK(lost + static_cast<std::int64_t>(lines.size()) == 200'000);
}

TEST_CASE("A log that leads elsewhere is not followed, and does not hold the member up") {
  keeper_world world;
  world.script("echo secret; exit 3");
  const auto elsewhere = world.directory + "/elsewhere";
  SECTION("a symbolic link") {
    std::ofstream{elsewhere} << "precious";
    fs::create_symlink(elsewhere, world.log_path());
    world.running();
    CHECK(world.ended().exit_code == 3);
    CHECK(content(elsewhere) == "precious");
  }
  SECTION("a named pipe") {
    REQUIRE(::mkfifo(world.log_path().c_str(), 0600) == 0);
    world.running();
    CHECK(world.ended().exit_code == 3);
  }
  SECTION("no directory") {
    fs::remove(world.order.log_directory);
    world.running();
    CHECK(world.ended().exit_code == 3);
  }
}

TEST_CASE("The last words of what is killed with the member are kept") {
  keeper_world world;
  world.script(R"((setsid sh -c 'echo from the daemon; echo said > "$0"; exec tail -f /dev/null' "$1" &)
                  read x < "$2"; echo ok > "$1"; echo from main; echo and its error >&2; kill -KILL $$)");
  world.running();
  REQUIRE(world.said.line() == "said");
  world.tell("end");
  CHECK(world.ended().exit_signal == SIGKILL);
  CHECK(world.lines("stdout") == std::vector<std::string>{"from the daemon", "from main"});
  CHECK(world.lines("stderr") == std::vector<std::string>{"and its error"});
}

} // namespace paws::process::test
