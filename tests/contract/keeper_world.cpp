#include "tests/contract/keeper_world.hpp"

#include "runtimes/common/launch.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <poll.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace paws::process::test {

namespace {

namespace fs = std::filesystem;
// Far longer than anything takes: it ends a test that would hang, and decides nothing else.
constexpr int patience_ms = 60'000;

std::string new_directory() {
  std::string path = "/tmp/paws-keeper-XXXXXX";
  REQUIRE(::mkdtemp(path.data()) != nullptr);
  ::chmod(path.c_str(), 0755); // members of other users pass through
  return path;
}

std::string pipe_at(const std::string& path) {
  REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
  ::chmod(path.c_str(), 0666);
  return path;
}

} // namespace

told::told(const std::string& path)
    : path_{pipe_at(path)}, fd_{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)} {}

told::~told() {
  ::close(fd_);
}

std::string told::line() {
  for (;;) {
    if (const auto end = begun_.find('\n'); end != std::string::npos) {
      auto out = begun_.substr(0, end);
      begun_.erase(0, end + 1);
      return out;
    }
    pollfd entry{fd_, POLLIN, 0};
    if (::poll(&entry, 1, patience_ms) <= 0) {
      FAIL("the member's script told nothing");
      return "";
    }
    std::array<char, 4096> some{};
    const auto got = ::read(fd_, some.data(), some.size());
    begun_.append(some.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
}

keeper_world::keeper_world()
    : directory{new_directory()},
      run_dir{directory + "/keeper"},
      said{directory + "/said"},
      said_back{pipe_at(directory + "/said_back")} {
  fs::create_directory(run_dir);
  fs::create_directory(directory + "/log");
  order.environment = "keeper-test-" + std::to_string(::getpid());
  order.member = fs::path{directory}.filename().string();
  order.variables = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  order.working_directory = "/";
  order.log_directory = directory + "/log";
}

keeper_world::~keeper_world() {
  if (const auto found = read_record(run_dir); found && found->phase != keeper_phase::exited)
    signal_process({found->keeper_pid, found->keeper_started}, SIGKILL);
  kill_tree(0, marker(), patience_ms);
  std::error_code ignored;
  fs::remove_all(directory, ignored);
}

void keeper_world::script(const std::string& text) {
  order.command = {"/bin/sh", "-c", text, "sh", said.path(), said_back};
}

nlohmann::json keeper_world::start() {
  REQUIRE(write_order(run_dir, order).empty());
  const auto heard = common::launch_and_hear({PAWS_BIN_DIR "/paws-keeper", run_dir, "3"}, {}, patience_ms);
  return nlohmann::json::parse(heard, nullptr, false);
}

keeper_record keeper_world::running() {
  const auto report = start();
  INFO(report.dump());
  REQUIRE(report.value("ok", false));
  const auto now = record();
  CHECK(now.keeper_pid == report.at("keeper_pid"));
  CHECK(now.main_pid == report.at("main_pid"));
  return now;
}

void keeper_world::tell(const std::string& line) {
  const int fd = ::open(said_back.c_str(), O_RDWR | O_CLOEXEC);
  const auto text = line + "\n";
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  // The descriptor stays open until the member has opened its end, or the line would be lost with it.
  said.line();
  ::close(fd);
}

process_id keeper_world::keeper() const {
  const auto now = record();
  return {now.keeper_pid, now.keeper_started};
}

process_id keeper_world::main() const {
  const auto now = record();
  return {now.main_pid, now.main_started};
}

keeper_record keeper_world::record() const {
  const auto found = read_record(run_dir);
  REQUIRE(found);
  return *found;
}

keeper_record keeper_world::ended() {
  REQUIRE(gone(keeper()));
  const auto out = record();
  CHECK(out.phase == keeper_phase::exited);
  return out;
}

std::vector<std::string> keeper_world::log_files() const {
  std::map<int, std::string> found; // oldest has the greatest number
  for (const auto& entry : fs::directory_iterator{order.log_directory}) {
    const auto title = entry.path().filename().string();
    REQUIRE(title.starts_with("member.log"));
    found[title == "member.log" ? 0 : -std::stoi(title.substr(11))] = entry.path();
  }
  std::vector<std::string> out;
  for (const auto& [age, path] : found)
    out.push_back(path);
  return out;
}

std::vector<std::string> keeper_world::lines(const std::string& stream) const {
  std::vector<std::string> out;
  std::string begun;
  for (const auto& path : log_files()) {
    std::istringstream text{content(path)};
    for (std::string line; std::getline(text, line);) {
      // "2025-11-27T14:32:15.123456Z stdout F text"
      const bool framed = line.size() >= 37 && line[10] == 'T' && line[26] == 'Z' && line[27] == ' ' &&
                          line[34] == ' ' && (line[35] == 'F' || line[35] == 'P') && line[36] == ' ';
      if (!framed)
        FAIL("not framed: " << line.substr(0, 200));
      if (line.substr(28, 6) != stream)
        continue;
      begun += line.substr(37);
      if (line[35] == 'F')
        out.push_back(std::exchange(begun, {}));
    }
  }
  if (!begun.empty())
    FAIL("a line without its last piece: " << begun.substr(0, 200));
  return out;
}

bool gone(const process_id& who) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(who.pid), 0));
  if (fd < 0)
    return true;
  pollfd entry{fd, POLLIN, 0};
  const bool out = !is_alive(who) || ::poll(&entry, 1, patience_ms) > 0;
  ::close(fd);
  return out;
}

std::string content(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string status_of(std::int64_t pid, const std::string& key) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key + ":")) {
      const auto at = line.find_first_not_of(" \t", key.size() + 1);
      return at == std::string::npos ? "" : line.substr(at);
    }
  return "";
}

} // namespace paws::process::test
