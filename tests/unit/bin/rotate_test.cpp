#include "clusters/rotate.hpp"

#include "bin/assembly.hpp"
#include "clusters/haproxy.hpp"
#include "logic/rotation_plan.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace paws;
using logic::rotation_stage;
using logic::rotation_step;
using logic::rotation_work;

namespace {

using secret_map = std::map<std::string, std::string>;

// The default topology with values of its own.
struct rotate_world {
  topology::document doc;
  secret_map before;

  rotate_world() {
    auto loaded = topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
    REQUIRE(loaded.ok());
    doc = std::move(loaded.doc);
    doc.services.clear();
    topology::service plain;
    plain.name = "backend";
    plain.command = {"true"};
    plain.secrets = {{"PASSWORD", "POSTGRES_APP_PASSWORD"}};
    doc.services.push_back(plain);
    for (const auto& name : doc.secrets.generate)
      before[name] = "old-" + name;
  }
  logic::environment_plan plan(const secret_map& secrets) const {
    bin::assembly_input in;
    in.document = doc;
    in.places = topology::place_on_process(doc);
    in.secrets = secrets;
    in.active = topology::active_members(doc, {});
    in.active.push_back("backend");
    in.environment = doc.name;
    in.runtime = "process";
    auto made = bin::assemble(in);
    REQUIRE(std::holds_alternative<logic::environment_plan>(made));
    return std::get<logic::environment_plan>(std::move(made));
  }
  std::vector<rotation_step> steps(const std::vector<std::string>& names) const {
    logic::rotation_record record;
    record.names = names;
    auto after = before;
    for (const auto& name : names)
      after[name] = record.after[name] = "new-" + name;
    const auto a = plan(before), b = plan(after);
    std::set<std::string> all;
    for (const auto& service : b.services)
      all.insert(service.spec.name);
    return logic::rotation_steps({a, b, record, all});
  }
};

std::vector<rotation_step> of(const std::vector<rotation_step>& all, rotation_stage stage) {
  std::vector<rotation_step> out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), [&](const auto& each) { return each.stage == stage; });
  return out;
}

std::set<std::string> places(const std::vector<rotation_step>& steps) {
  std::set<std::string> out;
  for (const auto& each : steps)
    out.insert(each.where);
  return out;
}

} // namespace

TEST_CASE("a Redis password is added at every node, then used, then the old one is removed") {
  const rotate_world w;
  const auto steps = w.steps({"REDIS_PASSWORD"});
  const std::set<std::string> nodes{"redis1", "redis2", "redis3"};
  CHECK(places(of(steps, rotation_stage::add)) == nodes);
  for (const auto& each : of(steps, rotation_stage::add)) {
    REQUIRE(each.tries.size() == 2);
    CHECK(each.tries[0].password == "old-REDIS_PASSWORD");
    CHECK(each.tries[1].password == "new-REDIS_PASSWORD");
    CHECK(each.tries[0].command == std::vector<std::string>{"ACL", "SETUSER", "default", ">new-REDIS_PASSWORD"});
  }
  CHECK(places(of(steps, rotation_stage::reload)) ==
        std::set<std::string>{"redis1", "redis2", "redis3", "redis-sentinel1", "redis-sentinel2", "redis-sentinel3"});
  CHECK_FALSE(places(steps).contains(w.doc.routing.service)); // it knows no password
  for (const auto& each : of(steps, rotation_stage::retire))
    CHECK(each.tries.size() == 1);
  CHECK(of(steps, rotation_stage::change).empty());
  CHECK(of(steps, rotation_stage::restart).empty());
}

TEST_CASE("the roles of PostgreSQL change together, by whoever takes writes, and nothing of it is logged") {
  const rotate_world w;
  const auto steps = w.steps({"POSTGRES_PASSWORD", "POSTGRES_APP_PASSWORD", "POSTGRES_REWIND_PASSWORD"});
  const auto change = of(steps, rotation_stage::change);
  REQUIRE(change.size() == 1);
  CHECK(change[0].tries.size() == 6); // three members, two passwords
  for (const auto& each : change[0].tries) {
    CHECK(each.discreet);
    for (const auto* role : {"\"postgres\"", "\"rewinder\"", "\"paws360\""})
      CHECK(each.sql.find(role) != std::string::npos);
    CHECK(each.sql.find("replicator") == std::string::npos);
  }
  CHECK(of(steps, rotation_stage::verify).size() == 3 * 3 + 1);
  CHECK(places(of(steps, rotation_stage::files)).contains("patroni2"));
  CHECK_FALSE(places(of(steps, rotation_stage::files)).contains(w.doc.routing.service));
  const auto restart = of(steps, rotation_stage::restart);
  REQUIRE(restart.size() == 1);
  CHECK(restart[0].where == "backend");
}

TEST_CASE("replicas know the superuser's password before Patroni uses it, and can follow until they do") {
  const rotate_world w;
  const auto steps = w.steps({"POSTGRES_PASSWORD", "POSTGRES_REPLICATION_PASSWORD"});
  const auto settle = of(steps, rotation_stage::settle);
  CHECK(places(settle) == std::set<std::string>{"patroni1", "patroni2", "patroni3"});
  for (const auto& each : settle) {
    REQUIRE(each.tries.size() == 1);
    CHECK(each.tries[0].password == "new-POSTGRES_PASSWORD");
  }
  const auto linked = of(steps, rotation_stage::link);
  REQUIRE(linked.size() == 1);
  CHECK(linked[0].tries[0].sql.find("\"replicator\"") != std::string::npos);
  CHECK(of(steps, rotation_stage::change).at(0).tries[0].sql.find("replicator") == std::string::npos);
  CHECK(rotation_stage::settle < rotation_stage::files);
  CHECK(rotation_stage::files < rotation_stage::link);
  CHECK(rotation_stage::link < rotation_stage::reload);
}

TEST_CASE("a password with any characters ends where it should in SQL") {
  rotate_world w;
  const std::string nasty = "a'b$rotation$ END; DROP TABLE x; --\"\\";
  logic::cluster_context before, after;
  for (const auto& cluster : w.plan(w.before).clusters)
    if (cluster.context.cluster.kind == topology::cluster_kind::patroni)
      before = after = cluster.context;
  after.secrets["POSTGRES_PASSWORD"] = nasty;
  for (const auto& step : clusters::patroni::rotate(before, after))
    if (step.stage == rotation_stage::change)
      for (const auto& each : step.tries) {
        CHECK(each.sql.find("'a''b$rotation$ END") != std::string::npos);
        const auto tag = each.sql.substr(3, each.sql.find(' ', 3) - 3);
        CHECK(each.sql.find(tag, 3 + tag.size()) == each.sql.size() - tag.size());
      }
}

TEST_CASE("what does not change is not touched") {
  const rotate_world w;
  CHECK(w.steps({}).size() == 4); // publish, note, renew, health
  for (const auto& name : w.doc.secrets.generate)
    for (const auto& each : w.steps({name}))
      for (const auto& question : each.tries)
        CHECK(
            (question.password.empty() || question.password.starts_with("old-") || question.password == "new-" + name));
}

TEST_CASE("no step says a value in what is told") {
  const rotate_world w;
  for (const auto& each : w.steps(w.doc.secrets.generate)) {
    CHECK(each.text.find("new-") == std::string::npos);
    CHECK(each.text.find("old-") == std::string::npos);
    CHECK_FALSE(each.text.empty());
    CHECK_FALSE(each.secrets.empty());
    for (const auto& question : each.tries) {
      CHECK(question.path.find("new-") == std::string::npos);
      CHECK(question.name.find("new-") == std::string::npos);
    }
  }
}

TEST_CASE("the names in use are those that something depends on") {
  const rotate_world w;
  const auto plan_of = [&](const secret_map& secrets) { return w.plan(secrets); };
  const auto used = logic::secrets_in_use(plan_of, w.before, w.doc.secrets.generate);
  const std::set<std::string> names(used.begin(), used.end());
  for (const auto* name :
       {"POSTGRES_PASSWORD", "POSTGRES_REPLICATION_PASSWORD", "POSTGRES_REWIND_PASSWORD", "POSTGRES_APP_PASSWORD",
        "PATRONI_RESTAPI_PASSWORD", "REDIS_PASSWORD", "REDIS_SENTINEL_PASSWORD"})
    CHECK(names.contains(name));
  CHECK_FALSE(names.contains("JWT_SECRET"));
}

TEST_CASE("what its daemon rewrites itself is left to it, and what may not be replaced stays") {
  logic::member_spec before, after;
  before.run_dir = after.run_dir = "/m/run";
  before.files = {{"/m/run/redis.conf", "old", 0600, false},
                  {"/m/config/a", "old", 0600, false},
                  {"/m/config/b", "same", 0600, false},
                  {"/m/config/c", "old", 0600, true}};
  after.files = {{"/m/run/redis.conf", "new", 0600, false},
                 {"/m/config/a", "new", 0600, false},
                 {"/m/config/b", "same", 0600, false},
                 {"/m/config/c", "new", 0600, true}};
  const auto changed = logic::changed_files(before, after);
  REQUIRE(changed.size() == 1);
  CHECK(changed[0].path == "/m/config/a");
}

TEST_CASE("a cluster that does not run and keeps its password in its data is missed") {
  const rotate_world w;
  logic::rotation_record record;
  record.names = {"POSTGRES_PASSWORD"};
  auto after = w.before;
  after["POSTGRES_PASSWORD"] = record.after["POSTGRES_PASSWORD"] = "new";
  const auto a = w.plan(w.before), b = w.plan(after);
  CHECK(logic::missing_clusters({a, b, record, {"redis1"}}) == std::vector<std::string>{"patroni"});
  CHECK(logic::missing_clusters({a, b, record, {"patroni3"}}).empty());
  for (const auto& step : logic::rotation_steps({a, b, record, {"redis1"}}))
    CHECK(step.where.empty());
}
