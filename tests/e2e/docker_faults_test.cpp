// What happens to members in containers and to the engines around them: kills, pauses, an engine of ours that dies at
// any moment, a container engine that hangs.
#include "tests/e2e/socket_proxy.hpp"
#include "tests/stack/containers.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

void end_engine(stack& s) {
  ::kill(s.status()["engine"]["pid"].get<pid_t>(), SIGKILL);
}

void only_etcd(YAML::Node& document) {
  document["clusters"].remove("redis");
  document["clusters"].remove("patroni");
  document.remove("routing");
  document.remove("routes");
}

// As soon as `enough` is true of the status, asked again and again; each answer within a second.
bool comes_to(stack& s, deadline until, const std::function<bool(const json&)>& enough) {
  while (remaining_ms(until) > 0) {
    const auto begun = std::chrono::steady_clock::now();
    const auto status = s.status();
    UNSCOPED_INFO(status.dump());
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
    if (status.is_object() && enough(status))
      return true;
  }
  return false;
}

} // namespace

TEST_CASE("docker: members die, stand still and lead, and clients go on", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{{}, "docker"};
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);

  // The engine of ours dies: everything is adopted as it is.
  const auto before = engine.lives(s.name());
  end_engine(s);
  CHECK(s.start().exit_code == 0);
  CHECK(engine.lives(s.name()) == before);
  const auto adopted = s.status();
  REQUIRE(adopted["services"].size() == 13);
  for (const auto& service : adopted["services"])
    CHECK(service["adopted"] == true);

  // A pause holds everybody, a resume proves it well.
  CHECK(s.ctl({"pause"}).exit_code == 0);
  CHECK(engine.inspect(container_of(s, "etcd1"))["State"]["Paused"] == true);
  CHECK(s.ctl({"resume"}).exit_code == 0);
  CHECK(s.health()["status"] == "healthy");

  // One member of etcd stands still: that is said of etcd alone, and writes go on.
  const auto idle = with_role(s.status(), "etcd", "follower")["name"].get<std::string>();
  REQUIRE(engine.run({"pause", container_of(s, idle)}).exit_code == 0);
  const auto seen = s.health();
  CHECK(seen["status"] == "degraded");
  CHECK(component_of(seen, "etcd")["status"] == "degraded");
  for (const auto* other : {"patroni", "redis"})
    CHECK(component_of(seen, other)["status"] == "healthy");
  CHECK(sql_once(s.postgres_route(), "create table while_one_stands(id int)", in(10s)));
  REQUIRE(engine.run({"unpause", container_of(s, idle)}).exit_code == 0);
  CHECK(s.becomes_healthy(60s));

  // One service is restarted, and nothing else.
  CHECK(s.ctl({"restart", "redis-sentinel2"}, 120s).exit_code == 0);
  for (const auto& [name, life] : engine.lives(s.name())) {
    INFO(name);
    CHECK((life == before.at(name)) == (name != container_of(s, "redis-sentinel2")));
  }
  CHECK(s.becomes_healthy(60s));

  // A member is killed and comes back.
  const auto follower = with_role(s.status(), "etcd", "follower");
  REQUIRE(follower.is_object());
  const auto victim = follower["name"].get<std::string>();
  REQUIRE(engine.run({"kill", container_of(s, victim)}).exit_code == 0);
  REQUIRE(s.sees_event(
      [&](const json& event) { return event["kind"] == "container_exited" && event["subject"] == victim; }, in(10s)));
  CHECK(s.becomes_healthy(60s));
  CHECK(service_of(s.status(), victim)["restarts"] == 1);

  // The leader is killed, and writes are acknowledged again through the route.
  const auto leader = with_role(s.status(), "patroni", "leader");
  REQUIRE(leader.is_object());
  REQUIRE(sql_once(s.postgres_route(), "create table ledger(id bigint primary key)", in(10s)));
  steady_writer writer{s.postgres_route(), "ledger"};
  REQUIRE(writer.wait_next_acknowledged(in(10s)));
  REQUIRE(engine.run({"kill", container_of(s, leader["name"])}).exit_code == 0);
  CHECK(writer.wait_next_acknowledged(in(60s)));
  REQUIRE(s.becomes_healthy(90s));
  CHECK(writer.wait_next_acknowledged(in(10s)));
  writer.stop();
  const auto acknowledged = writer.acknowledged();
  const auto rows = sql_once(s.postgres_route(), "select id from ledger", in(30s));
  REQUIRE(rows);
  std::set<std::int64_t> found;
  for (const auto& row : *rows)
    found.insert(std::stoll(row[0]));
  CHECK(std::includes(found.begin(), found.end(), acknowledged.begin(), acknowledged.end()));
}

TEST_CASE("docker: an engine killed at any moment of a start leaves what the next one takes over", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  for (const auto* moment : {"service_state", "start_called", "cluster_state"}) {
    INFO("killed at the first " << moment);
    stack s{only_etcd, "docker"};
    auto starting = s.spawn({"start", s.topology().string(), "--progress", "json"});
    REQUIRE(starting->wait_output(
        [&](const std::string& out) { return out.find("\"kind\":\"" + std::string{moment}) != std::string::npos; },
        in(60s)));
    end_engine(s);
    starting->wait(in(30s));
    const auto before = engine.lives(s.name());
    const auto resumed = s.start();
    INFO(resumed.out << resumed.err);
    CHECK(resumed.exit_code == 0);
    // Whatever ran goes on in the same life; what was only created may be made anew.
    const auto after = engine.lives(s.name());
    CHECK(after.size() == 3);
    for (const auto& [name, life] : before)
      if (life.find(" 0001-") == std::string::npos)
        CHECK(after.at(name) == life);
  }
}

TEST_CASE("docker: while the container engine hangs, ctl answers in a second and says so, and then all goes on",
          "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{only_etcd, "docker"};
  socket_proxy proxy{s.root() / "docker.sock", engine.socket()};
  s.set_variable("DOCKER_HOST", "unix://" + proxy.path());
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  const auto before = engine.lives(s.name());
  proxy.hold();
  CHECK(comes_to(s, in(30s), [](const json& status) { return status["runtime_unreachable"].is_string(); }));
  CHECK(s.ctl({"status"}).out.find("runtime unreachable") != std::string::npos);
  auto refused = s.ctl({"down", "--format", "json"});
  CHECK(refused.exit_code == 4);
  CHECK(refused.json()["error"]["code"] == "ERR_RUN_004");
  // An end that nobody can see now is found afterwards, and is one restart.
  REQUIRE(engine.run({"kill", container_of(s, "etcd2")}).exit_code == 0);
  proxy.go_on();
  CHECK(comes_to(s, in(30s), [](const json& status) { return status["runtime_unreachable"].is_null(); }));
  CHECK(s.sees_event(
      [](const json& event) { return event["kind"] == "container_exited" && event["subject"] == "etcd2"; }, in(10s)));
  CHECK(s.becomes_healthy(60s));
  CHECK(service_of(s.status(), "etcd2")["restarts"] == 1);
  auto after = engine.lives(s.name());
  for (const auto& [name, life] : before)
    if (name.find("etcd2") == std::string::npos)
      CHECK(after[name] == life);
  CHECK(s.ctl({"down"}).exit_code == 0);
}

TEST_CASE("docker: the container engine itself ends and comes back, and everything it took along is there again",
          "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{{}, "docker"};
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table kept(id int)", in(10s)));
  const auto engine_pid = s.status()["engine"]["pid"];
  for (const int how : {SIGTERM, SIGKILL}) {
    INFO("ended by signal " << how);
    const auto seen_before = s.events().size();
    const auto before = engine.lives(s.name());
    std::map<std::string, int> restarts;
    const auto known = s.status();
    for (const auto& service : known["services"])
      restarts[service["name"]] = service["restarts"];
    if (!engine.restart(how))
      return;
    REQUIRE(s.becomes_healthy(120s));
    CHECK(sql_once(s.postgres_route(), "select * from kept", in(10s)));
    const auto status = s.status();
    CHECK(status["engine"]["pid"] == engine_pid);
    CHECK(status["runtime_unreachable"].is_null());
    // All were ended with it, and started again, nobody for ever. An engine that goes down in order still answers for
    // a while, and what is started on it in that time ends with it; one that was killed may refuse a start while it
    // clears up behind itself. Whoever lives when all is well was not ended by us.
    const auto after = engine.lives(s.name());
    CHECK(after.size() == before.size());
    const auto events = s.events();
    for (const auto& service : status["services"]) {
      INFO(service.dump());
      std::string told;
      for (auto at = events.begin() + static_cast<std::ptrdiff_t>(seen_before); at != events.end(); ++at)
        if ((*at)["subject"] == service["name"])
          told += at->dump() + "\n";
      INFO(told);
      const auto name = container_of(s, service["name"]);
      const int again = service["restarts"].get<int>() - restarts[service["name"]];
      CHECK(again > 0);
      CHECK(after.at(name) != before.at(name));
      CHECK(again <= 4);
    }
  }
  CHECK(s.ctl({"down"}).exit_code == 0);
}

TEST_CASE("podman: a small stack starts, loses a member, stands still, is adopted, and goes without a trace",
          "[alone]") {
  const container_engine engine{"podman"};
  if (!engine.usable())
    return;
  stack s{only_etcd, "podman"};
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  CHECK(s.status()["runtime"] == "podman");
  REQUIRE(engine.run({"kill", container_of(s, "etcd3")}).exit_code == 0);
  REQUIRE(s.sees_event(
      [](const json& event) { return event["kind"] == "container_exited" && event["subject"] == "etcd3"; }, in(15s)));
  CHECK(s.becomes_healthy(60s));
  CHECK(s.ctl({"pause"}).exit_code == 0);
  CHECK(s.ctl({"resume"}).exit_code == 0);
  const auto before = engine.lives(s.name());
  CHECK(before.size() == 3);
  end_engine(s);
  CHECK(s.start().exit_code == 0);
  CHECK(engine.lives(s.name()) == before);
  const auto reset = s.ctl({"reset", "--confirm-data-loss"});
  INFO(reset.out << reset.err);
  CHECK(reset.exit_code == 0);
  for (const auto* kind : {"container", "volume", "network"})
    CHECK(engine.labelled(kind, s.name()).empty());
}
