// Pages of logs across segments that overlap in time.
#include "store/log_archive.hpp"
#include "tests/unit/store/store_support.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::store;
using store_test::scratch;

namespace {

// Rows of some times, one segment each.
void add_segment(const std::string& directory, std::uint64_t first_id, const std::vector<std::int64_t>& times) {
  std::vector<logic::log_row> rows;
  for (const auto at_us : times)
    rows.push_back({0, at_us, "one", logic::log_level::info, false, "", "said at " + std::to_string(at_us)});
  char name[32];
  std::snprintf(name, sizeof name, "/%012u.db", static_cast<unsigned>(first_id));
  auto made = log_segment::open(directory + name, first_id);
  REQUIRE(std::holds_alternative<log_segment>(made));
  REQUIRE_FALSE(std::get<log_segment>(made).append(rows, {}));
}

std::vector<logic::log_row> page(const std::string& directory, const logic::log_query& query) {
  auto found = search_logs(directory, query);
  INFO(store_test::failure_of(found).message);
  REQUIRE(std::holds_alternative<found_logs>(found));
  return std::get<found_logs>(found).rows;
}

// All of them, page by page, as an export does it.
std::vector<logic::log_row> all_pages(const std::string& directory, std::uint32_t limit) {
  std::vector<logic::log_row> out;
  logic::log_query query;
  query.newest = false;
  query.limit = limit;
  for (;;) {
    const auto got = page(directory, query);
    if (got.empty())
      return out;
    out.insert(out.end(), got.begin(), got.end());
    query.since_us = got.back().at_us;
    query.since_id = got.back().id;
  }
}

std::vector<std::int64_t> times_of(const std::vector<logic::log_row>& rows) {
  std::vector<std::int64_t> out;
  for (const auto& each : rows)
    out.push_back(each.at_us);
  return out;
}

using times = std::vector<std::int64_t>;

} // namespace

TEST_CASE("segments that overlap in time give one order") {
  const scratch dir;
  std::filesystem::create_directories(dir.path("logs"));
  add_segment(dir.path("logs"), 1, {10, 30, 50, 70, 90});
  add_segment(dir.path("logs"), 6, {20, 40, 60, 80, 85});
  logic::log_query query;
  query.limit = 3;
  CHECK(times_of(page(dir.path("logs"), query)) == times{80, 85, 90});
  query.newest = false;
  CHECK(times_of(page(dir.path("logs"), query)) == times{10, 20, 30});
  query.words = {"said"}; // by another way through the file
  CHECK(times_of(page(dir.path("logs"), query)) == times{10, 20, 30});
  query.newest = true;
  CHECK(times_of(page(dir.path("logs"), query)) == times{80, 85, 90});
  for (const std::uint32_t limit : {1U, 2U, 3U, 7U, 100U})
    CHECK(times_of(all_pages(dir.path("logs"), limit)) == times{10, 20, 30, 40, 50, 60, 70, 80, 85, 90});
}

TEST_CASE("a follower gets lines in the order of their collection") {
  const scratch dir;
  std::filesystem::create_directories(dir.path("logs"));
  add_segment(dir.path("logs"), 1, {10, 90});
  add_segment(dir.path("logs"), 3, {20, 80});
  logic::log_query query;
  query.newest = false;
  query.after_id = 1;
  query.limit = 2;
  CHECK(times_of(page(dir.path("logs"), query)) == times{20, 90});
  query.after_id = 3;
  CHECK(times_of(page(dir.path("logs"), query)) == times{80});
  CHECK(std::get<found_logs>(search_logs(dir.path("logs"), query)).last_id == 4);
}

TEST_CASE("more lines of one instant than a page has are all exported, each once") {
  const scratch dir;
  log_archive archive{dir.path("logs")};
  constexpr std::size_t lines = 12'000;
  const std::vector<logic::log_row> rows(lines, {0, 77, "one", logic::log_level::info, false, "", "at once"});
  REQUIRE_FALSE(archive.append(rows, {}));
  const auto all = all_pages(dir.path("logs"), 5000);
  REQUIRE(all.size() == lines);
  for (std::size_t i = 0; i < lines; ++i)
    REQUIRE(all[i].id == i + 1);
}
