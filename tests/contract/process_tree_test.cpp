// All processes of a member are found, told apart, and ended, however they were born.
#include "runtimes/process/process_tree.hpp"

#include "runtimes/process/cgroup.hpp"
#include "tests/contract/keeper_world.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paws::process::test {

namespace {

constexpr std::uint32_t patience_ms = 60'000;

std::string unique_marker() {
  static int number = 0;
  return "tree-test-" + std::to_string(::getpid()) + "/m" + std::to_string(++number);
}

// A child of the test; killed and reaped at the end if it still lives.
class child {
public:
  explicit child(const std::function<void()>& what) : pid_{::fork()} {
    if (pid_ == 0) {
      ::setpgid(0, 0); // what it starts is killed with it
      what();
      ::_exit(0);
    }
    ::setpgid(pid_, pid_);
    who_ = {pid_, started_of(pid_)};
  }
  ~child() {
    if (pid_ <= 0)
      return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  const process_id& who() const { return who_; }
  pid_t pid() const { return pid_; }
  void reap() { ::waitpid(std::exchange(pid_, 0), nullptr, 0); }

private:
  pid_t pid_;
  process_id who_;
};

[[noreturn]] void stay() {
  for (;;)
    ::pause();
}

std::function<void()> shell(const std::string& script, std::vector<std::string> environment,
                            const std::string& pipe = "") {
  return [=]() mutable {
    environment.emplace_back("PATH=/usr/bin:/bin");
    std::vector<char*> variables;
    for (auto& each : environment)
      variables.push_back(each.data());
    variables.push_back(nullptr);
    std::string name = "/bin/sh", how = "-c", text = script, to = pipe;
    const std::vector<char*> arguments{name.data(), how.data(), text.data(), name.data(), to.data(), nullptr};
    ::execve(name.c_str(), arguments.data(), variables.data());
    ::_exit(127);
  };
}

bool holds(const std::vector<process_id>& all, const process_id& who) {
  return std::find(all.begin(), all.end(), who) != all.end();
}

void wait_for_zombie(const child& of) {
  siginfo_t what{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(of.pid()), &what, WEXITED | WNOWAIT) == 0);
}

} // namespace

TEST_CASE("A process is identified while it lives, whatever its name is") {
  const auto own = identify(::getpid());
  REQUIRE(own);
  CHECK(own->pid == ::getpid());
  CHECK(own->started == started_of(::getpid()));
  CHECK(is_alive(*own));
  keeper_world world;
  const child odd{[&] {
    ::prctl(PR_SET_NAME, "a) Z 1 (b) \n");
    const int fd = ::open(world.said.path().c_str(), O_WRONLY);
    [[maybe_unused]] const auto sent = ::write(fd, "up\n", 3);
    stay();
  }};
  REQUIRE(world.said.line() == "up");
  const auto found = identify(odd.pid());
  REQUIRE(found);
  CHECK(*found == odd.who());
  CHECK(found->started >= own->started);
}

TEST_CASE("A process that has ended is not alive, reaped or not") {
  child ended{[] {}};
  wait_for_zombie(ended);
  CHECK(!identify(ended.pid()));
  CHECK(!is_alive(ended.who()));
  CHECK(started_of(ended.pid()) != 0); // the entry is still there
  CHECK(!holds(members_of(::getpid(), ""), ended.who()));
  const auto pid = ended.pid();
  ended.reap();
  CHECK(!identify(pid));
  CHECK(started_of(pid) == 0);
  CHECK(!signal_process(ended.who(), 0));
}

TEST_CASE("A reused pid is told apart by its start time, and never signalled") {
  const child now{stay};
  REQUIRE(is_alive(now.who()));
  const process_id before{now.who().pid, now.who().started - 1};
  CHECK(!is_alive(before));
  CHECK(!is_stopped(before));
  CHECK(!signal_process(before, SIGKILL));
  CHECK(is_alive(now.who()));
  CHECK(signal_process(now.who(), SIGKILL));
  CHECK(gone(now.who()));
}

TEST_CASE("A stopped process is seen as stopped until it goes on") {
  const child one{stay};
  CHECK(!is_stopped(one.who()));
  REQUIRE(signal_process(one.who(), SIGSTOP));
  siginfo_t what{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(one.pid()), &what, WSTOPPED | WNOWAIT) == 0);
  CHECK(is_stopped(one.who()));
  CHECK(is_alive(one.who()));
  REQUIRE(signal_process(one.who(), SIGCONT));
  REQUIRE(::waitid(P_PID, static_cast<id_t>(one.pid()), &what, WCONTINUED | WNOWAIT) == 0);
  CHECK(!is_stopped(one.who()));
}

TEST_CASE("A marker is matched whole, by its own variable alone") {
  keeper_world world;
  const auto marker = unique_marker();
  const auto own = "PAWS_MEMBER=" + marker;
  const std::string script = R"(echo up > "$1"; read x < /dev/null; kill -STOP $$)";
  const auto with = [&](std::vector<std::string> environment) { return shell(script, environment, world.said.path()); };
  const child plain{with({own})};
  const child late{with({"OTHER=" + own, "X" + own, own + "x", own})};
  const child longer{with({own + "x"})};
  const child below{with({own + "/x"})};
  const child quoted{with({"OTHER=" + own})};
  const child prefixed{with({"X" + own})};
  const child none{with({})};
  for (int each = 0; each < 7; ++each)
    REQUIRE(world.said.line() == "up");
  const auto found = members_of(0, marker);
  CHECK(found.size() == 2);
  CHECK(holds(found, plain.who()));
  CHECK(holds(found, late.who()));
  CHECK(members_of(0, "").empty());
  CHECK(kill_tree(0, marker, patience_ms));
  CHECK(!is_alive(plain.who()));
  CHECK(!is_alive(late.who()));
  for (const auto* other : {&longer, &below, &quoted, &prefixed, &none})
    CHECK(is_alive(other->who()));
}

TEST_CASE("Descendants of a marked process belong to it although they carry no marker themselves") {
  keeper_world world;
  const auto marker = unique_marker();
  const child top{
      shell(R"(env -i sh -c 'echo $$ > "$0"; kill -STOP $$' "$1")", {"PAWS_MEMBER=" + marker}, world.said.path())};
  const auto low = identify(world.said.number());
  REQUIRE(low);
  const auto found = members_of(0, marker);
  CHECK(holds(found, *low));
  CHECK(holds(found, top.who()));
  const auto below = members_of(top.who().pid, marker);
  CHECK(holds(below, *low));
  CHECK(!holds(below, top.who())); // the root itself never
  CHECK(kill_tree(0, marker, patience_ms));
  CHECK(!is_alive(*low));
  CHECK(!is_alive(top.who()));
}

TEST_CASE("A process that is being executed again and again is never overlooked") {
  keeper_world world;
  const auto marker = unique_marker();
  const child restless{
      shell(R"(echo up > "$1"; exec /bin/sh -c 'exec /bin/sh -c "$1" sh "$1"' sh 'exec /bin/sh -c "$1" sh "$1"')",
            {"PAWS_MEMBER=" + marker}, world.said.path())};
  REQUIRE(world.said.line() == "up");
  int missed = 0;
  for (int look = 0; look < 150; ++look)
    missed += holds(members_of(0, marker), restless.who()) ? 0 : 1;
  CHECK(missed == 0);
  CHECK(is_alive(restless.who()));
  CHECK(kill_tree(0, marker, patience_ms));
  CHECK(!is_alive(restless.who()));
}

TEST_CASE("A tree is killed while it grows") {
  keeper_world world;
  const auto marker = unique_marker();
  // Two that go on forking, at most 300 each; what they fork leaves its session and its parents.
  const std::string grow = R"(i=0; while [ $i -lt 300 ]; do (setsid tail -f /dev/null &); i=$((i+1))
                              [ $i = 20 ] && echo up > "$1"; done; kill -STOP $$)";
  const child one{shell(grow, {"PAWS_MEMBER=" + marker}, world.said.path())};
  const child two{shell(grow, {"PAWS_MEMBER=" + marker}, world.said.path())};
  world.said.line();
  world.said.line();
  CHECK(members_of(0, marker).size() > 20);
  CHECK(kill_tree(0, marker, patience_ms));
  CHECK(members_of(0, marker).empty());
  CHECK(!is_alive(one.who()));
  CHECK(!is_alive(two.who()));
}

TEST_CASE("Where there is nobody, a tree is dead at once") {
  CHECK(kill_tree(0, unique_marker(), 0));
  const child alone{stay};
  CHECK(kill_tree(alone.who().pid, "", 0));
  CHECK(is_alive(alone.who()));
}

TEST_CASE("A process whose first thread has ended is alive, and is killed") {
  keeper_world world;
  const child headless{[&] {
    static pthread_t first;
    static std::string path;
    first = ::pthread_self();
    path = world.said.path();
    pthread_t second{};
    ::pthread_create(
        &second, nullptr,
        [](void*) -> void* {
          ::pthread_join(first, nullptr);
          const int fd = ::open(path.c_str(), O_WRONLY);
          [[maybe_unused]] const auto sent = ::write(fd, "up\n", 3);
          stay();
        },
        nullptr);
    ::syscall(SYS_exit, 0); // this thread alone
  }};
  REQUIRE(world.said.line() == "up");
  CHECK(is_alive(headless.who()));
  CHECK(holds(members_of(::getpid(), ""), headless.who()));
  CHECK(kill_tree(::getpid(), "", patience_ms));
  CHECK(!is_alive(headless.who()));
}

TEST_CASE("A process that wrote its title over its environment is found by its control group") {
  keeper_world world;
  const auto marker = unique_marker();
  const auto slash = marker.find('/');
  control_group group{"/sys/fs/cgroup", marker.substr(0, slash), marker.substr(slash + 1)};
  control_group elder{"/sys/fs/cgroup", marker.substr(0, slash), marker.substr(slash + 1) + "0"};
  group.apply({});
  elder.apply({});
  if (!group.has_freezer()) {
    WARN("control groups cannot be written here");
    return;
  }
  world.order.cgroup_directories = group.directories();
  world.order.environment = "another";
  world.script(R"(exec env -i sh -c 'echo up > "$0"; kill -STOP $$' "$1")");
  keeper_world sibling; // its group's name begins like the other's
  sibling.order.cgroup_directories = elder.directories();
  sibling.order.environment = "another";
  sibling.script(R"(exec env -i sh -c 'echo up > "$0"; kill -STOP $$' "$1")");
  world.running();
  sibling.running();
  REQUIRE(world.said.line() == "up");
  REQUIRE(sibling.said.line() == "up");
  const auto found = members_of(0, marker);
  CHECK(found.size() == 1);
  CHECK(holds(found, world.main()));
  SECTION("it is killed") {
    CHECK(kill_tree(0, marker, patience_ms));
    CHECK(world.ended().exit_signal == SIGKILL);
    CHECK(is_alive(sibling.main()));
  }
  SECTION("one that cannot end now is said to live") {
    REQUIRE(group.freeze(true)); // a frozen process of version 1 takes no signal, not even the last
    const bool killed = kill_tree(0, marker, 50);
    CHECK(killed != is_alive(world.main()));
    CHECK(group.freeze(false));
    CHECK(world.ended().exit_signal == SIGKILL);
  }
  REQUIRE(kill_tree(sibling.record().keeper_pid, "", patience_ms));
  sibling.ended();
  group.remove();
  elder.remove();
}

} // namespace paws::process::test
