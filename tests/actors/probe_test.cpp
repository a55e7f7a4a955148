#include "actors/probe.hpp"
#include "tests/support/virtual_time.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using paws::testing::virtual_time;
using namespace std::chrono_literals;

namespace {

// An asker that answers after a delay, or never.
struct slow_asker {
  std::vector<logic::steady_time> asked;
  caf::timespan delay = 1ms;
  bool silent = false;
  bool fails = false;
  caf::actor handle;

  asker_actor spawn(virtual_time& world) {
    handle = world.own(world.system().spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {[this, self](const logic::ask&) -> caf::result<logic::answer> {
                asked.push_back(self->clock().now());
                auto promise = self->make_response_promise<logic::answer>();
                pending.push_back(promise);
                if (!silent)
                  self->delayed_send(self, delay, tick_atom_v, std::uint64_t{pending.size() - 1});
                return promise;
              },
              [](forget_atom, const std::string&) {},
              [this](tick_atom, std::uint64_t which) {
                logic::answer what;
                what.ok = !fails;
                what.error = fails ? "no answer within 2000 ms" : "";
                what.text = "fine";
                pending[which].deliver(what);
              }};
    }));
    return caf::actor_cast<asker_actor>(handle);
  }

  std::vector<caf::typed_response_promise<logic::answer>> pending;
};

logic::facts read_text(const logic::ask&, const logic::answer& answer) {
  return {{"text", answer.text}};
}

struct fixture {
  virtual_time world;
  slow_asker asker;
  std::vector<logic::observation> seen;
  observer_actor observer =
      world.own(world.system().spawn([this](observer_actor::pointer) -> observer_actor::behavior_type {
        return {[this](const logic::observation& what) { seen.push_back(what); }};
      }));

  probe_actor spawn() {
    surroundings around;
    around.asker = asker.spawn(world);
    probe_setup setup;
    setup.question.name = "test.status";
    setup.question.member = "one";
    setup.question.timeout = 2s;
    setup.question.fast_interval = 50ms;
    setup.question.steady_interval = 1s;
    setup.generation = 7;
    setup.interpret = read_text;
    setup.observer = observer;
    return world.own(world.system().spawn(probe, around, setup));
  }
};

} // namespace

TEST_CASE_METHOD(fixture, "a probe asks at its fast pace and reports with its generation") {
  spawn();
  world.advance(1s);
  CHECK(asker.asked.size() == 21); // at 0, 50, … 1000 ms
  REQUIRE_FALSE(seen.empty());
  CHECK(seen[0].generation == 7);
  CHECK(seen[0].known.at("text") == "fine");
  CHECK(seen[0].answered_at - seen[0].asked_at == 1ms);
}

TEST_CASE_METHOD(fixture, "the steady pace is slow, and going fast again asks at once") {
  auto probe = spawn();
  world.advance(10ms);
  caf::anon_send(probe, pace_atom_v, false);
  world.advance(10s);
  const auto slow = asker.asked.size();
  CHECK(slow <= 12);
  caf::anon_send(probe, pace_atom_v, true);
  world.settle();
  CHECK(asker.asked.size() == slow + 1);
}

TEST_CASE_METHOD(fixture, "an answer that takes longer than the interval is never asked twice at once") {
  asker.delay = 500ms;
  spawn();
  world.advance(2100ms);
  CHECK(asker.asked.size() == 5); // one after the other
}

TEST_CASE_METHOD(fixture, "an asker that says nothing is a failed observation, and asking goes on") {
  asker.silent = true;
  spawn();
  world.advance(10s);
  REQUIRE(seen.size() >= 2);
  CHECK_FALSE(seen[0].ok);
  CHECK(seen[0].error == "no answer in time");
  CHECK(seen[0].known.empty());
}

TEST_CASE_METHOD(fixture, "asked for now, it answers with a fresh observation") {
  auto probe = spawn();
  caf::anon_send(probe, pace_atom_v, false);
  world.advance(500ms);
  const auto before = asker.asked.size();
  bool got = false;
  world.own(world.system().spawn([&](caf::event_based_actor* self) {
    self->request(probe, 5s, now_atom_v).then([&](const logic::observation& what) { got = what.ok; });
  }));
  world.advance(5ms);
  CHECK(got);
  CHECK(asker.asked.size() == before + 1);
}

TEST_CASE_METHOD(fixture, "an answer that waited while the engine stood still says nothing, and is asked for again") {
  asker.silent = true;
  spawn();
  world.settle();
  world.jump(90s);
  asker.fails = true; // as the asker finds when it goes on itself
  caf::anon_send(asker.handle, tick_atom_v, std::uint64_t{0});
  asker.silent = false;
  world.settle();
  asker.fails = false;
  world.advance(100ms);
  REQUIRE_FALSE(seen.empty());
  for (const auto& each : seen)
    CHECK(each.ok);
}
