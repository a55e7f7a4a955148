// A cluster that must be told something before it can be used.
#include "tests/support/toy_world.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;
using std::chrono::seconds;

namespace {

std::vector<toy_part> prepared_stack() {
  using topology::condition;
  return {{"etcd", {"etcd1", "etcd2", "etcd3"}, {}, topology::goal::running, true},
          {"patroni", {"patroni1"}, {{"etcd", condition::quorum}}}};
}

} // namespace

TEST_CASE("a cluster is told once what it must know, and whoever needs its quorum waits for that") {
  toy_world w{prepared_stack()};
  w.command("start");
  REQUIRE(w.advance_until_ready(seconds{30}));
  CHECK(w.asked["toy.prepared"] == 1);
  w.advance(seconds{10});
  CHECK(w.asked["toy.prepared"] == 1);
  w.kill("etcd2");
  w.advance(seconds{5});
  REQUIRE(w.advance_until_ready(seconds{30}));
  CHECK(w.asked["toy.prepared"] == 1);
}

TEST_CASE("a cluster of which nothing ran any more is told again") {
  toy_world w{prepared_stack()};
  w.command("start");
  REQUIRE(w.advance_until_ready(seconds{30}));
  w.kill_whole("etcd");
  REQUIRE(w.advance_until([&] { return w.asked["toy.prepared"] == 2; }, seconds{60}));
  REQUIRE(w.advance_until_ready(seconds{60}));
}

TEST_CASE("a new engine finds out anew") {
  toy_world w{prepared_stack()};
  w.command("start");
  REQUIRE(w.advance_until_ready(seconds{30}));
  w.restart_engine();
  REQUIRE(w.advance_until_ready(seconds{30}));
  CHECK(w.asked["toy.prepared"] == 2);
}
