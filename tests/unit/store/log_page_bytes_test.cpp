// Pages of logs whose lines are long: their texts are left out, and given by id.
#include "store/log_archive.hpp"
#include "tests/unit/store/store_support.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::store;

namespace {

std::vector<logic::log_row> found(log_archive& archive, const logic::log_query& query) {
  auto out = archive.search(query);
  REQUIRE(std::holds_alternative<found_logs>(out));
  return std::get<found_logs>(out).rows;
}

} // namespace

TEST_CASE("a page that would be too large comes without its texts, which are then asked for by id") {
  const store_test::scratch dir;
  log_archive archive{dir.path("logs")};
  const std::string line(64 * 1024, 'x');
  std::vector<logic::log_row> rows;
  for (int i = 0; i < 100; ++i)
    rows.push_back({0, 1'000 + i, "one", logic::log_level::info, false, "", line + std::to_string(i)});
  REQUIRE_FALSE(archive.append(rows, {}));
  logic::log_query query;
  query.limit = 50; // 3.2 MiB
  for (const auto& row : found(archive, query))
    CHECK(row.text.size() > line.size());
  query.limit = 10'000; // 6.4 MiB
  query.newest = GENERATE(true, false);
  const auto large = found(archive, query);
  REQUIRE(large.size() == 100);
  for (std::size_t i = 0; i < large.size(); ++i) {
    CHECK(large[i].text.empty());
    CHECK(large[i].left_out_bytes == rows[i].text.size());
  }
  query.ids = {large[98].id, large[3].id};
  const auto two = found(archive, query);
  REQUIRE(two.size() == 2); // in the order of time
  CHECK(two[0].text == rows[3].text);
  CHECK(two[1].text == rows[98].text);
}
