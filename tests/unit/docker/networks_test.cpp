#include "runtimes/docker/networks.hpp"

#include <catch2/catch.hpp>

using namespace paws::docker;

TEST_CASE("ranges of addresses") {
  CHECK(to_string(*parse_range("172.31.4.7/24")) == "172.31.4.0/24");
  CHECK(to_string(*parse_range("10.0.0.0/8")) == "10.0.0.0/8");
  for (const auto* none : {"", "172.31.4.0", "172.31.4.0/", "172.31.4.0/33", "x/24", "fd00::/64", "1.2.3.4/2x"})
    CHECK_FALSE(parse_range(none));
  const auto overlaps = [](const char* a, const char* b) { return overlap(*parse_range(a), *parse_range(b)); };
  CHECK(overlaps("10.0.0.0/8", "10.212.3.0/24"));
  CHECK(overlaps("172.31.4.0/24", "172.31.4.128/25"));
  CHECK_FALSE(overlaps("172.31.4.0/24", "172.31.5.0/24"));
  CHECK(overlaps("0.0.0.0/0", "1.2.3.0/24"));
}

TEST_CASE("routes of this machine, but the default one") {
  const auto found = routes_in("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
                               "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                               "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
                               "garbage\n");
  REQUIRE(found.size() == 1);
  CHECK(to_string(found[0]) == "172.17.0.0/16");
}

TEST_CASE("free ranges overlap nothing, differ from each other, and are the same for the same environment") {
  const auto some = free_ranges({}, 4, "shop");
  REQUIRE(some.size() == 4);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < i; ++j)
      CHECK_FALSE(overlap(some[i], some[j]));
  CHECK(to_string(free_ranges({}, 4, "shop")[0]) == to_string(some[0]));
  const auto others = free_ranges(some, 4, "shop");
  REQUIRE(others.size() == 4);
  for (const auto& range : others)
    for (const auto& taken : some)
      CHECK_FALSE(overlap(range, taken));
}

TEST_CASE("when all private ranges are taken, there are fewer") {
  const auto taken = std::vector{*parse_range("172.16.0.0/12"), *parse_range("10.0.0.0/8")};
  const auto left = free_ranges(taken, 300, "shop");
  CHECK(left.size() == 256); // 192.168.0.0/16
  CHECK(free_ranges({*parse_range("0.0.0.0/0")}, 1, "shop").empty());
}

TEST_CASE("a network whose range is taken after all is an error of its own") {
  CHECK(paws::topology::find_error("ERR_NET_005").exits_with == paws::topology::exit_code::resource);
}
