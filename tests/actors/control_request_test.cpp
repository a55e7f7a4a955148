// How requests of the control API are taken apart.
#include "actors/control.hpp"

#include <catch2/catch.hpp>

using namespace paws;

TEST_CASE("targets are taken apart and decoded, broken escapes stay as they are") {
  const auto parsed = parse_target("/v1/a%20b?x=1&x=2&y=%41+z&&=v&flag&bad=%4&worse=%zz");
  CHECK(parsed.path == "/v1/a b");
  CHECK(parsed.value("x") == "2");
  CHECK(parsed.value("y") == "A z");
  CHECK(parsed.value("") == "v");
  CHECK(parsed.query.contains("flag"));
  CHECK(parsed.value("bad") == "%4");
  CHECK(parsed.value("worse") == "%zz");
  CHECK(parsed.value("absent").empty());
  CHECK(parse_target("").path.empty());
  CHECK(parse_target("?").query.empty());
}
