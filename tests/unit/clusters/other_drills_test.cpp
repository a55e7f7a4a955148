#include "tests/unit/clusters/drill_world.hpp"

using namespace paws;
using namespace paws::testing;
using logic::write_fate;
using std::chrono::milliseconds;

namespace {

// As etcd 3.4.23 writes them.
std::string status(const std::string& own, const std::string& leader) {
  return R"({"header":{"cluster_id":"15118495548433857066","member_id":")" + own +
         R"(","revision":"6","raft_term":"2"},"version":"3.4.23","dbSize":"20480",)" +
         (leader.empty() ? "" : R"("leader":")" + leader + "\",") +
         R"("raftIndex":"12","raftTerm":"2","raftAppliedIndex":"12","dbSizeInUse":"16384"})";
}
const std::string members =
    R"({"header":{"cluster_id":"1","member_id":"101","raft_term":"2"},"members":[)"
    R"({"ID":"101","name":"etcd1","peerURLs":["http://127.36.0.11:2380"],"clientURLs":["http://127.36.0.11:2379"]},)"
    R"({"ID":"102","name":"etcd2","peerURLs":["http://127.36.0.12:2380"]},)"
    R"({"ID":"109","peerURLs":["http://127.36.0.19:2380"]},{"ID":"110","name":"stranger"}]})";

write_fate fate(const logic::answer& got) {
  return drill_world{}.kit(drill_world{}.redis).fate(got);
}

logic::log_row line(const std::string& text) {
  logic::log_row out;
  out.service = "sentinel1";
  out.text = text;
  return out;
}

} // namespace

TEST_CASE("etcd is not written to") {
  drill_world w;
  const auto& kit = w.kit(w.etcd);
  CHECK(kit.prepare == nullptr);
  CHECK(kit.write == nullptr);
  CHECK(kit.read == nullptr);
  CHECK(kit.clean == nullptr);
  CHECK(kit.log_pattern(w.etcd).empty());
  CHECK_FALSE(kit.log_sight(line("+switch-master mymaster a 1 b 2")));
}

TEST_CASE("etcd members name their leader by its id, which is looked up first") {
  drill_world w;
  CHECK(w.kit(w.etcd).watches(w.etcd, nullptr).size() == 3);
  const auto list = w.watch(w.etcd, "etcd.members");
  CHECK(w.sights(w.etcd, list, http(members)) == std::vector<std::string>{"etcd1 answers true"});
  const auto asked = w.again(w.etcd, list, http(members));
  CHECK(asked.name == "etcd.status");
  CHECK(asked.member == "etcd1");
  CHECK(asked.timeout == milliseconds{1'000});
  CHECK(asked.fast_interval == milliseconds{100});
  CHECK(w.sights(w.etcd, asked, http(status("101", "102"))) ==
        std::vector<std::string>{"etcd1 answers true", "etcd1 names etcd2"});
  CHECK(w.again(w.etcd, asked, http(status("101", "102"))).command == asked.command);
  CHECK(w.sights(w.etcd, asked, http(status("101", ""))) ==
        std::vector<std::string>{"etcd1 answers true", "etcd1 names "});
  CHECK(w.again(w.etcd, asked, http(status("101", ""))).name == asked.name);
  for (const auto& each : {failed("timeout"), http("{}", 503)}) {
    CHECK(w.sights(w.etcd, asked, each) == std::vector<std::string>{"etcd1 answers "});
    CHECK(w.again(w.etcd, asked, each).command == asked.command);
    CHECK(w.again(w.etcd, list, each).name == list.name);
  }
  // It was made anew.
  CHECK(w.sights(w.etcd, asked, http(status("101", "177"))) == std::vector<std::string>{"etcd1 answers true"});
  CHECK(w.again(w.etcd, asked, http(status("101", "177"))).name == "etcd.members");
}

TEST_CASE("nothing that etcd may send is a sight when it is garbage") {
  drill_world w;
  const auto list = w.watch(w.etcd, "etcd.members");
  for (const auto& asked : {list, w.again(w.etcd, list, http(members))})
    for (auto each : garbage()) {
      each.status = 200;
      INFO(asked.name << " " << each.text);
      CHECK(w.sights(w.etcd, asked, each).empty());
      CHECK(w.again(w.etcd, asked, each).fast_interval == milliseconds{100});
    }
}

TEST_CASE("the writer of Redis adds to a set through the route, and each node is read") {
  drill_world w;
  const auto& kit = w.kit(w.redis);
  logic::ask route;
  route.channel = logic::channel::redis;
  route.address = "127.0.0.1";
  route.password = "hush-redis";
  route.command = {"ROLE"};
  using words = std::vector<std::string>;
  REQUIRE(kit.prepare(route, "r1").size() == 1);
  const auto prepare = kit.prepare(route, "r1")[0].command;
  REQUIRE(prepare.size() == 5);
  CHECK(prepare[0] == "EVAL");
  CHECK(words(prepare.begin() + 2, prepare.end()) == words{"1", "paws-drill", "r1"});
  const auto write = kit.write(route, "r1", 17);
  CHECK(write.command == words{"SADD", "paws-drill:r1", "17"});
  CHECK(write.address == "127.0.0.1");
  CHECK(write.password == "hush-redis");
  REQUIRE(kit.clean(route, "r1").size() == 1);
  CHECK(kit.clean(route, "r1")[0].command == words{"UNLINK", "paws-drill:r1", "paws-drill"});
  const auto read = kit.read(w.redis, "redis2", "r1");
  CHECK(read.address == "127.36.0.32");
  CHECK(read.command == words{"SMEMBERS", "paws-drill:r1"});
  CHECK(read.password == "hush-redis");
  CHECK(kit.ids(rows({{"2"}, {"1"}})) == std::set<std::int64_t>{1, 2});
  CHECK(kit.ids(rows({})) == std::set<std::int64_t>{});
  for (const auto& each :
       {failed("LOADING"), said("OK"), rows({{"x"}}), rows({{"1", "2"}}), rows({{}}), rows({{"-1"}})})
    CHECK_FALSE(kit.ids(each));
  CHECK(kit.writer_at(said("1")).empty());
}

TEST_CASE("what became of a write to Redis is told by its reply, or by nothing") {
  CHECK(fate(said("1")) == write_fate::acknowledged);
  for (const auto& each : {said("0"), said(""), said("OK"), rows({{"1"}})})
    CHECK(fate(each) == write_fate::indeterminate);
  for (const auto* error :
       {"READONLY You can't write against a read only replica.", "NOREPLICAS Not enough good replicas to write.",
        "NOAUTH Authentication required.", "LOADING Redis is loading the dataset in memory",
        "MASTERDOWN Link with MASTER is down", "MISCONF Redis is configured to save RDB snapshots",
        "OOM command not allowed when used memory > 'maxmemory'.", "ERR max number of clients reached"}) {
    INFO(error);
    CHECK(fate(failed(error)) == write_fate::failed);
  }
  CHECK(fate(failed("cannot connect to 127.0.0.1:6379: Connection refused", false)) == write_fate::failed);
  for (const auto* error : {"127.0.0.1:6379 closed the connection: End of file", "no answer within 2 s", "",
                            "the ERR of somebody: READONLY", "ERR_SEC_004: no encrypted connection"}) {
    INFO(error);
    CHECK(fate(failed(error)) == write_fate::indeterminate);
  }
}

TEST_CASE("Redis nodes tell whether they lead, Sentinels whom they name") {
  drill_world w;
  CHECK(w.kit(w.redis).watches(w.redis, nullptr).size() == w.redis.cluster.members.size() + 3);
  const auto role = w.watch(w.redis, "redis.role"), named = w.watch(w.redis, "sentinel.named");
  CHECK(role.fast_interval == milliseconds{100});
  CHECK(role.lane != 0);
  CHECK(named.password == "hush-sentinel");
  CHECK(named.port == 26379);
  CHECK(w.sights(w.redis, role, rows({{"master"}, {"3129659"}, {"127.36.0.32", "6379", "3129242"}})) ==
        std::vector<std::string>{"redis1 answers true", "redis1 leads true"});
  CHECK(w.sights(w.redis, role, rows({{"slave"}, {"127.36.0.31"}, {"6379"}, {"connected"}, {"3167038"}})) ==
        std::vector<std::string>{"redis1 answers true", "redis1 leads false"});
  CHECK(w.sights(w.redis, role, failed("timeout")) == std::vector<std::string>{"redis1 answers "});
  CHECK(w.sights(w.redis, named, rows({{"127.36.0.32"}, {"6379"}})) ==
        std::vector<std::string>{named.member + " answers true", named.member + " names redis2"});
  CHECK(w.sights(w.redis, named, rows({})) ==
        std::vector<std::string>{named.member + " answers true", named.member + " names "});
  CHECK(w.again(w.redis, role, failed("timeout")).command == role.command);
  for (auto each : garbage()) {
    if (each.text.empty() && each.rows.empty())
      continue; // nil: it knows no such master
    CHECK(w.sights(w.redis, role, each).empty());
    CHECK(w.sights(w.redis, named, each).empty());
  }
}

TEST_CASE("what Sentinels log while they fail over is found and read") {
  drill_world w;
  const auto& kit = w.kit(w.redis);
  CHECK(kit.log_pattern(w.redis) ==
        R"((?:\+(?:sdown|odown|try-failover|elected-leader) master |\+switch-master )mymaster )");
  w.redis.cluster.redis.master_name = "a.b-c";
  CHECK(kit.log_pattern(w.redis).ends_with(R"(a\.b\-c )"));
  const std::string begin = "8124:X 24 Nov 2026 12:57:52.123 # ";
  for (const auto& [text, event] : std::map<std::string, std::string>{
           {"+sdown master mymaster 127.36.0.31 6379", "+sdown"},
           {"+odown master mymaster 127.36.0.31 6379 #quorum 2/2", "+odown"},
           {"+try-failover master mymaster 127.36.0.31 6379", "+try-failover"},
           {"+elected-leader master mymaster 127.36.0.31 6379", "+elected-leader"},
           {"+switch-master mymaster 127.36.0.31 6379 127.36.0.32 6379", "+switch-master"}}) {
    INFO(text);
    for (const auto& whole : {text, begin + text}) {
      const auto sight = kit.log_sight(line(whole));
      REQUIRE(sight);
      CHECK(sight->what == "event");
      CHECK(sight->who == "sentinel1");
      CHECK(sight->value == event);
    }
  }
  for (const auto* text : {"", "-sdown master mymaster 127.36.0.31 6379", "+sdown slave 127.36.0.32:6379",
                           "+sdown sentinel 7 127.36.0.41 26379", "x+odown master mymaster 127.36.0.31 6379"})
    CHECK_FALSE(kit.log_sight(line(begin + text)));
}
