// What a keeper promises about the life of its member: how it is started, how it ends, and that nothing of it is left.
#include "tests/contract/keeper_world.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::process::test {

namespace {

using Catch::Contains;

// A process that leaves its session and its parents as a daemon does, tells its pid, and stays. (tail ends by itself
// when nobody reads its output any more.)
const std::string daemonise = R"((setsid sh -c 'echo $$ > "$0"; exec tail -f /dev/null > /dev/null' "$1" &); )";
// Its parents are gone once this is told as well.
const std::string up = R"(echo up > "$1"; )";
const std::string stay = "tail -f /dev/null & wait; ";

process_id known(std::int64_t pid) {
  const auto found = identify(pid);
  REQUIRE(found);
  return *found;
}

// What `daemonise` and `up` tell, in either order.
process_id daemon_of(keeper_world& world) {
  const auto first = world.said.line(), second = world.said.line();
  CHECK((first == "up" || second == "up"));
  return known(std::stoll(first == "up" ? second : first));
}

bool holds(const std::vector<process_id>& all, const process_id& who) {
  return std::find(all.begin(), all.end(), who) != all.end();
}

std::string link_of(const std::string& path) {
  std::error_code failed;
  return std::filesystem::read_symlink(path, failed);
}

// For what nobody tells about: looked at again and again, for a minute at most.
template <class Condition>
bool comes_true(Condition condition) {
  for (int look = 0; look < 30'000; ++look, ::poll(nullptr, 0, 2))
    if (condition())
      return true;
  return false;
}

// The start failed: why, and what else must be true then.
std::string refusal(keeper_world& world) {
  const auto report = world.start();
  INFO(report.dump());
  REQUIRE(report.contains("error"));
  const auto record = world.ended();
  CHECK(record.error == report.at("error"));
  CHECK(record.main_pid == 0);
  CHECK(record.started_at_us == 0);
  return record.error;
}

} // namespace

TEST_CASE("A member that cannot be executed is reported with the reason, and recorded") {
  keeper_world world;
  world.order.command = {"/nonexistent/daemon"};
  SECTION("missing") {
    CHECK_THAT(refusal(world), Contains("/nonexistent/daemon") && Contains("No such file"));
  }
  SECTION("not a program") {
    world.order.command = {"/etc/passwd"};
    CHECK_THAT(refusal(world), Contains("Permission denied"));
  }
  SECTION("no such directory to work in") {
    world.order.command = {"/bin/true"};
    world.order.working_directory = world.directory + "/none";
    CHECK_THAT(refusal(world), Contains("enter its directory") && Contains("No such file"));
  }
  SECTION("no such control group") {
    world.order.command = {"/bin/true"};
    world.order.cgroup_directories = {world.directory + "/none"};
    CHECK_THAT(refusal(world), Contains("control group") && Contains("No such file"));
  }
  SECTION("no such user") {
    if (::geteuid() != 0)
      return;
    world.order.command = {"/bin/true"};
    world.order.user = "paws-nobody-of-this-name";
    CHECK_THAT(refusal(world), Contains("paws-nobody-of-this-name does not exist"));
  }
}

TEST_CASE("An order that is missing or damaged is reported") {
  keeper_world world;
  world.order.command = {};
  const auto report = world.start();
  CHECK_THAT(report.value("error", ""), Contains("keeper.json"));
}

TEST_CASE("How the main process ended is recorded") {
  keeper_world world;
  SECTION("by a code") {
    world.script("exit 7");
    world.running();
    const auto record = world.ended();
    CHECK(record.exit_code == 7);
    CHECK(record.exit_signal == 0);
    CHECK(record.error.empty());
    CHECK(!record.stop_requested);
    CHECK(record.started_at_us > 1'600'000'000'000'000);
    CHECK(record.exited_at_us >= record.started_at_us);
    std::ifstream boot{"/proc/sys/kernel/random/boot_id"};
    std::string id;
    std::getline(boot, id);
    CHECK(record.boot_id == id);
  }
  SECTION("by a signal") {
    world.script("kill -SEGV $$");
    world.running();
    const auto record = world.ended();
    CHECK(record.exit_code == -1);
    CHECK(record.exit_signal == SIGSEGV);
  }
  SECTION("before anybody could look") {
    world.order.command = {"/bin/true"};
    const auto first = world.running();
    CHECK(first.main_started >= first.keeper_started);
    CHECK(first.keeper_started > 0);
    CHECK(world.ended().exit_code == 0);
  }
}

TEST_CASE("A member is stopped in order: its main process alone is told") {
  keeper_world world;
  world.script(R"(tail -f /dev/null & c=$!; kill -STOP $c; echo $c > "$1"
                  trap 'echo asked > "$1"; read x < "$2"; echo $x > "$1"; exit 3' TERM; echo ready > "$1"; wait)");
  world.running();
  const auto child = known(world.said.number());
  REQUIRE(world.said.line() == "ready");
  REQUIRE(comes_true([&] { return is_stopped(child); }));
  REQUIRE(signal_process(world.keeper(), SIGTERM));
  REQUIRE(world.said.line() == "asked");
  CHECK(world.record().phase == keeper_phase::stopping);
  CHECK(world.record().stop_requested);
  const auto waiting = std::stoull(status_of(child.pid, "ShdPnd"), nullptr, 16);
  CHECK((waiting & (1U << (SIGTERM - 1))) == 0);  // it stands still, so a signal would wait there
  CHECK(signal_process(world.keeper(), SIGTERM)); // asked twice is asked once
  world.tell("go");
  const auto record = world.ended();
  CHECK(record.exit_code == 3);
  CHECK(record.exit_signal == 0);
  CHECK(record.stop_requested);
  CHECK(gone(child));
}

TEST_CASE("Another stop signal than SIGTERM is used when it is ordered") {
  keeper_world world;
  world.order.stop_signal = SIGINT;
  world.script(R"(trap 'exit 4' INT; trap 'exit 5' TERM; echo ready > "$1"; )" + stay);
  world.running();
  REQUIRE(world.said.line() == "ready");
  REQUIRE(signal_process(world.keeper(), SIGTERM));
  CHECK(world.ended().exit_code == 4);
}

TEST_CASE("A member that does not stop is killed after its grace") {
  keeper_world world;
  world.order.stop_grace_ms = 50;
  SECTION("it ignores the signal") {
    world.script(R"(trap '' TERM; echo ready > "$1"; )" + stay);
  }
  SECTION("it is stopped again and again, and cannot even hear it") {
    world.order.stop_signal = SIGSTOP;
    world.script(R"(echo ready > "$1"; )" + stay);
  }
  const auto main = process_id{world.running().main_pid, world.record().main_started};
  REQUIRE(world.said.line() == "ready");
  REQUIRE(signal_process(world.keeper(), SIGTERM));
  const auto record = world.ended();
  CHECK(record.exit_signal == SIGKILL);
  CHECK(record.exit_code == -1);
  CHECK(record.stop_requested);
  CHECK(gone(main));
}

TEST_CASE("A member that never falls silent is stopped all the same") {
  keeper_world world;
  world.order.log_file_bytes = 1'000'000;
  world.order.stop_grace_ms = 3'600'000; // only the signal itself can end it
  world.order.command = {"/usr/bin/yes"};
  world.running();
  REQUIRE(signal_process(world.keeper(), SIGTERM));
  CHECK(world.ended().exit_signal == SIGTERM);
}

TEST_CASE("What the member daemonised does not outlive it") {
  keeper_world world;
  world.script(daemonise + up + R"(read x < "$2"; echo ok > "$1"; exit 0)");
  const auto record = world.running();
  const auto daemon = daemon_of(world);
  CHECK(::getsid(static_cast<pid_t>(daemon.pid)) == daemon.pid);
  CHECK(status_of(daemon.pid, "PPid") == std::to_string(record.keeper_pid)); // it stays below its keeper
  const auto all = members_of(record.keeper_pid, "");
  CHECK(holds(all, daemon));
  CHECK(holds(all, world.main()));
  const auto main = world.main();
  SECTION("main ends by itself") {
    world.tell("go");
    CHECK(world.ended().exit_code == 0);
  }
  SECTION("main is killed") {
    REQUIRE(signal_process(main, SIGKILL));
    CHECK(world.ended().exit_signal == SIGKILL);
  }
  SECTION("main is stopped") {
    REQUIRE(signal_process(world.keeper(), SIGTERM));
    CHECK(world.ended().exit_signal == SIGTERM);
  }
  SECTION("everything below the keeper is killed") {
    CHECK(kill_tree(record.keeper_pid, world.marker(), 60'000));
    CHECK(!is_alive(main));
    CHECK(!is_alive(daemon));
    const auto last = world.ended();
    CHECK(last.exit_signal == SIGKILL);
    CHECK(!last.stop_requested);
  }
  CHECK(!is_alive(daemon));
  CHECK(!is_alive(main));
  CHECK(members_of(0, world.marker()).empty());
}

TEST_CASE("A keeper that is killed leaves no main process, and what is left is found by its marker") {
  keeper_world world;
  if (::geteuid() == 0)
    world.order.user = "postgres"; // a change of user must not undo the tie
  world.script(daemonise + up + stay);
  world.running();
  const auto daemon = daemon_of(world);
  const auto main = world.main();
  REQUIRE(is_alive(main));
  REQUIRE(signal_process(world.keeper(), SIGKILL));
  CHECK(gone(main));
  CHECK(gone(world.keeper()));
  CHECK(is_alive(daemon));
  CHECK(holds(members_of(0, world.marker()), daemon));
  CHECK(!holds(members_of(0, world.marker() + "x"), daemon));
  CHECK(kill_tree(0, world.marker(), 60'000));
  CHECK(!is_alive(daemon));
  CHECK(world.record().phase == keeper_phase::running); // nobody was left to write how it ended
}

TEST_CASE("Keeper ignores what a terminal sends") {
  keeper_world world;
  world.script(R"(echo up > "$1"; read x < "$2"; echo ok > "$1"; exit 5)");
  world.running();
  REQUIRE(world.said.line() == "up");
  for (const int signal : {SIGINT, SIGHUP, SIGQUIT, SIGTSTP})
    REQUIRE(signal_process(world.keeper(), signal));
  world.tell("go");
  CHECK(world.ended().exit_code == 5);
}

TEST_CASE("The member's environment is exactly what was ordered, and the marker") {
  keeper_world world;
  world.order.variables = {{"PATH", "/bin"}, {"EMPTY", ""}, {"PGPASSWORD", "a=b c'\"$"}, {"PAWS_MEMBER", "other/one"}};
  world.order.command = {"/usr/bin/env"};
  ::setenv("PAWS_STRAY", "1", 1);
  world.running();
  ::unsetenv("PAWS_STRAY");
  world.ended();
  auto lines = world.lines("stdout");
  std::sort(lines.begin(), lines.end());
  CHECK(lines ==
        std::vector<std::string>{"EMPTY=", "PATH=/bin", "PAWS_MEMBER=" + world.marker(), "PGPASSWORD=a=b c'\"$"});
}

TEST_CASE("A secret of the member stands in no command line of its keeper") {
  keeper_world world;
  world.order.variables["PGPASSWORD"] = "hunter2hunter2";
  world.script(up + stay);
  world.running();
  REQUIRE(world.said.line() == "up");
  const auto base = "/proc/" + std::to_string(world.keeper().pid);
  CHECK(!content(base + "/cmdline").empty());
  CHECK_THAT(content(base + "/cmdline"), !Contains("hunter2"));
  CHECK_THAT(content(base + "/environ"), !Contains("hunter2"));
}

TEST_CASE("Privileges are dropped for good") {
  if (::geteuid() != 0)
    return;
  keeper_world world;
  world.order.user = "postgres";
  world.script(R"(id -u; id -g; id -G; id -un; echo up > "$1"; )" + stay);
  world.running();
  REQUIRE(world.said.line() == "up");
  const auto main = world.main();
  const auto* user = ::getpwnam("postgres"); // NOLINT(concurrency-mt-unsafe): one thread
  REQUIRE(user != nullptr);
  const auto uid = std::to_string(user->pw_uid), gid = std::to_string(user->pw_gid);
  CHECK(status_of(main.pid, "Uid") == uid + "\t" + uid + "\t" + uid + "\t" + uid);
  CHECK(status_of(main.pid, "Gid") == gid + "\t" + gid + "\t" + gid + "\t" + gid);
  CHECK(status_of(main.pid, "CapEff") == "0000000000000000");
  CHECK(status_of(main.pid, "CapPrm") == "0000000000000000");
  REQUIRE(signal_process(world.keeper(), SIGTERM));
  world.ended();
  const auto lines = world.lines("stdout");
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == uid);
  CHECK(lines[1] == gid);
  CHECK_THAT(" " + lines[2] + " ", !Contains(" 0 ") && Contains(" " + gid + " "));
  CHECK(lines[3] == "postgres");
}

TEST_CASE("The member starts clean, whatever the engine has open, ignores or blocks") {
  keeper_world world;
  world.order.working_directory = world.directory;
  world.script(R"(sh -c 'echo up > "$0"; exec tail -f /dev/null' "$1" & wait)");
  std::vector<int> stray;
  for (const int at : {4, 77, 1000}) // without close-on-exec
    stray.push_back(::fcntl(STDIN_FILENO, F_DUPFD, at));
  for (const int signal : {SIGCHLD, SIGUSR1, SIGTERM, SIGRTMAX})
    ::signal(signal, SIG_IGN);
  const auto record = world.running();
  for (const int signal : {SIGCHLD, SIGUSR1, SIGTERM, SIGRTMAX})
    ::signal(signal, SIG_DFL);
  for (const int fd : stray)
    ::close(fd);
  REQUIRE(world.said.line() == "up");
  const auto pid = static_cast<pid_t>(record.main_pid);
  const auto base = "/proc/" + std::to_string(pid);
  std::map<std::string, std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator{base + "/fd"})
    open[entry.path().filename()] = link_of(entry.path());
  CHECK(open.size() == 3);
  CHECK(open["0"] == "/dev/null");
  CHECK_THAT(open["1"], Contains("pipe:"));
  CHECK_THAT(open["2"], Contains("pipe:"));
  CHECK(open["1"] != open["2"]);
  CHECK(link_of(base + "/cwd") == world.directory);
  CHECK(status_of(pid, "SigBlk") == "0000000000000000");
  CHECK(status_of(pid, "SigIgn") == "0000000000000000");
  CHECK(::getsid(pid) == pid);
  CHECK(::getpgid(pid) == pid);
  const auto keeper_base = "/proc/" + std::to_string(record.keeper_pid);
  CHECK(link_of(keeper_base + "/cwd") == "/");
  CHECK(::getsid(static_cast<pid_t>(record.keeper_pid)) != ::getsid(0));
  for (const auto& entry : std::filesystem::directory_iterator{keeper_base + "/fd"})
    CHECK(std::stoi(entry.path().filename()) < 77);
  REQUIRE(signal_process(world.keeper(), SIGTERM)); // it hears SIGTERM and SIGCHLD again
  CHECK(world.ended().exit_signal == SIGTERM);
}

TEST_CASE("Orphans are reaped while the member runs") {
  keeper_world world;
  world.script(R"((sh -c 'echo $$ > "$0"; read x < "$1"; echo ok > "$0"' "$1" "$2" &); echo up > "$1"; )" + stay);
  world.running();
  const auto orphan = daemon_of(world).pid;
  world.tell("go");
  CHECK(comes_true([&] { return started_of(orphan) == 0; })); // not even a zombie is left
  CHECK(is_alive(world.main()));
}

} // namespace paws::process::test
