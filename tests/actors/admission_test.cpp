// Who may start, when members of a cluster come and go: nobody waits for somebody who waits for him.
#include "actors/cluster.hpp"
#include "actors/journal.hpp"
#include "tests/support/virtual_time.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>

using namespace paws;
using namespace paws::testing;

namespace {

// As etcd's: whoever has no data waits while most others have some.
logic::start_advice advise(const logic::cluster_context& context, const logic::observation_table&,
                           const std::string& member) {
  logic::start_advice out;
  const auto others = std::count_if(context.has_data.begin(), context.has_data.end(),
                                    [&](const auto& row) { return row.first != member && row.second; });
  out.go = others < 2 || context.has_data.at(member);
  out.hold_reason = out.go ? "" : "waits for the others";
  return out;
}

const logic::cluster_kind_row kind{
    "waiting",
    "waiting",
    nullptr,
    [](const logic::cluster_context&, const std::string&) { return std::vector<topology::dependency>{}; },
    nullptr,
    nullptr,
    [](const logic::cluster_context&, const logic::observation_table&, logic::steady_time) {
      return logic::cluster_view{};
    },
    advise};

struct admission_world {
  admission_world() {
    logic::cluster_plan plan;
    plan.context.cluster.name = "c";
    plan.kind = &kind;
    plan.members = {"a", "b", "d"};
    surroundings around;
    around.journal = time.own(time.system().spawn(journal, store_actor{}, std::uint64_t{0}));
    const auto nobody = time.own(time.system().spawn([](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::drop);
      return {[](tick_atom) {}};
    }));
    subject = time.own(time.system().spawn(cluster, plan, around, caf::actor_cast<environment_actor>(nobody)));
    for (const auto* name : {"a", "b", "d"})
      spawn_member(name);
    time.settle();
  }
  ~admission_world() { time.shut_down(); }

  void spawn_member(const std::string& name) {
    members[name] = time.own(time.system().spawn([this, name](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::drop);
      return {[this, self, name](member_atom, bool running) {
                self->send(subject, member_atom_v, name, ++generation, running);
              },
              [this, self, name](advise_atom, bool asks) {
                if (!asks)
                  return static_cast<void>(self->request(subject, caf::infinite, member_atom_v, name, false)
                                               .then([](const dependency_list&) {}, [](const caf::error&) {}));
                self->request(subject, caf::infinite, advise_atom_v, name)
                    .then([this, name](const logic::start_advice& advice) { told[name] = advice.go; },
                          [](const caf::error&) {});
              }};
    }));
  }
  /// Its container is there, without data.
  void created(const std::string& member) { say(member, advise_atom_v, false); }
  void asks(const std::string& member) {
    told.erase(member);
    say(member, advise_atom_v, true);
  }
  void starts(const std::string& member) {
    say(member, member_atom_v, false);
    say(member, member_atom_v, true);
  }
  void ends(const std::string& member) { say(member, member_atom_v, false); }
  template <class Word>
  void say(const std::string& member, Word word, bool on) {
    caf::anon_send(members.at(member), word, on);
    time.settle();
  }
  /// What it was told: to go, to wait; nothing yet.
  std::optional<bool> advice(const std::string& member) const {
    const auto at = told.find(member);
    return at == told.end() ? std::nullopt : std::optional{at->second};
  }

  virtual_time time;
  cluster_actor subject;
  std::map<std::string, caf::actor> members;
  std::map<std::string, bool> told;
  std::uint64_t generation = 0;
};

} // namespace

TEST_CASE("nobody is advised before it is known of all whether there is data") {
  admission_world w;
  w.created("a");
  w.asks("a");
  w.created("b");
  w.asks("b");
  CHECK_FALSE(w.advice("a"));
  w.created("d");
  CHECK(w.advice("a") == true);
  CHECK(w.advice("b") == true);
}

TEST_CASE("members that keep ending do not wait for one that never started, nor that one for them") {
  admission_world w;
  for (const auto* each : {"a", "b", "d"})
    w.created(each);
  w.starts("a");
  w.starts("b");
  w.asks("d"); // late: the others run, and seem to have data
  CHECK(w.advice("d") == false);
  w.ends("a");
  w.ends("b");
  // They wrote nothing before they ended, and are created anew. The third has been there all along.
  w.created("a");
  w.asks("a");
  w.created("b");
  w.asks("b");
  CHECK(w.advice("a") == true);
  CHECK(w.advice("b") == true);
  w.asks("d");
  CHECK(w.advice("d") == true);
}

TEST_CASE("one whose start is under way need not be created again for the others to go on") {
  admission_world w;
  for (const auto* each : {"a", "b", "d"})
    w.created(each);
  w.starts("b");
  w.ends("b");
  w.say("a", member_atom_v, false); // its start is called
  w.created("b");                   // empty again: the others are to tell anew, and only some will
  w.asks("b");
  w.created("d");
  w.asks("d");
  w.say("a", member_atom_v, true);
  CHECK(w.advice("b") == true);
  CHECK(w.advice("d") == true);
}
