// What a member's container on the process runtime does when its keeper stands still, when only some of its processes
// do, when its record names somebody else, and to data that is to go.
#include "runtimes/process/member_container.hpp"
#include "tests/contract/keeper_world.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paws::process::test {

namespace {

namespace fs = std::filesystem;

// A child that left its session as a daemon does, and the main process; both stay.
constexpr const char* two_processes =
    R"(setsid sh -c 'echo child > "$0"; exec tail -f /dev/null > /dev/null' "$1" & echo main > "$1"; wait)";

std::string new_root() {
  std::string path = "/tmp/paws-member-XXXXXX";
  REQUIRE(::mkdtemp(path.data()) != nullptr);
  ::chmod(path.c_str(), 0755);
  return path;
}

struct member_ground {
  member_ground() {
    spec.name = "a";
    spec.environment = options.environment;
    spec.config_dir = base + "/config";
    spec.data_dir = base + "/data";
    spec.run_dir = base + "/run";
    spec.stop_grace_ms = 60'000;
    spec.command = {"/bin/sh", "-c", two_processes, "sh", said.path()};
  }
  member_ground(const member_ground&) = delete;
  member_ground& operator=(const member_ground&) = delete;
  ~member_ground() {
    container.kill();
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }

  void create() { REQUIRE(std::holds_alternative<container_info>(container.create(spec))); }
  void run() {
    create();
    REQUIRE(std::holds_alternative<container_info>(container.start()));
    said.line();
    said.line();
    REQUIRE(members().size() >= 2);
  }
  process_id keeper() const { return container.keeper().value(); }
  process_id main() const {
    const auto record = read_record(base + "/keeper").value();
    return {record.main_pid, record.main_started};
  }
  std::vector<process_id> members() const { return members_of(keeper().pid, ""); }
  bool all_stopped() const {
    const auto all = members();
    return std::all_of(all.begin(), all.end(), is_stopped);
  }
  bool none_stopped() const {
    const auto all = members();
    return std::none_of(all.begin(), all.end(), is_stopped) && !is_stopped(keeper());
  }
  bool becomes(container_status wanted) const {
    for (int look = 0; look < 30'000; ++look, ::poll(nullptr, 0, 2))
      if (container.inspect().status == wanted)
        return true;
    return false;
  }

  std::string root = new_root();
  std::string base = root + "/members/a";
  process_options options{"member-test-" + std::to_string(::getpid()), root, PAWS_BIN_DIR "/paws-keeper", ""};
  told said{root + "/said"};
  logic::member_spec spec;
  member_container container{options, "a"};
};

container_status status_of(const outcome<container_info>& what) {
  const auto* info = std::get_if<container_info>(&what);
  REQUIRE(info != nullptr);
  return info->status;
}

} // namespace

TEST_CASE("A member whose keeper stands still is paused, and goes on when it is told to") {
  member_ground on;
  on.run();
  REQUIRE(signal_process(on.keeper(), SIGSTOP));
  CHECK(on.becomes(container_status::paused));
  CHECK(status_of(on.container.unpause()) == container_status::running);
  CHECK_FALSE(is_stopped(on.keeper()));
}

TEST_CASE("A member whose keeper stands still is stopped and killed like any other, without waiting for it in vain") {
  member_ground on;
  on.run();
  REQUIRE(signal_process(on.keeper(), SIGSTOP));
  REQUIRE(on.becomes(container_status::paused));
  const auto begun = std::chrono::steady_clock::now();
  const bool kill = GENERATE(true, false);
  const auto ended = kill ? on.container.kill() : on.container.stop();
  REQUIRE(status_of(ended) == container_status::exited);
  CHECK(std::get<container_info>(ended).stop_requested == !kill);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{20}); // a grace and more otherwise
}

TEST_CASE("Paused means all of it, also when some were continued, and resumed means all of it") {
  member_ground on;
  on.run();
  CHECK(status_of(on.container.pause()) == container_status::paused);
  CHECK(on.all_stopped());
  CHECK_FALSE(is_stopped(on.keeper()));
  // Somebody who resumed it died halfway: the main process goes on last, so it still counts as paused.
  for (const auto& who : on.members())
    if (who != on.main())
      REQUIRE(signal_process(who, SIGCONT));
  CHECK(on.container.inspect().status == container_status::paused);
  SECTION("paused again") {
    CHECK(status_of(on.container.pause()) == container_status::paused);
    CHECK(on.all_stopped());
  }
  SECTION("resumed") {
    CHECK(status_of(on.container.unpause()) == container_status::running);
    CHECK(on.none_stopped());
  }
}

TEST_CASE("What has ended cannot be paused") {
  member_ground on;
  on.run();
  CHECK(status_of(on.container.stop()) == container_status::exited);
  CHECK(std::holds_alternative<topology::failure>(on.container.pause()));
  CHECK(on.container.inspect().status == container_status::exited);
}

TEST_CASE("A record that names another process's pid means that the member has ended, and nobody is signalled") {
  member_ground on;
  on.run();
  const auto before = read_record(on.base + "/keeper").value();
  const auto stranger = ::fork();
  if (stranger == 0) {
    ::execl("/bin/sleep", "sleep", "infinity", nullptr);
    ::_exit(127);
  }
  const auto who = identify(stranger);
  REQUIRE(who);
  REQUIRE(status_of(on.container.kill()) == container_status::exited);
  auto forged = before; // its boot is this one, its pids have been given to somebody else since
  forged.keeper_pid = forged.main_pid = stranger;
  forged.keeper_started = forged.main_started = who->started - 1;
  REQUIRE(write_record(on.base + "/keeper", forged).empty());
  CHECK(on.container.inspect().status == container_status::exited);
  CHECK_FALSE(on.container.keeper());
  CHECK(status_of(on.container.stop()) == container_status::exited);
  CHECK(status_of(on.container.kill()) == container_status::exited);
  CHECK(std::holds_alternative<topology::failure>(on.container.pause()));
  CHECK(status_of(on.container.remove(true)) == container_status::absent);
  CHECK(is_alive(*who));
  CHECK_FALSE(is_stopped(*who));
  ::kill(stranger, SIGKILL);
  ::waitpid(stranger, nullptr, 0);
}

TEST_CASE("Data that was being deleted when an engine died is no data any more") {
  member_ground on;
  on.create();
  std::ofstream{on.base + "/data/PG_VERSION"} << "15\n";
  fs::rename(on.base + "/data", on.base + "/data.destroyed"); // and there it died
  SECTION("found by the next create") {
    REQUIRE(status_of(on.container.create(on.spec)) == container_status::created);
    CHECK(on.container.inspect().fresh_data);
    CHECK_FALSE(fs::exists(on.base + "/data.destroyed"));
  }
  SECTION("found by the next removal, with other data beside it") {
    fs::create_directory(on.base + "/data");
    std::ofstream{on.base + "/data/PG_VERSION"} << "15\n";
    REQUIRE(status_of(on.container.remove(false)) == container_status::absent);
    CHECK_FALSE(fs::exists(on.base + "/data.destroyed"));
    CHECK(fs::exists(on.base + "/data/PG_VERSION"));
    REQUIRE(status_of(on.container.remove(true)) == container_status::absent);
    CHECK_FALSE(fs::exists(on.base));
  }
}

} // namespace paws::process::test
