#include "actors/journal.hpp"
#include "tests/support/virtual_time.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using paws::testing::virtual_time;

namespace {

logic::event made(const std::string& subject, std::int64_t at_us) {
  logic::event out;
  out.kind = logic::event_kinds::service_state;
  out.subject = subject;
  out.at_us = at_us;
  return out;
}

event_sink collector(virtual_time& world, std::vector<logic::event>& into) {
  return world.own(world.system().spawn([&into](event_sink::pointer) -> event_sink::behavior_type {
    return {[&into](const logic::event& what) { into.push_back(what); }};
  }));
}

} // namespace

TEST_CASE("the journal numbers events without gaps and goes on after a restart") {
  virtual_time world;
  auto journal = world.own(world.system().spawn(paws::journal, store_actor{}, std::uint64_t{41}));
  caf::anon_send(journal, made("a", 10));
  caf::anon_send(journal, made("b", 20));
  const auto read = world.ask_now<event_list>(journal, read_atom_v, std::uint64_t{0}, std::uint32_t{10});
  REQUIRE(read.size() == 2);
  CHECK(read[0].seq == 42);
  CHECK(read[1].seq == 43);
}

TEST_CASE("time in the journal never runs backwards") {
  virtual_time world;
  auto journal = world.own(world.system().spawn(paws::journal, store_actor{}, std::uint64_t{0}));
  caf::anon_send(journal, made("a", 1000));
  caf::anon_send(journal, made("b", 900));
  const auto read = world.ask_now<event_list>(journal, read_atom_v, std::uint64_t{0}, std::uint32_t{10});
  CHECK(read[1].at_us == 1000);
}

TEST_CASE("a subscriber gets what it missed and then every event once, in order") {
  virtual_time world;
  auto journal = world.own(world.system().spawn(paws::journal, store_actor{}, std::uint64_t{0}));
  for (int i = 0; i < 3; ++i)
    caf::anon_send(journal, made("early", i));
  world.settle();
  std::vector<logic::event> seen;
  auto sink = collector(world, seen);
  caf::anon_send(journal, subscribe_atom_v, sink, std::uint64_t{1});
  world.settle();
  caf::anon_send(journal, made("late", 50));
  world.settle();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].seq == 2);
  CHECK(seen[1].seq == 3);
  CHECK(seen[2].subject == "late");
  caf::anon_send(journal, unsubscribe_atom_v, sink);
  caf::anon_send(journal, made("unheard", 60));
  world.settle();
  CHECK(seen.size() == 3);
}

TEST_CASE("a subscriber that died is forgotten") {
  virtual_time world;
  auto journal = world.own(world.system().spawn(paws::journal, store_actor{}, std::uint64_t{0}));
  std::vector<logic::event> seen;
  auto sink = collector(world, seen);
  caf::anon_send(journal, subscribe_atom_v, sink, std::uint64_t{0});
  world.settle();
  caf::anon_send_exit(sink, caf::exit_reason::kill);
  world.settle();
  caf::anon_send(journal, made("a", 1));
  world.settle();
  CHECK(seen.empty());
}
