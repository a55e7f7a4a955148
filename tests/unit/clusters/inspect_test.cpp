// What a person is shown of each cluster kind: when all is well, when a member is dead, when an answer is none.
#include "clusters/inspect.hpp"
#include "tests/unit/clusters/redis_world.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;
using logic::inspection;

namespace {

logic::answer http(const std::string& text, int status = 200) {
  logic::answer out;
  out.ok = true;
  out.status = status;
  out.text = text;
  return out;
}

logic::answer rows(std::vector<std::vector<std::string>> cells) {
  logic::answer out;
  out.ok = true;
  out.rows = std::move(cells);
  return out;
}

logic::answer refused() {
  logic::answer out;
  out.error = "connection refused";
  return out;
}

const inspection::table& table(const inspection& of, const std::string& title) {
  const auto at = std::find_if(of.tables.begin(), of.tables.end(), [&](const auto& one) { return one.title == title; });
  REQUIRE(at != of.tables.end());
  return *at;
}

std::string cell(const inspection& of, const std::string& title, std::size_t row, const std::string& column) {
  const auto& from = table(of, title);
  const auto at = std::find(from.columns.begin(), from.columns.end(), column);
  REQUIRE(at != from.columns.end());
  REQUIRE(row < from.rows.size());
  REQUIRE(from.rows[row].size() == from.columns.size());
  return from.rows[row][static_cast<std::size_t>(at - from.columns.begin())];
}

struct world {
  logic::cluster_context context;
  logic::inspect_answers answers;

  explicit world(const std::string& kind) {
    context.cluster.name = kind;
    for (int i = 1; i <= 3; ++i) {
      const auto name = kind + std::to_string(i);
      context.cluster.members.push_back(name);
      context.places.members[name] = {name, kind, "127.36.105.1" + std::to_string(i), "", "", ""};
    }
  }
};

struct etcd_world : world {
  etcd_world() : world{"etcd"} {
    for (int i = 1; i <= 3; ++i)
      says(i, 2);
  }
  void says(int i, int leader) {
    const auto id = [](int n) { return std::to_string(0xab0 + n); };
    const auto member = "etcd" + std::to_string(i);
    answers[{member, "etcd.status"}] =
        http(R"({"header":{"member_id":")" + id(i) +
             R"(","revision":"77"},"version":"3.4.23","dbSize":"20480","raftTerm":"5","raftIndex":"99")" +
             (leader == 0 ? "}" : R"(,"leader":")" + id(leader) + "\"}"));
    answers[{member, "etcd.alarms"}] = http("{}");
    answers[{member, "etcd.keys"}] = http(R"({"header":{},"count":"12"})");
  }
  inspection describe() const { return clusters::etcd::describe(context, answers); }
};

} // namespace

TEST_CASE("etcd: ids, roles, revision, size, keys and alarms") {
  etcd_world w;
  auto shown = w.describe();
  CHECK(table(shown, "members").rows.size() == 3);
  CHECK(cell(shown, "members", 0, "id") == "ab1");
  CHECK(cell(shown, "members", 0, "role") == "follower");
  CHECK(cell(shown, "members", 1, "role") == "leader");
  CHECK(cell(shown, "members", 1, "revision") == "77");
  CHECK(cell(shown, "members", 1, "db_size_bytes") == "20480");
  CHECK(cell(shown, "members", 1, "raft_term") == "5");
  CHECK(cell(shown, "members", 1, "alarms") == "none");
  CHECK(cell(shown, "keys", 0, "count") == "12");

  w.answers[{"etcd2", "etcd.alarms"}] = http(R"({"header":{},"alarms":[{"memberID":"2738","alarm":"NOSPACE"}]})");
  shown = w.describe();
  CHECK(cell(shown, "members", 1, "alarms") == "NOSPACE");
  CHECK(cell(shown, "members", 0, "alarms") == "none"); // the other's
}

TEST_CASE("etcd: what was not answered is not known") {
  etcd_world w;
  w.answers[{"etcd1", "etcd.alarms"}] = refused();
  w.answers[{"etcd2", "etcd.alarms"}] = http(R"({"error":"etcdserver: no leader"})", 503);
  w.answers[{"etcd3", "etcd.alarms"}] = http("<html>");
  for (const auto* member : {"etcd1", "etcd2", "etcd3"})
    w.answers[{member, "etcd.keys"}] = http("", 503);
  auto shown = w.describe();
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(cell(shown, "members", i, "alarms") == "not known");
  CHECK(cell(shown, "keys", 0, "count").empty());

  w.answers.clear();
  w.answers[{"etcd1", "etcd.status"}] = refused();
  w.answers[{"etcd2", "etcd.status"}] = http("garbage");
  shown = w.describe();
  CHECK(cell(shown, "members", 0, "role") == "connection refused");
  CHECK(cell(shown, "members", 1, "role") == "answers something that is not etcd's status");
  CHECK(cell(shown, "members", 2, "role") == "does not run");
  w.answers[{"etcd2", "etcd.status"}] = http("", 500);
  CHECK(cell(w.describe(), "members", 1, "role") == "answers HTTP 500");
}

TEST_CASE("etcd: without quorum nobody follows") {
  etcd_world w;
  w.answers.clear();
  w.says(1, 0);
  const auto shown = w.describe();
  CHECK(cell(shown, "members", 0, "role") == "no leader");
  CHECK(cell(shown, "members", 1, "role") == "does not run");
}

namespace {

struct patroni_world : world {
  patroni_world() : world{"patroni"} {
    for (const auto& member : context.cluster.members) {
      answers[{member, "cluster"}] = http(R"({"members":[
        {"name":"patroni1","role":"leader","state":"running","timeline":2,"host":"127.36.105.11"},
        {"name":"patroni2","role":"sync_standby","state":"streaming","timeline":2,"lag":16,"host":"127.36.105.12"},
        {"name":"patroni3","role":"replica","state":"streaming","timeline":2,"lag":0,"host":"127.36.105.13"}]})");
      answers[{member, "history"}] =
          http(R"([[1,25623960,"no recovery target specified","2024-01-01T00:00:00+00:00","patroni1"]])");
      answers[{member, "slots"}] = rows({});
      answers[{member, "streams"}] = rows({});
    }
    answers[{"patroni1", "slots"}] = rows({{"patroni2", "physical", "t", "0/1", "reserved"}});
    answers[{"patroni1", "streams"}] = rows({{"patroni2", "streaming", "sync", "3", "16"}});
  }
  inspection describe() const { return clusters::patroni::describe(context, answers); }
};

} // namespace

TEST_CASE("Patroni: topology, replication, slots and history") {
  patroni_world w;
  const auto shown = w.describe();
  CHECK(table(shown, "topology").rows.size() == 3);
  CHECK(cell(shown, "topology", 0, "timeline") == "2");
  CHECK(cell(shown, "topology", 0, "lag_bytes").empty());
  CHECK(cell(shown, "topology", 1, "role") == "sync_standby");
  CHECK(cell(shown, "topology", 1, "lag_bytes") == "16");
  REQUIRE(table(shown, "replication").rows.size() == 1);
  CHECK(cell(shown, "replication", 0, "sync") == "sync");
  CHECK(cell(shown, "replication", 0, "replay_lag_ms") == "3");
  CHECK(cell(shown, "replication", 0, "behind_bytes") == "16");
  REQUIRE(table(shown, "slots").rows.size() == 1);
  CHECK(cell(shown, "slots", 0, "slot") == "patroni2");
  REQUIRE(table(shown, "history").rows.size() == 1);
  CHECK(cell(shown, "history", 0, "timeline") == "1");
  CHECK(cell(shown, "history", 0, "lsn") == "25623960");
  CHECK(cell(shown, "history", 0, "new_leader") == "patroni1");
}

TEST_CASE("Patroni: a dead member is told with why, known to the others or not") {
  patroni_world w;
  for (const auto* question : {"cluster", "history", "slots", "streams"})
    w.answers[{"patroni1", question}] = refused();
  auto shown = w.describe();
  REQUIRE(table(shown, "topology").rows.size() == 3);
  CHECK(cell(shown, "topology", 0, "state") == "running; connection refused");
  CHECK(cell(shown, "replication", 0, "replica") == "connection refused");
  CHECK(cell(shown, "slots", 0, "slot") == "connection refused");
  CHECK(table(shown, "history").rows.size() == 1); // another one knew it
  w.answers[{"patroni2", "cluster"}] = w.answers[{"patroni3", "cluster"}] =
      http(R"({"members":[{"name":"patroni2","role":"leader"},{"name":"patroni3","role":"replica"}]})");
  shown = w.describe();
  REQUIRE(table(shown, "topology").rows.size() == 3);
  CHECK(cell(shown, "topology", 2, "member") == "patroni1");
  CHECK(cell(shown, "topology", 2, "state") == "connection refused");
}

TEST_CASE("Patroni: nothing is empty in silence") {
  patroni_world w;
  w.answers.clear();
  w.answers[{"patroni1", "cluster"}] = http("", 503);
  w.answers[{"patroni2", "cluster"}] = http("garbage");
  w.answers[{"patroni2", "history"}] = http("{}");
  const auto shown = w.describe();
  REQUIRE(table(shown, "topology").rows.size() == 3);
  CHECK(cell(shown, "topology", 0, "state") == "answers HTTP 503");
  CHECK(cell(shown, "topology", 1, "state") == "answers something that is not Patroni's");
  CHECK(cell(shown, "topology", 2, "state") == "does not run");
  CHECK(table(shown, "replication").rows.size() == 3);
  REQUIRE(table(shown, "history").rows.size() == 1);
  CHECK(cell(shown, "history", 0, "reason").find("patroni3 does not run") != std::string::npos);
}

TEST_CASE("Redis: nodes, memory, keys, Sentinels, and a dead one") {
  testing::redis_world w;
  logic::inspect_answers answers;
  const auto master = w.address("redis1");
  answers[{"redis1", "info"}] = http("# Server\r\nredis_version:7.0.15\r\nrole:master\r\nconnected_slaves:2\r\n"
                                     "used_memory:1048576\r\nmaxmemory:0\r\nmem_fragmentation_ratio:1.5\r\n"
                                     "db0:keys=3,expires=1,avg_ttl=0\r\n");
  answers[{"redis2", "info"}] = http("role:slave\r\nmaster_host:" + master + "\r\nmaster_link_status:up\r\n");
  answers[{"redis3", "info"}] = http("garbage");
  answers[{"redis-sentinel1", "sentinel"}] =
      rows({{"name"}, {"m"}, {"ip"}, {master}, {"flags"}, {"master"}, {"num-slaves"}, {"2"}, {"quorum"}, {"2"}});
  answers[{"redis-sentinel2", "sentinel"}] = refused();
  const auto shown = clusters::redis::describe(w.context, answers);
  CHECK(cell(shown, "nodes", 0, "role") == "master");
  CHECK(cell(shown, "nodes", 0, "replicas") == "2");
  CHECK(cell(shown, "nodes", 1, "master") == "redis1");
  CHECK(cell(shown, "nodes", 2, "role") == "answers something that is not Redis's");
  CHECK(cell(shown, "memory", 0, "used_bytes") == "1048576");
  CHECK(cell(shown, "memory", 0, "fragmentation_ratio") == "1.5");
  CHECK(cell(shown, "keyspace", 0, "keys") == "3");
  CHECK(cell(shown, "sentinels", 0, "master") == "redis1");
  CHECK(cell(shown, "sentinels", 0, "quorum") == "2");
  CHECK(cell(shown, "sentinels", 1, "master") == "connection refused");
  CHECK(cell(shown, "sentinels", 2, "master") == "does not run");
}
