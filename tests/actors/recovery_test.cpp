// Manual recovery over the simulated runtime: who asks what of whom, what is written down before data goes, and what
// the next engine makes of it.
#include "actors/recovery.hpp"
#include "clusters/recovery_kits.hpp"
#include "tests/support/toy_commands.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
namespace kinds = logic::event_kinds;

namespace {

void send(toy_world& world, const std::string& verb, const std::string& target, bool force = false) {
  operator_command what;
  what.name = verb;
  what.target = target;
  what.force = force;
  what.destroy_data = verb == "reinit";
  what.trace_id = "recovery-1";
  world.send(what);
}

bool was_emptied(toy_world& world, const std::string& member, const std::string& life) {
  return world.lives()[member] != life && !world.events_of(kinds::recovery_step).empty();
}

// One recovery with Patroni's own words, and whoever it asks and tells.
struct bench {
  virtual_time time;
  std::vector<logic::ask> asked;
  std::map<std::string, logic::answer> answers; // by path
  std::optional<command_outcome> outcome;
  recovery_actor actor;

  static logic::cluster_view led_by(const std::string& leader, bool ready = true) {
    logic::cluster_view out;
    out.leader = leader;
    out.ready = out.quorum = ready;
    for (const auto* each : {"patroni1", "patroni2"})
      out.members.push_back({each, each == leader ? "leader" : "sync_standby", ready, "running", "", 0});
    return out;
  }

  void begin(const std::string& verb, const std::string& target) {
    recovery_setup setup;
    setup.request = {verb, target, false};
    setup.kit = &clusters::patroni::recovery;
    auto& cluster = setup.context.cluster;
    cluster.name = "patroni";
    cluster.kind = topology::cluster_kind::patroni;
    cluster.members = {"patroni1", "patroni2"};
    for (const auto& each : cluster.members) {
      setup.context.places.members[each] = {};
      setup.context.places.members[each].name = each;
      setup.context.places.members[each].address = each;
    }
    setup.view = led_by("patroni1");
    setup.route.name = "leader";
    setup.route.target = "patroni1";
    setup.patience = logic::milliseconds{60'000};
    auto asker = time.own(time.system().spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const logic::ask& question) {
                asked.push_back(question);
                return answers[question.path];
              },
              [](forget_atom, const std::string&) {}};
    }));
    auto told = time.own(time.system().spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const command_outcome& what) { outcome = what; }};
    }));
    setup.around = {time.own(time.system().spawn(journal, store_actor{}, std::uint64_t{0})),
                    {},
                    caf::actor_cast<asker_actor>(asker),
                    {time.now(), 1'000'000}};
    setup.environment = caf::actor_cast<environment_actor>(told);
    actor = time.own(time.system().spawn(recovery, std::move(setup)));
    time.settle();
  }
  void say(const std::string& path, const std::string& text, int status = 200) {
    logic::answer out;
    out.ok = true;
    out.status = status;
    out.text = text;
    answers[path] = out;
  }
};

constexpr const char* members = R"({"members":[{"name":"patroni1","role":"leader","state":"running"},)"
                                R"({"name":"patroni2","role":"sync_standby","state":"running","lag":0}]})";

} // namespace

TEST_CASE("a switchover ends when the new leader leads and all follow and the route does") {
  bench b;
  b.say("/cluster", members);
  b.say("/switchover", "Successfully switched over to \"patroni2\"");
  b.begin("switchover", "");
  REQUIRE(b.asked.size() == 2);
  CHECK(b.asked[1].method == "POST");
  b.time.advance(2s);
  CHECK_FALSE(b.outcome);
  caf::anon_send(b.actor, cluster_report{"patroni", bench::led_by("patroni2", false)});
  caf::anon_send(b.actor, cluster_report{"other", bench::led_by("patroni2")});
  logic::route_view route;
  route.name = "leader";
  route.target = "patroni2";
  caf::anon_send(b.actor, route);
  b.time.advance(1s);
  CHECK_FALSE(b.outcome);
  caf::anon_send(b.actor, cluster_report{"patroni", bench::led_by("patroni2")});
  b.time.settle();
  REQUIRE(b.outcome);
  CHECK(b.outcome->what.code.empty());
  CHECK(b.outcome->recovery.leader_before == "patroni1");
  CHECK(b.outcome->recovery.leader_after == "patroni2");
  CHECK(b.outcome->duration_ms == 3'000);
}

TEST_CASE("a switchover that nothing comes of ends in time and says what is awaited") {
  bench b;
  b.say("/cluster", members);
  b.say("/switchover", "Switchover status unknown", 503);
  b.begin("switchover", "patroni2");
  b.time.advance(61s);
  REQUIRE(b.outcome);
  CHECK(b.outcome->what.code == "ERR_REC_002");
  CHECK(b.outcome->what.message.find("patroni1 still leads") != std::string::npos);
  CHECK(b.asked.size() == 2); // nothing is asked twice
}

TEST_CASE("Patroni is asked again and again whether its replica is made and no faster than twice a second") {
  bench b;
  b.say("/patroni", R"({"state":"running","postmaster_start_time":"a"})");
  b.say("/reinitialize", "reinitialize started");
  b.begin("reinit", "patroni2");
  b.time.advance(10s);
  CHECK(b.asked.size() >= 15);
  CHECK(b.asked.size() <= 25);
  b.time.advance(60s);
  REQUIRE(b.outcome);
  CHECK(b.outcome->what.code == "ERR_REC_002");
}

TEST_CASE("a member without which the others do is emptied and starts anew while all else runs on") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  send(world, "reinit", "etcd2");
  const auto outcome = done(world);
  INFO(world.describe());
  CHECK(outcome.what.code.empty());
  CHECK(outcome.recovery.member == "etcd2");
  CHECK(outcome.recovery.cluster == "etcd");
  CHECK(outcome.duration_ms > 0);
  auto after = world.lives();
  for (const auto& [member, life] : before) {
    INFO(member);
    CHECK((after[member] == life) == (member != "etcd2"));
  }
  CHECK(was_emptied(world, "etcd2", before.at("etcd2")));
  CHECK(world.status().state == environment_state::ready);
  CHECK(world.saved().desired.at("etcd2") == "running");
}

TEST_CASE("a leader keeps its data and so does who is not known or asked without a name") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  send(world, "reinit", "etcd1");
  CHECK(done(world).what.code == "ERR_REC_001");
  for (const auto* target : {"", "nobody", "backend"}) {
    INFO(target);
    send(world, "reinit", target);
    const auto outcome = done(world);
    CHECK(outcome.what.code == "ERR_CLI_001");
    CHECK(outcome.code == topology::exit_code::invalid);
    CHECK(outcome.what.remedy.find("etcd2") != std::string::npos);
  }
  send(world, "switchover", "");
  CHECK(done(world).what.code == "ERR_CLI_001"); // nothing of toys can
  CHECK(world.lives() == before);
}

TEST_CASE("while a member is made anew nothing else is begun beside it but a stop") {
  toy_world world;
  bring_up(world);
  send(world, "reinit", "etcd2");
  for (const auto* verb : {"restart", "pause", "start", "drill"}) {
    INFO(verb);
    operator_command other;
    other.name = verb;
    if (other.name == "restart")
      other.services = {"etcd3"};
    world.send(other);
    CHECK(world.advance_until_outcome(1ms)->what.code == "ERR_ENG_004");
  }
  world.command("stop");
  CHECK(done(world).what.code.empty());
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("a whole cluster begins anew together with what keeps its state there which keeps its own data") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  send(world, "reinit", "etcd");
  const auto outcome = done(world);
  INFO(world.describe());
  CHECK(outcome.what.code.empty());
  CHECK(outcome.recovery.cluster == "etcd");
  CHECK(outcome.recovery.member.empty());
  REQUIRE_FALSE(outcome.notes.empty());
  auto after = world.lives();
  for (const auto* member : {"etcd1", "etcd2", "etcd3"})
    CHECK(after[member] != before.at(member));
  CHECK(after["patroni1"] != before.at("patroni1")); // stopped meanwhile
  CHECK(world.runtime().data.contains("patroni1"));
  CHECK(after["redis1"] == before.at("redis1"));
  CHECK(world.saved().desired.at("etcd1") == "running");
  CHECK(world.status().state == environment_state::ready);
}

TEST_CASE("an engine that dies while a cluster is emptied leaves the next one to finish that") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  send(world, "reinit", "redis");
  REQUIRE(world.advance_until([&] { return world.saved().desired["redis1"] == "reinitialized"; }, 10s));
  world.restart_engine();
  REQUIRE(world.advance_until([&] { return world.saved().desired["redis1"] == "running"; }, 120s));
  REQUIRE(world.advance_until_ready(120s));
  auto after = world.lives();
  for (const auto* member : {"redis1", "redis2", "redis3"}) {
    INFO(member << "\n" << world.describe());
    CHECK(after[member] != before.at(member));
    CHECK(world.saved().desired.at(member) == "running");
  }
  CHECK(after["etcd1"] == before.at("etcd1"));
}

TEST_CASE("an engine that dies while one member is emptied leaves it to the operator to do it again") {
  toy_world world;
  bring_up(world);
  send(world, "reinit", "redis2");
  REQUIRE(world.advance_until([&] { return world.saved().desired["redis2"] == "reinitialized"; }, 10s));
  world.restart_engine();
  REQUIRE(world.advance_until_ready(120s));
  const auto told = world.events_of(kinds::recovery_step, "redis2");
  REQUIRE_FALSE(told.empty());
  CHECK(told.back().text.find("ctl reinit redis2") != std::string::npos);
}

TEST_CASE("a member whose data cannot be removed ends a reinit with its own reason") {
  toy_world world;
  bring_up(world);
  world.script("etcd2").remove_fails = {"ERR_SYS_003", "it is held", "let it go"};
  send(world, "reinit", "etcd2");
  const auto outcome = done(world);
  CHECK(outcome.what.code == "ERR_SYS_003");
  CHECK(outcome.culprit == "etcd2");
  CHECK(world.engine_alive());
}
