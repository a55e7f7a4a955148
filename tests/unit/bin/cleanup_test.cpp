#include "bin/cleanup.hpp"
#include "tests/unit/bin/bin_support.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace paws::bin;
namespace fs = std::filesystem;

namespace {

using hours = std::chrono::hours;

struct environment {
  paws::bin::testing::playground here;
  fs::file_time_type now = fs::file_time_type::clock::now();
  environment_paths paths;

  environment() {
    paths.directory = here.root().string();
    paths.drills = paths.directory + "/drills";
  }
  void file(const std::string& path, int days) const {
    fs::create_directories((here.root() / path).parent_path());
    here.write(path, "some text");
    fs::last_write_time(here.root() / path, now - hours{24 * days});
  }
  std::set<std::string> old(bool engine_runs) const {
    std::set<std::string> out;
    for (const auto& each : old_files(paths, now - hours{24 * 7}, engine_runs)) {
      CHECK(each.bytes == 9);
      CHECK(out.insert(fs::relative(each.path, here.root()).string()).second); // each is counted once
    }
    return out;
  }
};

} // namespace

TEST_CASE_METHOD(environment, "what was put aside is old after seven days, what is in use and data never") {
  const std::set<std::string> aside{
      "state.json.damaged-1", "engine.log.1",     "journal.jsonl.1",   "drills/a.html",
      "drills/a.json",        "reports/one.json", "logs/1.db.damaged", "members/a/log/member.log.1"};
  for (const auto& each : aside)
    file(each, 8);
  for (const auto* kept : {"state.json", "engine.log", "journal.jsonl", "members/a/log/member.log",
                           "members/a/data/member.log.1", "members/a/data/reports/x"})
    file(kept, 100);
  file("members/b/log/member.log.1", 6);
  file("drills/b.json", 6);
  fs::create_symlink(here.root() / "members/a/data/reports/x", here.root() / "reports/link");
  CHECK(old(true) == aside);
  CHECK(old(false) == aside);
}

TEST_CASE_METHOD(environment,
                 "segments of collected logs are minded by an engine, without one all but the newest are old") {
  for (const auto* each : {"logs/1.db", "logs/1.db-wal", "logs/2.db"})
    file(each, 20);
  file("logs/3.db", 19);
  file("logs/3.db-wal", 19);
  CHECK(old(true).empty());
  CHECK(old(false) == std::set<std::string>{"logs/1.db", "logs/1.db-wal", "logs/2.db"});
}
