// Control groups: on a pretended machine, and on this one where it lets us write them.
#include "messages/all.hpp"
#include "runtimes/common/host.hpp"
#include "runtimes/process/cgroup.hpp"
#include "runtimes/process/live_keeper.hpp"
#include "runtimes/process/process_runtime.hpp"
#include "tests/contract/contender.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace paws;
using namespace paws::process;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t mib = 1024ULL * 1024;
constexpr const char* real_root = "/sys/fs/cgroup";

struct pretended {
  std::string root = "/tmp/paws-cgroup-XXXXXX";

  pretended() { REQUIRE(::mkdtemp(root.data()) != nullptr); }
  ~pretended() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  void file(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path{root + "/" + path}.parent_path());
    std::ofstream{root + "/" + path} << text << "\n";
  }
};

// Takes all that is written into it, one after the other, as the kernel's file does.
class written {
public:
  explicit written(const std::string& path) {
    fs::create_directories(fs::path{path}.parent_path());
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    fd_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(fd_ >= 0);
  }
  written(const written&) = delete;
  written& operator=(const written&) = delete;
  ~written() { ::close(fd_); }
  std::string text() const {
    std::array<char, 256> some{};
    const auto got = ::read(fd_, some.data(), some.size());
    return {some.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

private:
  int fd_ = -1;
};

} // namespace

TEST_CASE_METHOD(pretended, "version 2: each controller is enabled on its own, in every group above the member's") {
  file("cgroup.controllers", "memory");
  const written top{root + "/cgroup.subtree_control"}, middle{root + "/paws-engine/cgroup.subtree_control"},
      lowest{root + "/paws-engine/world/cgroup.subtree_control"};
  file("paws-engine/world/one/memory.max", "max");
  control_group group{root, "world", "one"};
  topology::resource_limits limits;
  limits.memory_bytes = 64 * mib;
  CHECK(group.apply(limits).empty());
  for (const auto* each : {&top, &middle, &lowest})
    CHECK(each->text().starts_with("+memory+cpu"));
  std::ifstream file{root + "/paws-engine/world/one/memory.max"};
  std::string text;
  std::getline(file, text);
  CHECK(text == std::to_string(64 * mib));
}

TEST_CASE_METHOD(pretended, "what the groups around a process leave it: the least of all above it") {
  SECTION("version 1") {
    file("memory/memory.limit_in_bytes", "9223372036854771712");
    file("memory/outer/memory.limit_in_bytes", std::to_string(100 * mib));
    file("memory/outer/memory.usage_in_bytes", std::to_string(60 * mib));
    file("memory/outer/memory.stat", "cache 1\ntotal_inactive_file " + std::to_string(10 * mib));
    file("cpu/cpu.cfs_quota_us", "-1");
    file("cpu/outer/inner/cpu.cfs_quota_us", "150000");
    file("cpu/outer/inner/cpu.cfs_period_us", "100000");
    const auto found = common::limits_around("5:memory:/outer/inner\n4:cpu,cpuacct:/outer/inner\n", root);
    CHECK(found.memory_bytes == 100 * mib);
    CHECK(found.memory_available_bytes == 50 * mib);
    CHECK(found.cpus == 1.5);
  }
  SECTION("version 2") {
    file("cgroup.controllers", "cpu memory");
    file("memory.max", "max");
    file("outer/memory.max", std::to_string(100 * mib));
    file("outer/memory.current", std::to_string(60 * mib));
    file("outer/cpu.max", "50000 100000");
    const auto found = common::limits_around("0::/outer\n", root);
    CHECK(found.memory_available_bytes == 40 * mib);
    CHECK(found.cpus == 0.5);
  }
  SECTION("nothing said") {
    const auto found = common::limits_around("0::/\n", root);
    CHECK_FALSE(found.memory_bytes);
    CHECK_FALSE(found.cpus);
  }
}

namespace {

// A runtime that uses this machine's own control groups.
struct limited {
  std::string root = "/tmp/paws-limited-XXXXXX";
  contract::caf_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  runtime_actor runtime;
  logic::member_spec spec;

  limited() {
    REQUIRE(::mkdtemp(root.data()) != nullptr);
    runtime = make_process_runtime(system, {"limited", root, PAWS_BIN_DIR "/paws-keeper", real_root});
    spec.name = "one";
    spec.environment = "limited";
    for (auto [into, part] : {std::pair{&spec.config_dir, "config"}, {&spec.data_dir, "data"}, {&spec.run_dir, "run"}})
      *into = root + "/members/one/" + part;
  }
  ~limited() {
    ask<container_info>(runtime, kill_atom_v, spec.name);
    ask<container_info>(runtime, remove_atom_v, spec.name, true);
    self->send_exit(runtime, caf::exit_reason::user_shutdown);
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  template <class T, class... Words>
  T ask(const runtime_actor& whom, const Words&... words) {
    T out;
    self->request(whom, std::chrono::minutes{1}, words...)
        .receive([&](const T& got) { out = got; }, [&](const caf::error& why) { UNSCOPED_INFO(to_string(why)); });
    return out;
  }
  void runs(const std::string& script) {
    spec.command = {"/bin/sh", "-c", script};
    ask<container_info>(runtime, create_atom_v, spec);
    REQUIRE(ask<container_info>(runtime, start_atom_v, spec.name).status == container_status::running);
  }
  container_stats stats() { return ask<container_stats>(runtime, stats_atom_v, spec.name); }
  // Among the last it said, once it has: each look takes a round through the member's own thread.
  bool says(const std::string& line) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    while (std::chrono::steady_clock::now() < until) {
      const auto said = ask<line_list>(runtime, tail_atom_v, spec.name, std::uint32_t{5});
      if (std::find(said.begin(), said.end(), line) != said.end())
        return true;
    }
    return false;
  }
  bool keeper_ends() const {
    const auto keeper = live_keeper(root + "/members/one/keeper");
    if (!keeper)
      return true;
    pollfd entry{static_cast<int>(::syscall(SYS_pidfd_open, keeper->pid, 0)), POLLIN, 0};
    const bool over = entry.fd < 0 || ::poll(&entry, 1, 60'000) == 1;
    ::close(entry.fd);
    return over;
  }
  container_info ended(const runtime_actor& as_seen_by) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    container_info out;
    do
      out = ask<container_info>(as_seen_by, inspect_atom_v, spec.name);
    while (out.status != container_status::exited && std::chrono::steady_clock::now() < until);
    return out;
  }
};

bool not_here(const char* controller) {
  const auto why = why_not_enforced(real_root, controller);
  if (!why.empty())
    WARN("needs control groups that can be written: " << why);
  return !why.empty();
}

// Takes more memory than it may, as a child of `sh`, which goes on.
constexpr const char* a_child_is_killed = "python3 -c 'x = bytearray(256 << 20)'; echo killed; ";

} // namespace

TEST_CASE_METHOD(limited, "what the processor limit holds back is read from the group") {
  if (not_here("cpu"))
    return;
  spec.limits.cpus = 0.1;
  runs("i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; echo done; exec sleep infinity");
  REQUIRE(says("done"));
  const auto used = stats();
  CHECK(used.cpu_limit == 0.1);
  CHECK(used.cpu_limit_enforced);
  CHECK(used.periods > 0);
  CHECK(used.throttled_periods > 0);
  CHECK(used.processes > 0);
}

TEST_CASE_METHOD(limited, "what the memory limit kills is counted, and a member that ends by it is said to") {
  if (not_here("memory"))
    return;
  spec.limits.memory_bytes = 64 * mib;
  SECTION("it goes on") {
    runs(std::string{a_child_is_killed} + "exec sleep infinity");
    REQUIRE(says("killed"));
    CHECK(stats().oom_kills == 1);
    CHECK(stats().memory_limit_bytes == 64 * mib);
    auto killed = ask<container_info>(runtime, kill_atom_v, spec.name);
    CHECK(killed.status == container_status::exited);
    ask<container_info>(runtime, start_atom_v, spec.name);
    CHECK(stats().oom_kills <= 1); // of this life
  }
  SECTION("it ends because of that") {
    runs(std::string{a_child_is_killed} + "exit 7");
    const auto end = ended(runtime);
    CHECK(end.exit_code == 7);
    CHECK(end.oom_killed);
  }
  SECTION("it ended because of that while no engine looked") {
    const auto go = root + "/go";
    REQUIRE(::mkfifo(go.c_str(), 0600) == 0);
    runs("read x < " + go + "; exec python3 -c 'x = bytearray(256 << 20)'");
    self->send_exit(runtime, caf::exit_reason::user_shutdown);
    self->wait_for(runtime);
    std::ofstream{go} << "go\n";
    REQUIRE(keeper_ends());
    runtime = make_process_runtime(system, {"limited", root, PAWS_BIN_DIR "/paws-keeper", real_root});
    const auto found = ask<container_list>(runtime, adopt_atom_v, spec_list{spec});
    REQUIRE(found.size() == 1);
    CHECK(found[0].exit_signal == 9);
    CHECK(found[0].oom_killed);
  }
}

TEST_CASE_METHOD(limited, "one that does not run has its limits, and uses nothing") {
  spec.limits.memory_bytes = 64 * mib;
  spec.limits.cpus = 0.5;
  spec.command = {"/bin/true"};
  ask<container_info>(runtime, create_atom_v, spec);
  const auto used = stats();
  CHECK(used.processes == 0);
  CHECK(used.memory_bytes == 0);
  CHECK(used.memory_limit_bytes == 64 * mib);
  CHECK(used.memory_limit_enforced == why_not_enforced(real_root, "memory").empty());
  CHECK(used.cpu_limit == 0.5);
}
