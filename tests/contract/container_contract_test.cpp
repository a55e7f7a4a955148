// What container runtimes promise beyond what all do: isolation, labels, and an engine that may hang, restart or lose
// events.
#include "tests/contract/container_contender.hpp"
#include "tests/contract/engine_proxy.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <sys/socket.h>

using namespace paws;
using contract::container_contender;
using contract::engine_proxy;
using contract::ground;
using contract::habit;
using std::chrono::steady_clock;

namespace {

const std::vector<std::string> engines{"docker", "podman"};

container_contender& containers_of(ground& on) {
  return dynamic_cast<container_contender&>(on.of());
}

// Another runtime on the same ground, whose events are heard here.
struct other_runtime {
  other_runtime(ground& at, runtime_actor what) : on{at}, actor{std::move(what)} {
    const auto to = caf::actor_cast<caf::actor>(on.self());
    listener = on.self()->home_system().spawn([to](runtime_listener::pointer) -> runtime_listener::behavior_type {
      return {[to](const container_event& event) { caf::anon_send(to, event); }};
    });
    on.self()->send(actor, subscribe_atom_v, listener);
  }
  ~other_runtime() {
    caf::anon_send_exit(listener, caf::exit_reason::kill);
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    on.self()->wait_for(actor);
  }
  ground& on;
  runtime_actor actor;
  runtime_listener listener;
};

} // namespace

TEST_CASE("hostile names are refused before anything is asked of the engine") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  for (const auto* name : {"../x", "a/b", "a?force=1", "a b", "", "a%2f", "-a"}) {
    auto spec = on.of().spec("a", habit::serves);
    spec.name = name;
    on.create(spec);
    CHECK(on.code == "ERR_RUN_002");
    on.inspect(name);
    CHECK(on.code == "ERR_RUN_002");
    on.ask(remove_atom_v, std::string{name}, true);
    CHECK(on.code == "ERR_RUN_002");
  }
  auto spec = on.of().spec("a", habit::serves);
  spec.image = "../../containers/json";
  on.create(spec);
  CHECK(on.code == "ERR_RUN_002");
  spec = on.of().spec("a", habit::serves);
  spec.mounts = {{"../../etc", "", "/x", true}};
  on.create(spec);
  CHECK(on.code == "ERR_RUN_002");
  CHECK(containers_of(on).labelled("containers/json?all=1&") == 0);
}

TEST_CASE("a foreign container, volume or network of the same name is left alone") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto& of = containers_of(on);
  const nlohmann::json foreign{
      {"Image", "debian:bookworm-slim"}, {"Cmd", {"true"}}, {"HostConfig", {{"NetworkMode", "none"}}}};
  const auto made = of.call("POST", "/containers/create?name=" + of.container("a"), foreign);
  REQUIRE(made.ok());
  const auto id = made.json().at("Id").get<std::string>();
  CHECK(on.inspect("a").status == container_status::absent);
  on.create(on.of().spec("a", habit::serves));
  CHECK(on.code == "ERR_RUN_002");
  CHECK(on.ask(remove_atom_v, std::string{"a"}, true).status == container_status::absent);
  CHECK(of.call("GET", "/containers/" + id + "/json").ok());
  CHECK(of.call("DELETE", "/containers/" + id + "?force=1").ok());

  const auto volume = of.environment() + "_b_data";
  REQUIRE(of.call("POST", "/volumes/create", {{"Name", volume}}).ok());
  on.uses("b");
  on.create(on.of().spec("b", habit::serves));
  CHECK(on.code == "ERR_RUN_002");
  on.ask(remove_atom_v, std::string{"b"}, true);
  CHECK(of.call("GET", "/volumes/" + volume).ok());
  CHECK(of.call("DELETE", "/volumes/" + volume).ok());
}

TEST_CASE("a volume that members share is written by one and read by the other") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  for (const auto* name : {"a", "b"}) {
    auto spec = on.of().spec(name, habit::serves);
    spec.mounts = {{"shared", "", "/shared", name == std::string_view{"b"}}};
    on.uses(name);
    on.create(spec);
    INFO(on.reason);
    REQUIRE(on.code.empty());
    on.ask(start_atom_v, std::string{name});
    REQUIRE(on.code.empty());
  }
  const auto in = [&](const char* name, const std::string& what) { return on.exec(name, {"/bin/sh", "-c", what}); };
  CHECK(in("a", "echo hello > /shared/word").exit_code == 0);
  CHECK(in("b", "cat /shared/word").output == "hello\n");
  CHECK(in("b", "echo other > /shared/word").exit_code != 0);
}

TEST_CASE("a removal leaves volumes, and with data nothing") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto& of = containers_of(on);
  auto spec = on.of().spec("a", habit::serves);
  spec.mounts = {{"shared", "", "/shared", false}};
  on.uses("a");
  on.create(spec);
  INFO(on.reason);
  REQUIRE(on.code.empty());
  on.create(on.of().spec("b", habit::serves));
  CHECK(of.labelled("networks?") == 1);
  CHECK(of.labelled("volumes?") == 5);
  on.ask(remove_atom_v, std::string{"a"}, false);
  CHECK(of.labelled("networks?") == 1); // b is in it
  on.ask(remove_atom_v, std::string{"b"}, false);
  CHECK(of.labelled("containers/json?all=1&") == 0);
  CHECK(of.labelled("networks?") == 0);
  CHECK(of.labelled("volumes?") == 5);
  on.create(spec);
  on.ask(remove_atom_v, std::string{"b"}, true);
  on.ask(remove_atom_v, std::string{"a"}, true);
  CHECK(of.labelled("networks?") == 0);
  CHECK(of.labelled("volumes?") == 0);
}

TEST_CASE("data comes back to the addresses that it knows, or it is said who has them now") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto& of = containers_of(on);
  on.uses("a");
  on.create(on.of().spec("a", habit::serves));
  REQUIRE(on.code.empty());
  on.ask(remove_atom_v, std::string{"a"}, false);
  CHECK(of.labelled("networks?") == 0);
  const auto before = of.networks().at("net");
  const auto chosen = [&] { return docker::choose_subnets(of.engine(), of.environment(), {"net"}); };
  REQUIRE(std::holds_alternative<topology::failure>(chosen()) == false);
  CHECK(std::get<0>(chosen()).at("net").cidr == before.cidr);
  const nlohmann::json foreign{{"Name", of.environment() + "-foreign"},
                               {"Driver", "bridge"},
                               {"IPAM", {{"Config", {{{"Subnet", before.cidr}, {"Gateway", before.gateway}}}}}}};
  const auto made = of.call("POST", "/networks/create", foreign);
  REQUIRE(made.ok());
  const auto refused = chosen();
  CHECK(of.call("DELETE", "/networks/" + made.json().at("Id").get<std::string>()).ok());
  REQUIRE(std::holds_alternative<topology::failure>(refused));
  CHECK(std::get<topology::failure>(refused).code == "ERR_NET_005");
  CHECK(std::get<topology::failure>(refused).message.find(before.cidr) != std::string::npos);
  CHECK(std::get<0>(chosen()).at("net").cidr == before.cidr);
  // Without the data nothing holds it to that place.
  on.ask(remove_atom_v, std::string{"a"}, true);
  CHECK(of.labelled("volumes?") == 0);
}

TEST_CASE("an image that is missing, or for another machine, is said so before anything is made") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto spec = on.of().spec("a", habit::serves);
  spec.image = "paws-contract/none:such";
  on.create(spec);
  CHECK(on.code == "ERR_IMG_001");
  spec = on.of().spec("a", habit::serves);
  spec.platform = "linux/s390x";
  on.create(spec);
  CHECK(on.code == "ERR_IMG_002");
  CHECK(containers_of(on).labelled("containers/json?all=1&") == 0);
  CHECK(containers_of(on).labelled("volumes?") == 0);
  const auto images =
      docker::look_at_images(containers_of(on).engine(), {"debian:bookworm-slim", "paws-contract/none:such"});
  REQUIRE(std::holds_alternative<std::vector<docker::image_state>>(images));
  CHECK_FALSE(std::get<0>(images)[0].id.empty());
  CHECK(std::get<0>(images)[1].id.empty());
}

TEST_CASE("a container cannot do what its member need not") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  on.running("a");
  const auto does = [&](const std::string& what) { return on.exec("a", {"/bin/sh", "-c", what}).exit_code == 0; };
  CHECK_FALSE(does("touch /etc/x"));
  CHECK_FALSE(does("touch /x"));
  CHECK(does("echo '#!/bin/sh' > /tmp/x && chmod 755 /tmp/x"));
  CHECK_FALSE(does("/tmp/x"));
  if (engine == "docker") // Podman with runc keeps the mode that the image's own /run has
    CHECK(does("touch /run/x"));
  CHECK(does("touch /paws/run/x /data/member/x"));
  CHECK(does("[ $(id -u) = 2005 ] && [ $(id -g) = 2005 ]"));
  CHECK(does("grep -q '^CapEff:.0*$' /proc/self/status"));
  CHECK(does("grep -q '^NoNewPrivs:.1$' /proc/self/status"));
}

TEST_CASE("members find each other in all their networks, by name and alias") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto& of = containers_of(on);
  auto a = on.of().spec("a", habit::serves);
  a.networks = {{"side", of.address("side", 11)}, {"net", of.address("net", 11)}};
  a.address = a.networks[0].address;
  a.aliases = {"alpha"};
  on.uses("a");
  on.uses("b");
  on.create(a);
  INFO(on.reason);
  REQUIRE(on.code.empty());
  on.start("a");
  on.running("b");
  CHECK(on.exec("b", {"getent", "hosts", "a"}).output.find(of.address("net", 11)) != std::string::npos);
  CHECK(on.exec("b", {"getent", "hosts", "alpha"}).output.find(of.address("net", 11)) != std::string::npos);
  CHECK(on.exec("a", {"cat", "/proc/net/fib_trie"}).output.find(of.address("side", 11)) != std::string::npos);
}

TEST_CASE("who is asked to stop from outside was asked to, who is killed was not") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto& of = containers_of(on);
  auto spec = on.of().spec("a", habit::serves);
  // Says that it ended by the signal: Podman has no other sign of a stop that went well.
  spec.command = {"/bin/sh", "-c", "trap 'exit 143' TERM; echo ready; while :; do sleep 3600 & wait $!; done"};
  on.uses("a");
  on.create(spec);
  on.start("a");
  of.call("POST", "/containers/" + of.container("a") + "/stop?t=20");
  CHECK(on.told("a", container_status::exited).stop_requested);
  on.start("a");
  CHECK_FALSE(on.told("a", container_status::running).stop_requested);
  of.crash("a");
  CHECK_FALSE(on.told("a", container_status::exited).stop_requested);
}

TEST_CASE("a later engine knows who was asked to stop") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  on.running("a");
  on.ask(stop_atom_v, std::string{"a"});
  const other_runtime later{on, on.of().second()};
  const auto found = on.found(later.actor, {on.of().spec("a", habit::serves)});
  REQUIRE(found.size() == 1);
  CHECK(found[0].stop_requested);
}

TEST_CASE("an end that no event told of is found within ten seconds") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto& of = containers_of(on);
  on.running("a");
  engine_proxy proxy{of.engine().socket};
  proxy.be(engine_proxy::mood::swallows_events);
  const other_runtime deaf{on, of.through(proxy.socket())};
  on.found(deaf.actor, {on.of().spec("a", habit::serves)});
  on.told("a", container_status::running);
  caf::anon_send_exit(on.runtime(), caf::exit_reason::user_shutdown); // only the deaf one is left
  on.self()->wait_for(on.runtime());
  const auto at = steady_clock::now();
  of.crash("a");
  CHECK_FALSE(on.told("a", container_status::exited).stop_requested);
  CHECK(steady_clock::now() - at < std::chrono::seconds{10});
}

TEST_CASE("an engine that hangs is said to be unreachable, and is found again") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto& of = containers_of(on);
  on.running("a");
  engine_proxy proxy{of.engine().socket};
  const other_runtime other{on, of.through(proxy.socket())};
  on.found(other.actor, {on.of().spec("a", habit::serves)});
  for (const auto mood : {engine_proxy::mood::hangs, engine_proxy::mood::gone}) {
    proxy.be(mood);
    const auto at = steady_clock::now();
    on.ask_of<container_info>(other.actor, inspect_atom_v, std::string{"a"});
    CHECK(on.code == "ERR_RUN_004");
    CHECK(on.reason.find(proxy.socket()) != std::string::npos);
    on.ask_of<container_list>(other.actor, list_atom_v);
    CHECK(on.code == "ERR_RUN_004");
    CHECK(steady_clock::now() - at < 4 * docker::engine_patience);
    // What does not need the engine answers at once.
    CHECK(on.ask_of<actor_list>(other.actor, actors_atom_v).size() == 1);
    proxy.be(engine_proxy::mood::passes);
    CHECK(on.ask_of<container_info>(other.actor, inspect_atom_v, std::string{"a"}).status == container_status::running);
  }
  of.crash("a");
  on.told("a", container_status::exited);
}

TEST_CASE("what an engine stops because it ends itself was not asked to stop") {
  ground on{"docker"}; // Podman's containers do not depend on its service
  auto& of = containers_of(on);
  on.running("a");
  engine_proxy proxy{of.engine().socket};
  const other_runtime other{on, of.through(proxy.socket())};
  on.found(other.actor, {on.of().spec("a", habit::serves)});
  on.told("a", container_status::running);
  caf::anon_send_exit(on.runtime(), caf::exit_reason::user_shutdown);
  on.self()->wait_for(on.runtime());
  proxy.be(engine_proxy::mood::closing);
  of.call("POST", "/containers/" + of.container("a") + "/stop?t=20");
  proxy.wait_refused();                          // it was looked whether the engine still listens
  proxy.be(engine_proxy::mood::swallows_events); // a new engine knows nothing of old events
  const auto ended = on.told("a", container_status::exited);
  CHECK_FALSE(ended.stop_requested);
  CHECK(ended.exit_code == 0);
}

TEST_CASE("a partition drops packets both ways, also of connections that are open, until it is healed") {
  const auto engine = GENERATE(from_range(engines));
  INFO(engine);
  ground on{engine};
  auto& of = containers_of(on);
  if (!on.ask_of<runtime_capabilities>(on.runtime(), capabilities_atom_v).partition.empty())
    return; // the list of excuses says whether that may be
  on.running("a");
  on.running("b");
  on.running("c");
  const auto address = [&](const std::string& name) { return on.of().spec(name, habit::serves).address; };
  // Nobody listens there: refused at once, or, when nothing comes back, nothing.
  const auto reaches = [&](const std::string& from, const std::string& to) {
    const auto tried = on.exec(from, {"timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/" + address(to) + "/9"});
    return tried.exit_code != 124;
  };
  CHECK(reaches("a", "b"));
  on.ask(cut_atom_v, std::string{"a"}, line_list{"b"});
  INFO(on.reason);
  REQUIRE(on.code.empty());
  CHECK_FALSE(reaches("a", "b"));
  CHECK_FALSE(reaches("b", "a"));
  CHECK(reaches("a", "c"));
  on.ask(cut_atom_v, std::string{"a"}, line_list{});
  CHECK_FALSE(reaches("a", "c"));
  CHECK_FALSE(reaches("c", "a"));
  CHECK(reaches("a", "a")); // by its own address, too: a daemon and its agent go on talking
  CHECK(reaches("b", "c"));
  on.ask(heal_atom_v, std::string{"a"});
  CHECK(on.code.empty());
  CHECK(reaches("a", "b"));
  CHECK(reaches("c", "a"));
  CHECK(of.labelled("containers/json?all=1&") == 3);
}
