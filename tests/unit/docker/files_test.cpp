#include "runtimes/docker/member_notes.hpp"
#include "runtimes/docker/tar.hpp"
#include "runtimes/docker/usage.hpp"
#include "runtimes/docker/volume_content.hpp"

#include "runtimes/common/launch.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace paws;
using namespace paws::docker;
namespace fs = std::filesystem;

namespace {

struct scratch {
  scratch() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~scratch() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path{path + "/" + name}.parent_path());
    std::ofstream{path + "/" + name} << text;
  }
  std::string path = "/tmp/paws-docker-XXXXXX";
};

} // namespace

TEST_CASE("an archive is understood by tar, with owners, modes and long names") {
  const scratch in;
  const auto deep = "member/" + std::string(120, 'd') + "/" + std::string(80, 'f');
  tar_writer tar{2005};
  CHECK(tar.empty());
  tar.directory("member", 0700);
  tar.file("member/secret", 0600, std::string(513, 's'));
  tar.file(deep, 0640, "");
  in.write("a.tar", std::move(tar).finish());
  const auto listed = common::run_to_end({"/bin/tar", "--numeric-owner", "-tvf", in.path + "/a.tar"},
                                         {"PATH=/bin:/usr/bin"}, "/", 10'000, 10'000);
  CHECK(listed.exit_code == 0);
  CHECK(listed.output.find("drwx------ 2005/2005") != std::string::npos);
  CHECK(listed.output.find("-rw------- 2005/2005       513") != std::string::npos);
  CHECK(listed.output.find(deep) != std::string::npos);
}

TEST_CASE("a volume is filled at once only when nothing is in it, with the same as an archive has") {
  const scratch in;
  volume_content content{"/paws", 2005};
  content.directory("/elsewhere/x");
  CHECK(content.empty());
  content.directory("/paws/config");
  content.file({"/paws/config/deep/secret", "s3cret", 0600, false});
  content.there("/paws/run");
  content.directory("/paws/run");
  CHECK(content.first() == "/paws/config");
  const auto volume = in.path + "/volume";
  CHECK_FALSE(content.fill(volume)); // there is none
  fs::create_directory(volume);
  if (::geteuid() == 0) {
    REQUIRE(content.fill(volume));
    struct stat found {};
    REQUIRE(::stat((volume + "/config/deep/secret").c_str(), &found) == 0);
    CHECK(found.st_uid == 2005);
    CHECK((found.st_mode & 07777) == 0600);
    REQUIRE(::stat((volume + "/config").c_str(), &found) == 0);
    CHECK(found.st_gid == 2005);
    CHECK((found.st_mode & 07777) == 0700);
    CHECK_FALSE(fs::exists(volume + "/run"));
    CHECK_FALSE(content.fill(volume)); // it has something now
  }
  in.write("a.tar", content.archive());
  const auto listed = common::run_to_end({"/bin/tar", "--numeric-owner", "-tf", in.path + "/a.tar"},
                                         {"PATH=/bin:/usr/bin"}, "/", 10'000, 10'000);
  CHECK(listed.output == "config/\nconfig/deep/\nconfig/deep/secret\n");
}

TEST_CASE("what somebody asked to stop is known to a later engine") {
  const scratch in;
  {
    member_notes notes{in.path + "/containers"};
    CHECK(notes.of("a").stopped_life.empty());
    notes.created("a", true, {"memory_limit: none"});
    notes.stop_asked("a", "c19d@1");
    CHECK(notes.of("a").fresh_data);
  }
  member_notes later{in.path + "/containers"};
  CHECK(later.of("a").stopped_life == "c19d@1");
  CHECK_FALSE(later.of("a").fresh_data);
  later.removed("a");
  CHECK(member_notes{in.path + "/containers"}.of("a").stopped_life.empty());
  CHECK_FALSE(fs::exists(in.path + "/containers"));
}

TEST_CASE("what a container uses, from control groups of version 1") {
  const scratch in;
  in.write("memory/docker/x/memory.usage_in_bytes", "1000\n");
  in.write("memory/docker/x/memory.stat", "cache 5\ntotal_inactive_file 300\n");
  in.write("memory/docker/x/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  in.write("cpuacct/docker/x/cpuacct.usage", "5000000\n");
  in.write("cpu/docker/x/cpu.stat", "nr_periods 10\nnr_throttled 3\nthrottled_time 7\n");
  in.write("pids/docker/x/pids.current", "4\n");
  const auto used =
      usage_of("8:pids:/docker/x\n4:memory:/docker/x\n2:cpuacct:/docker/x\n1:cpu:/docker/x\n0::/\n", in.path);
  CHECK(used.memory_bytes == 700);
  CHECK(used.oom_kills == 2);
  CHECK(used.cpu_usec == 5'000);
  CHECK(used.periods == 10);
  CHECK(used.throttled_periods == 3);
  CHECK(used.processes == 4);
}

TEST_CASE("what a container uses, from control groups of version 2") {
  const scratch in;
  in.write("cgroup.controllers", "cpu memory pids\n");
  in.write("x/memory.current", "1000\n");
  in.write("x/memory.stat", "inactive_file 300\n");
  in.write("x/memory.events", "oom 2\noom_kill 2\n");
  in.write("x/cpu.stat", "usage_usec 5000\nnr_periods 10\nnr_throttled 3\n");
  in.write("x/pids.current", "4\n");
  const auto used = usage_of("0::/x\n", in.path);
  CHECK(used.memory_bytes == 700);
  CHECK(used.cpu_usec == 5'000);
  CHECK(used.oom_kills == 2);
  CHECK(used.processes == 4);
  CHECK(usage_of("", in.path).processes == 0);
}
