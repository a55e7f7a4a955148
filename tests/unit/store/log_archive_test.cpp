#include "store/log_archive.hpp"
#include "tests/unit/store/store_support.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <re2/re2.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace paws;
using namespace paws::store;
using store_test::scratch;

namespace {

logic::log_row row(std::int64_t at_us, const std::string& service, const std::string& text,
                   logic::log_level level = logic::log_level::info, const std::string& trace = "") {
  return {0, at_us, service, level, false, trace, text};
}

std::vector<std::string> texts(std::variant<found_logs, topology::failure> found) {
  std::vector<std::string> out;
  INFO(store_test::failure_of(found).message);
  REQUIRE(std::holds_alternative<found_logs>(found));
  for (const auto& each : std::get<found_logs>(found).rows)
    out.push_back(each.text);
  return out;
}

struct filled {
  scratch dir;
  log_archive archive{dir.path("logs")};

  filled() {
    REQUIRE_FALSE(archive.append({row(100, "etcd1", "Leader elected: etcd1"), row(300, "etcd2", "lost the Leader"),
                                  row(200, "redis1", "Ready to accept connections"),
                                  row(400, "redis1", "MASTER <-> REPLICA sync", logic::log_level::warning),
                                  row(500, "patroni1", "trace", logic::log_level::error, "abcd1234")},
                                 {{"etcd1", "7"}}));
  }
};

using words = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(filled, "lines come in time order, the newest that fit") {
  logic::log_query query;
  CHECK(texts(archive.search(query)).size() == 5);
  CHECK(texts(archive.search(query))[1] == "Ready to accept connections");
  query.limit = 2;
  CHECK(texts(archive.search(query)) == words{"MASTER <-> REPLICA sync", "trace"});
  query.newest = false;
  CHECK(texts(archive.search(query)) == words{"Leader elected: etcd1", "Ready to accept connections"});
}

TEST_CASE_METHOD(filled, "each filter narrows the search") {
  logic::log_query query;
  SECTION("service") {
    query.services = {"etcd1", "etcd2"};
    CHECK(texts(archive.search(query)) == words{"Leader elected: etcd1", "lost the Leader"});
    query.services = {"nobody"};
    CHECK(texts(archive.search(query)).empty());
  }
  SECTION("level") {
    query.at_least = logic::log_level::warning;
    CHECK(texts(archive.search(query)) == words{"MASTER <-> REPLICA sync", "trace"});
  }
  SECTION("words, in any case and of any length") {
    query.words = {"leader", "lost"};
    CHECK(texts(archive.search(query)) == words{"lost the Leader"});
    query.words = {"<-"};
    CHECK(texts(archive.search(query)) == words{"MASTER <-> REPLICA sync"});
    query.words = {"LEADER"};
    CHECK(texts(archive.search(query)).size() == 2);
  }
  SECTION("a pattern, with and without a literal") {
    query.pattern = "Leader (elected|gone): etcd\\d";
    CHECK(texts(archive.search(query)) == words{"Leader elected: etcd1"});
    query.pattern = "^.{5}$";
    CHECK(texts(archive.search(query)) == words{"trace"});
    query.pattern = "leader"; // patterns know the case
    CHECK(texts(archive.search(query)).empty());
    query.pattern = "(?i)LEADER";
    CHECK(texts(archive.search(query)).size() == 2);
    query.pattern = "elected|accept";
    CHECK(texts(archive.search(query)).size() == 2);
    query.pattern = "(";
    CHECK(std::get<topology::failure>(archive.search(query)).code == "ERR_CLI_001");
  }
  SECTION("time and trace id") {
    query.since_us = 200;
    query.until_us = 400;
    CHECK(texts(archive.search(query)) == words{"Ready to accept connections", "lost the Leader"});
    query = {};
    query.trace_id = "abcd1234";
    CHECK(texts(archive.search(query)) == words{"trace"});
  }
  SECTION("what was collected after") {
    query.after_id = 3;
    query.newest = false;
    query.limit = 1;
    CHECK(texts(archive.search(query)) == words{"MASTER <-> REPLICA sync"});
  }
}

TEST_CASE_METHOD(filled, "rows and positions are there again for the next engine") {
  log_archive next{dir.path("logs")};
  CHECK(std::get<log_positions>(next.positions()) == log_positions{{"etcd1", "7"}});
  CHECK(next.last_id() == 5);
  REQUIRE_FALSE(next.append({row(600, "etcd1", "after")}, {{"etcd1", "8"}}));
  CHECK(next.last_id() == 6);
}

TEST_CASE("segments are begun when one is full, and the oldest goes") {
  const scratch dir;
  constexpr std::uint64_t segment_bytes = 200'000, all_bytes = 700'000;
  log_archive archive{dir.path("logs"), {segment_bytes, all_bytes, 1'000'000}};
  for (int i = 0; i < 2000; ++i)
    REQUIRE_FALSE(
        archive.append({row(i, "one", std::to_string(i) + std::string(1000, 'x'))}, {{"one", std::to_string(i)}}));
  CHECK(segment_files(dir.path("logs")).size() >= 3);
  logic::log_query query;
  query.limit = 10'000;
  const auto kept = texts(archive.search(query));
  CHECK(kept.size() > 150);
  CHECK(kept.size() < 1000);
  CHECK(kept.back().starts_with("1999x"));
  CHECK(archive.last_id() == 2000);
  CHECK(std::get<log_positions>(archive.positions()).at("one") == "1999");
  query.after_id = 1995;
  query.newest = false;
  CHECK(texts(archive.search(query)).size() == 5);
}

TEST_CASE("a file that is no segment is moved aside, and its lines are collected again") {
  const scratch dir;
  std::filesystem::create_directories(dir.path("logs"));
  std::ofstream{dir.path("logs/000000000001.db")} << std::string(8192, 'x');
  log_archive archive{dir.path("logs")};
  CHECK(std::get<log_positions>(archive.positions()).empty());
  CHECK_FALSE(archive.append({row(1, "one", "again")}, {}));
  CHECK(std::filesystem::exists(dir.path("logs/000000000001.db.damaged")));
}

TEST_CASE("a file that only cannot be opened now is left alone, and used when it can be") {
  const scratch dir;
  {
    log_archive archive{dir.path("logs")};
    REQUIRE_FALSE(archive.append({row(1, "one", "kept")}, {{"one", "1"}}));
  }
  log_archive archive{dir.path("logs")};
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit full = before;
  const int next = ::dup(0);
  ::close(next);
  full.rlim_cur = static_cast<rlim_t>(next) + 1; // the directory can be read, no file in it opened
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &full) == 0);
  const auto refused = archive.append({row(2, "one", "more")}, {{"one", "2"}});
  full.rlim_cur = static_cast<rlim_t>(next);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &full) == 0);
  const auto again = archive.append({row(2, "one", "more")}, {{"one", "2"}});
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK((refused || again));
  CHECK_FALSE(std::filesystem::exists(dir.path("logs/000000000001.db.damaged")));
  CHECK(std::get<log_positions>(archive.positions()).count("one") == 1);
  CHECK(texts(archive.search({})).front() == "kept");
}

TEST_CASE("an engine that died right after it began a segment has forgotten no position") {
  const scratch dir;
  {
    log_archive archive{dir.path("logs")};
    REQUIRE_FALSE(archive.append({row(1, "one", "a")}, {{"one", "1"}, {"two", "9"}}));
  }
  REQUIRE(std::holds_alternative<log_segment>(log_segment::open(dir.path("logs/000000000002.db"), 2)));
  {
    log_archive archive{dir.path("logs")};
    CHECK(std::get<log_positions>(archive.positions()) == log_positions{{"one", "1"}, {"two", "9"}});
    REQUIRE_FALSE(archive.append({row(2, "one", "b")}, {{"one", "2"}}));
  }
  log_archive archive{dir.path("logs")};
  CHECK(std::get<log_positions>(archive.positions()) == log_positions{{"one", "2"}, {"two", "9"}});
  CHECK(archive.last_id() == 2);
}

TEST_CASE("a segment is begun every day, and age removes also what was written last") {
  constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;
  const scratch dir;
  log_archive archive{dir.path("logs")};
  for (std::int64_t day = 100; day < 103; ++day)
    for (std::int64_t at = 1; at < 4; ++at)
      REQUIRE_FALSE(
          archive.append({row(day * day_us + at, "one", std::to_string(day))}, {{"one", std::to_string(day)}}));
  CHECK(segment_files(dir.path("logs")).size() == 3);
  CHECK(archive.remove_old(101 * day_us + 7 * day_us + 1'000'000) > 0);
  CHECK(texts(archive.search({})) == words{"102", "102", "102"});
  CHECK(archive.remove_old(200 * day_us) > 0);
  CHECK(texts(archive.search({})).empty());
  CHECK(std::get<log_positions>(archive.positions()) == log_positions{{"one", "102"}});
  REQUIRE_FALSE(archive.append({row(200 * day_us, "one", "again")}, {{"one", "103"}}));
  CHECK(archive.last_id() == 10);
}

TEST_CASE("collected logs are nobody else's to read") {
  const scratch dir;
  log_archive archive{dir.path("logs")};
  REQUIRE_FALSE(archive.append({row(1, "one", "a")}, {}));
  CHECK((store_test::mode_of(dir.path("logs")) & 0777) == 0700);
  for (const auto* name : {"logs/000000000001.db", "logs/000000000001.db-wal", "logs/000000000001.db-shm"})
    CHECK((store_test::mode_of(dir.path(name)) & 0777) == 0600);
}

TEST_CASE("whatever stands in a line or in a word is found, with the index and without") {
  const scratch dir;
  log_archive archive{dir.path("logs")};
  using namespace std::string_literals;
  const words odd{"a \"quoted\" thing",
                  "it's AND that's",
                  "50% (of) it*",
                  "before\0behind the zero"s,
                  "broken \xff\xfe bytes\xe2",
                  "NOT NEAR OR",
                  "semi; drop table --",
                  "Stra\xc3\x9f"
                  "e"};
  std::vector<logic::log_row> rows;
  for (int i = 0; i < 10'000; ++i)
    rows.push_back(row(i, "one", i < static_cast<int>(odd.size()) ? odd[static_cast<std::size_t>(i)] : "plain"));
  REQUIRE_FALSE(archive.append(rows, {}));
  for (const bool indexed : {false, true}) {
    if (indexed)
      REQUIRE(archive.index_piece());
    for (const auto& [word, line] : std::vector<std::pair<std::string, std::size_t>>{{"\"QUOTED\"", 0},
                                                                                     {"it's", 1},
                                                                                     {"AND", 1},
                                                                                     {"(of)", 2},
                                                                                     {"it*", 2},
                                                                                     {"50%", 2},
                                                                                     {"behind", 3},
                                                                                     {"zero", 3},
                                                                                     {"bytes\xe2", 4},
                                                                                     {"\xff\xfe", 4},
                                                                                     {"NEAR", 5},
                                                                                     {";", 6},
                                                                                     {"--", 6},
                                                                                     {"stra\xc3\x9f", 7}}) {
      INFO(word << (indexed ? " with" : " without") << " the index");
      logic::log_query query;
      query.words = {word};
      CHECK(texts(archive.search(query)) == words{odd[line]});
      if (word.find('\xff') == std::string::npos && word.find('\xe2') == std::string::npos) {
        query.words = {};
        query.pattern = "(?i)" + RE2::QuoteMeta(word);
        CHECK(texts(archive.search(query)) == words{odd[line]});
      }
    }
  }
}

TEST_CASE("the index finds what a look at every line finds") {
  const scratch dir;
  log_archive archive{dir.path("logs")};
  std::vector<logic::log_row> rows;
  for (int i = 0; i < 25'000; ++i)
    rows.push_back(
        row(i, "one", "request " + std::to_string(i * 7919 % 5000) + (i % 10 == 0 ? " Übergang ÄÖ" : " plain")));
  REQUIRE_FALSE(archive.append(rows, {}));
  logic::log_query query;
  query.limit = 100'000;
  for (const auto* pattern :
       {"request 123\\b", "quest 4[0-9]9\\b", "Übergang", "bergang ÄÖ", "st 1.* plain|st 2.*gang"}) {
    INFO(pattern);
    query.pattern = pattern;
    while (archive.index_piece())
      ;
    const auto quick = texts(archive.search(query));
    query.pattern = std::string{"(?:"} + pattern + ")|\\x00"; // nothing can be said of this one
    CHECK(logic::required_literals(query.pattern).empty());
    CHECK(texts(archive.search(query)) == quick);
    CHECK_FALSE(quick.empty());
  }
}
