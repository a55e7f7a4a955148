#include "bin/preflight.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::bin;

namespace {

constexpr std::uint64_t mib = 1024ULL * 1024, gib = 1024 * mib;

struct machine {
  host_stats has{16 * gib, 8 * gib, 100 * gib, 50 * gib, 4, 0};
  std::vector<member_need> needs{{"a", {2 * gib, 3 * gib, 1}, false}, {"b", {2 * gib, 4 * gib, 2}, false}};

  preflight_result judged() const {
    preflight_result out;
    judge_room(needs, has, "/somewhere", out);
    return out;
  }
  void all_run() {
    for (auto& need : needs)
      need.runs = true;
  }
};

} // namespace

TEST_CASE_METHOD(machine, "a machine with room for all is not spoken of") {
  const auto out = judged();
  CHECK(out.failures.empty());
  CHECK(out.shortages.empty());
  CHECK(out.warnings.empty());
}

TEST_CASE_METHOD(machine, "memory that members reserve counts for those that do not run yet") {
  has.memory_available_bytes = 6 * gib;
  REQUIRE(judged().shortages.size() == 1);
  CHECK(judged().shortages[0].code == "ERR_SYS_001");
  CHECK(judged().shortages[0].remedy.find("--yes") != std::string::npos);
  needs[0].runs = true;
  CHECK(judged().shortages.empty());
  has.memory_available_bytes = 10 * mib;
  CHECK(judged().shortages.size() == 1);
  all_run();
  CHECK(judged().shortages.empty());
}

TEST_CASE_METHOD(machine, "a nearly full disk refuses what is to be started, and only warns of what runs") {
  has.disk_available_bytes = 4 * gib;
  CHECK(judged().failures.empty());
  REQUIRE(judged().warnings.size() == 1);
  CHECK(judged().warnings[0] == "only 4096 MiB free below /somewhere; free some space, or run: make local-cleanup");
  has.disk_available_bytes = gib;
  REQUIRE(judged().failures.size() == 1);
  CHECK(judged().failures[0].code == "ERR_SYS_002");
  CHECK(judged().failures[0].remedy.find("VOLUMES") == std::string::npos); // never at the price of data
  needs[0].runs = true;
  CHECK(judged().failures.size() == 1);
  all_run();
  CHECK(judged().failures.empty());
  CHECK(judged().warnings.size() == 1);
}

TEST_CASE_METHOD(machine, "processors: fewer than the largest member may use is asked about, less than all is said") {
  has.cpus = 2.5;
  CHECK(judged().shortages.empty());
  REQUIRE(judged().warnings.size() == 1);
  CHECK(judged().warnings[0] == "members may use 3 processors together; this machine has 2.5");
  has.cpus = 1.5;
  REQUIRE(judged().shortages.size() == 1);
  CHECK(judged().shortages[0].code == "ERR_SYS_006");
  CHECK(judged().shortages[0].message == "this machine has 1.5 processors; b alone may use 2");
  needs[1].limits.cpus = 0.5;
  has.cpus = 1;
  REQUIRE(judged().shortages.size() == 1);
  CHECK(judged().shortages[0].message.find("slow") != std::string::npos);
  all_run();
  CHECK(judged().shortages.empty());
  CHECK(judged().warnings.empty());
}
