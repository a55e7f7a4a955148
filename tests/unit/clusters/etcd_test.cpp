#include "clusters/etcd_view.hpp"
#include "clusters/kinds.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;
namespace etcd = paws::clusters::etcd;

namespace {

struct etcd_world {
  logic::cluster_context context;
  logic::observation_table seen;

  etcd_world() {
    auto& cluster = context.cluster;
    cluster.name = "etcd";
    cluster.kind = topology::cluster_kind::etcd;
    cluster.etcd.heartbeat_interval = logic::milliseconds{100};
    cluster.etcd.election_timeout = logic::milliseconds{1000};
    context.places.environment = "test";
    for (int i = 1; i <= 3; ++i) {
      const auto name = "etcd" + std::to_string(i), dir = "/env/members/" + name;
      cluster.members.push_back(name);
      context.places.members[name] = {name,          "etcd",      "127.36.105.1" + std::to_string(i), dir + "/config",
                                      dir + "/data", dir + "/run"};
      context.running.insert(name);
    }
  }

  /// Member `i` answered: its leader is member `leader` (0 = none), in `term`.
  void says(int i, int leader, int term = 2, const std::string& errors = "") {
    logic::observation out;
    out.name = "etcd.status";
    out.member = "etcd" + std::to_string(i);
    out.ok = true;
    out.known = {{"id", std::to_string(100 + i)},
                 {"leader", leader == 0 ? "0" : std::to_string(100 + leader)},
                 {"term", std::to_string(term)},
                 {"size_bytes", "20480"},
                 {"errors", errors}};
    seen.put(std::move(out));
  }
  logic::cluster_view judge() const { return etcd::judge(context, seen, {}); }
};

} // namespace

TEST_CASE("etcd is ready when all name one leader in one term") {
  etcd_world w;
  for (int i = 1; i <= 3; ++i)
    w.says(i, 2);
  const auto view = w.judge();
  CHECK(view.ready);
  CHECK(view.quorum);
  CHECK(view.leader == "etcd2");
  CHECK(view.members[1].role == "leader");
  CHECK(view.members[0].role == "follower");
}

TEST_CASE("two of three are a quorum, and not ready") {
  etcd_world w;
  w.says(1, 1);
  w.says(3, 1);
  const auto view = w.judge();
  CHECK(view.quorum);
  CHECK_FALSE(view.ready);
  CHECK(view.leader == "etcd1");
  REQUIRE_FALSE(view.awaited.empty());
  CHECK(view.awaited[0].find("etcd2") != std::string::npos);
}

TEST_CASE("one of three is no quorum, whatever it says") {
  etcd_world w;
  w.says(1, 1);
  CHECK_FALSE(w.judge().quorum);
  CHECK(w.judge().leader.empty());
}

TEST_CASE("members that answer without a leader are no quorum") {
  etcd_world w;
  for (int i = 1; i <= 3; ++i)
    w.says(i, 0);
  CHECK_FALSE(w.judge().quorum);
  CHECK_FALSE(w.judge().ready);
}

TEST_CASE("an old term's leader does not count") {
  etcd_world w;
  w.says(1, 1, 2);
  w.says(2, 3, 3);
  w.says(3, 3, 3);
  const auto view = w.judge();
  CHECK(view.leader == "etcd3");
  CHECK(view.quorum);
  CHECK_FALSE(view.ready); // etcd1 has not noticed
}

TEST_CASE("a member that is out of space is not healthy") {
  etcd_world w;
  w.says(1, 1, 2, "memberID:101 alarm:NOSPACE");
  w.says(2, 1);
  w.says(3, 1);
  const auto view = w.judge();
  CHECK_FALSE(view.ready);
  CHECK_FALSE(view.quorum); // one such member makes etcd refuse every write
  CHECK(view.members[0].why.find("NOSPACE") != std::string::npos);
}

TEST_CASE("any bytes become facts or a reason, never an exception") {
  etcd_world w;
  const auto asks = etcd::asks(w.context, "etcd1");
  REQUIRE(asks.size() == 2);
  CHECK(asks[1].path == "/v3/cluster/member/list");
  CHECK(asks[0].address == "127.36.105.11");
  CHECK(asks[0].port == 2379);
  logic::answer answer;
  answer.ok = true;
  answer.status = 200;
  for (const auto* text :
       {"", "[]", "null", "{}", R"({"header":7})", R"({"header":{"member_id":{}},"leader":[]})",
        R"({"header":{"member_id":"99999999999999999999999"},"leader":"-1","raftTerm":"x"})", "\xff"}) {
    answer.text = text;
    logic::observation out;
    out.name = "etcd.status";
    out.member = "etcd1";
    out.ok = true;
    CHECK_NOTHROW(out.known = etcd::interpret(asks[0], answer));
    CHECK_NOTHROW(etcd::interpret(asks[1], answer));
    w.seen.put(std::move(out));
    CHECK_NOTHROW(w.judge());
    CHECK_FALSE(w.judge().quorum);
  }
}

TEST_CASE("every etcd listens on its own address and knows all, and what the topology adds comes last") {
  etcd_world w;
  w.context.cluster.extra_args = {"--max-txn-ops=256"};
  const auto specs = clusters::etcd_kind.render(w.context);
  REQUIRE(specs.size() == 3);
  for (const auto& spec : specs) {
    const auto has = [&](const std::string& word) {
      return std::find(spec.command.begin(), spec.command.end(), word) != spec.command.end();
    };
    CHECK(has("--name=" + spec.name));
    CHECK(has("--listen-client-urls=http://" + spec.address + ":2379"));
    CHECK(has("--listen-peer-urls=http://" + spec.address + ":2380"));
    CHECK(has("--initial-cluster=etcd1=http://127.36.105.11:2380,etcd2=http://127.36.105.12:2380,"
              "etcd3=http://127.36.105.13:2380"));
    CHECK(has("--heartbeat-interval=100"));
    CHECK(has("--pre-vote=true"));
    CHECK(spec.command.back() == "--max-txn-ops=256");
  }
}
