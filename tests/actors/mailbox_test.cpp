// What actors say about themselves: who there is, and how many messages wait for each.
#include "actors/journal.hpp"
#include "actors/log_collector.hpp"
#include "actors/probe.hpp"
#include "tests/support/toy_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace paws;
using namespace paws::testing;

namespace {

// Asks before anything of what was queued is handled, as an actor that has a turn of its own does.
class row_asker {
public:
  explicit row_asker(virtual_time& time) {
    asker_ = time.own(time.system().spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {[this, self](tick_atom) {
        gather_rows(self, sources, 1s, [this](actor_list rows) { got = std::move(rows); });
      }};
    }));
    time.settle();
  }
  void ask() { caf::anon_send(asker_, tick_atom_v); }

  std::vector<mailbox_source> sources;
  std::optional<actor_list> got;

private:
  caf::actor asker_;
};

} // namespace

TEST_CASE("a row counts all that waits, whoever came first") {
  virtual_time time;
  const auto log = time.own(time.system().spawn(journal, store_actor{}, std::uint64_t{0}));
  row_asker asker{time};
  asker.sources = {log};
  asker.ask();
  for (int i = 0; i < 7; ++i)
    caf::anon_send(log, logic::event{});
  time.settle();
  REQUIRE(asker.got);
  REQUIRE(asker.got->size() == 1);
  CHECK(asker.got->front().path == "journal");
  CHECK(asker.got->front().mailbox == 7);
  asker.ask();
  time.settle();
  CHECK(asker.got->front().mailbox == 0);
}

TEST_CASE("a probe counts its own") {
  virtual_time time;
  surroundings around;
  around.asker = caf::actor_cast<asker_actor>(time.own(
      time.system().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const logic::ask&) {}}; })));
  probe_setup setup;
  setup.question.name = "etcd.status";
  setup.path = "etcd/etcd1";
  const auto one = time.own(time.system().spawn(probe, around, setup));
  time.settle();
  row_asker asker{time};
  asker.sources = {one};
  asker.ask();
  for (int i = 0; i < 3; ++i)
    caf::anon_send(one, pace_atom_v, true);
  time.settle();
  REQUIRE(asker.got);
  CHECK(asker.got->front().path == "etcd/etcd1/etcd.status");
  CHECK(asker.got->front().mailbox == 3);
}

TEST_CASE("who is gone or silent has no row, and keeps nobody from having one") {
  virtual_time time;
  const auto gone = time.system().spawn(journal, store_actor{}, std::uint64_t{0});
  caf::anon_send_exit(gone, caf::exit_reason::kill);
  time.settle();
  const auto silent = time.own(time.system().spawn([](caf::event_based_actor* self) -> caf::behavior {
    auto promises = std::make_shared<std::vector<caf::typed_response_promise<actor_list>>>();
    return {[self, promises](actors_atom) -> caf::result<actor_list> {
      return promises->emplace_back(self->make_response_promise<actor_list>());
    }};
  }));
  const auto log = time.own(time.system().spawn(journal, store_actor{}, std::uint64_t{0}));
  row_asker asker{time};
  asker.sources = {gone, caf::actor_cast<mailbox_source>(silent), log};
  asker.ask();
  time.settle();
  CHECK_FALSE(asker.got);
  time.advance(2s);
  REQUIRE(asker.got);
  REQUIRE(asker.got->size() == 1);
  CHECK(asker.got->front().path == "journal");
}

TEST_CASE("everything in the tree has one row, and probes come and go with what they ask") {
  toy_world world;
  const auto paths = [&] {
    std::set<std::string> out;
    const auto rows = world.actors();
    for (const auto& row : rows)
      out.insert(row.path);
    CHECK(out.size() == rows.size());
    CHECK(rows.front().path == "environment");
    return out;
  };
  const auto idle = paths();
  CHECK(idle.contains("etcd"));
  CHECK(idle.contains("etcd/etcd1"));
  CHECK(idle.contains("backend"));
  CHECK_FALSE(idle.contains("etcd/etcd1/toy.status"));
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  CHECK(paths().contains("etcd/etcd1/toy.status"));
  CHECK(paths().contains("backend/toy.status"));
}
