#include "tests/unit/clusters/drill_world.hpp"

#include <nlohmann/json.hpp>

using namespace paws;
using namespace paws::testing;
using clusters::base64;
using logic::write_fate;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

const std::string header =
    R"("header":{"cluster_id":"15118495548433857066","member_id":"13668033151171901709","revision":")";

// As etcd 3.4.23 writes them.
std::string kv(const std::string& path, const std::string& value, int revision, const std::string& lease = "") {
  return R"({"key":")" + base64("/service/patroni/" + path) + R"(","create_revision":"2","mod_revision":")" +
         std::to_string(revision) + R"(","version":"1","value":")" + base64(value) + "\"" +
         (lease.empty() ? "" : R"(,"lease":")" + lease + "\"") + "}";
}
std::string deleted(const std::string& path, int revision) {
  return R"({"type":"DELETE","kv":{"key":")" + base64("/service/patroni/" + path) + R"(","mod_revision":")" +
         std::to_string(revision) + "\"}}";
}
std::string range(int revision, const std::string& kvs) {
  return "{" + header + std::to_string(revision) + R"(","raft_term":"2"})" +
         (kvs.empty() ? "" : R"(,"kvs":[)" + kvs + R"(],"count":"1")") + "}";
}
std::string created(int revision) {
  return R"({"result":{)" + header + std::to_string(revision) + R"(","raft_term":"2"},"created":true}})" + "\n";
}
std::string events(int revision, const std::string& list) {
  return R"({"result":{)" + header + std::to_string(revision) + R"(","raft_term":"2"},"events":[)" + list + "]}}\n";
}
std::string lease(const std::string& rest) {
  return "{" + header + R"(4","raft_term":"2"},"ID":"7777")" + rest + "}";
}

const std::string all_keys =
    kv("config", R"({"ttl":30,"loop_wait":10,"retry_timeout":10,"synchronous_mode":true})", 2) + "," +
    kv("leader", "patroni1", 3, "7777") + "," + kv("members/patroni1", R"({"role":"master"})", 9, "7777") + "," +
    kv("sync", R"({"leader":"patroni1","sync_standby":"patroni2"})", 4);
const auto leader_key = base64("/service/patroni/leader");

write_fate fate(const logic::answer& got) {
  return drill_world{}.kit(drill_world{}.patroni).fate(got);
}

write_fate warned(const std::string& warning) {
  auto got = rows({{"127.36.0.21"}});
  got.warnings = {warning};
  return fate(got);
}

std::int64_t start_of(const logic::ask& watch) {
  return std::stoll(json::parse(watch.body)["create_request"]["start_revision"].get<std::string>());
}

} // namespace

TEST_CASE("the writer of PostgreSQL asks through the route, as the route is asked, in a table of its own") {
  drill_world w;
  const auto& kit = w.kit(w.patroni);
  logic::ask route;
  route.channel = logic::channel::postgres;
  route.address = "127.0.0.1";
  route.port = 5432;
  route.password = "hush-pg";
  route.lane = 3;
  const auto before = kit.prepare(route, "r\"1"), after = kit.clean(route, "r1");
  REQUIRE(before.size() == 3);
  CHECK(before[0].sql == "CREATE SCHEMA IF NOT EXISTS paws_drill");
  CHECK(before[1].sql.starts_with("DO $$"));
  CHECK(before[2].sql == R"(CREATE TABLE paws_drill."w_r""1" (id bigint PRIMARY KEY))");
  const auto write = kit.write(route, "r1", 17);
  CHECK(write.sql == R"(INSERT INTO paws_drill."w_r1" (id) VALUES (17) RETURNING host(inet_server_addr()))");
  CHECK(write.timeout == milliseconds{5'000});
  REQUIRE(after.size() == 1);
  CHECK(after[0].sql == R"(DROP TABLE IF EXISTS paws_drill."w_r1")");
  for (const auto& each : {before[0], before[1], before[2], write, after[0]}) {
    CHECK(each.address == "127.0.0.1");
    CHECK(each.password == "hush-pg");
    CHECK(each.lane == 3);
  }
  CHECK(kit.writer_at(rows({{"127.36.0.21"}})) == "127.36.0.21");
  for (const auto& each : {failed("gone"), rows({}), rows({{"a", "b"}}), rows({{"two words"}})})
    CHECK(kit.writer_at(each).empty());
}

TEST_CASE("a write to PostgreSQL is acknowledged only when nothing was said against it") {
  CHECK(fate(rows({{"127.36.0.21"}})) == write_fate::acknowledged);
  CHECK(warned("01000 database has a collation version mismatch") == write_fate::acknowledged);
  CHECK(warned("01000 canceling wait for synchronous replication due to user request") == write_fate::indeterminate);
  CHECK(warned("57P01 canceling the wait for synchronous replication and terminating connection") ==
        write_fate::indeterminate);
  CHECK(warned("57014 anything") == write_fate::indeterminate);
  CHECK(fate(rows({})) == write_fate::indeterminate); // a trigger of somebody's put it elsewhere
}

TEST_CASE("a write that failed counts as failed only when it surely was not done") {
  CHECK(fate(failed("cannot connect", false)) == write_fate::failed);
  CHECK(fate(failed("the database system is starting up", false, "57P03")) == write_fate::failed);
  for (const auto* state : {"25006", "57P03", "53300", "42P01", "42501", "28P01", "3D000"}) {
    INFO(state);
    CHECK(fate(failed("refused", true, state)) == write_fate::failed);
  }
  for (const auto* state : {"", "57P01", "57P02", "57014", "XX000", "40001", "40003", "08006", "23505", "53100"}) {
    INFO(state);
    CHECK(fate(failed("went away", true, state)) == write_fate::indeterminate);
  }
}

TEST_CASE("what a PostgreSQL has is read from itself, beside what is watched there") {
  drill_world w;
  const auto& kit = w.kit(w.patroni);
  const auto read = kit.read(w.patroni, "patroni2", "r1");
  CHECK(read.member == "patroni2");
  CHECK(read.address == "127.36.0.22");
  CHECK(read.port == 5432);
  CHECK(read.password == "hush-pg");
  CHECK(read.sql == R"(SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM paws_drill."w_r1")");
  CHECK(read.timeout == milliseconds{10'000});
  CHECK(read.lane != 0);
  CHECK(read.lane != w.watch(w.patroni, "patroni.node").lane);
  CHECK(kit.ids(rows({{"1,2,17"}})) == std::set<std::int64_t>{1, 2, 17});
  CHECK(kit.ids(rows({{""}})) == std::set<std::int64_t>{});
  for (const auto* text : {",", "1,", ",1", "1,,2", "1;2", "1x", "-1", " 1", "99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(kit.ids(rows({{text}})));
  }
  for (const auto& each : {failed("no table", true, "42P01"), rows({}), rows({{"1", "2"}}), rows({{"1"}, {"2"}})})
    CHECK_FALSE(kit.ids(each));
}

TEST_CASE("each etcd member is asked for Patroni's keys and its lease, each PostgreSQL for itself") {
  drill_world w;
  std::map<std::string, int> names;
  for (const auto& each : w.kit(w.patroni).watches(w.patroni, &w.etcd))
    ++names[each.name];
  CHECK(names == std::map<std::string, int>{{"patroni.keys", 3}, {"patroni.lease", 3}, {"patroni.node", 3}});
  CHECK(w.kit(w.patroni).watches(w.patroni, nullptr).size() == 3);
  w.etcd.cluster.tls = false;
  const auto keys = w.watch(w.patroni, "patroni.keys");
  CHECK(keys.member == "etcd1");
  CHECK(keys.path == "/v3/kv/range");
  CHECK(json::parse(keys.body) ==
        json{{"key", base64("/service/patroni/")}, {"range_end", base64("/service/patroni0")}});
  CHECK(keys.token_path.empty());
  w.etcd.cluster.tls = true;
  CHECK(w.watch(w.patroni, "patroni.keys").user == "engine");
  CHECK_FALSE(w.watch(w.patroni, "patroni.lease").token_path.empty());
}

TEST_CASE("keys are watched from the revision at which all were read, without a gap") {
  drill_world w;
  const auto all = w.watch(w.patroni, "patroni.keys");
  CHECK(w.sights(w.patroni, all, http(range(9, all_keys))) ==
        std::vector<std::string>{"etcd settings 30/10/10 @2", "etcd leader_key patroni1 @3", "etcd sync patroni2 @4"});
  auto watch = w.again(w.patroni, all, http(range(9, all_keys)));
  CHECK(watch.path == "/v3/watch");
  CHECK(start_of(watch) == 10);
  CHECK(watch.lines == 2);
  CHECK(watch.timeout == milliseconds{10'000});
  CHECK(watch.fast_interval == milliseconds{0});
  // The header is ahead of what was told, and a third line has begun.
  const auto went = http(created(9) + events(15, deleted("leader", 11) + "," + kv("status", "{}", 10)) + R"({"resu)");
  CHECK(w.sights(w.patroni, watch, went) == std::vector<std::string>{"etcd leader_key  @11"});
  watch = w.again(w.patroni, watch, went);
  CHECK(start_of(watch) == 12);
  CHECK(watch.fast_interval == milliseconds{0});
  const auto taken =
      http(created(15) + events(15, "{\"kv\":" + kv("leader", "patroni2", 12, "88") + "},{\"kv\":" +
                                        kv("sync", R"({"leader":"patroni2","sync_standby":null})", 13) + "}"));
  CHECK(w.sights(w.patroni, watch, taken) ==
        std::vector<std::string>{"etcd leader_key patroni2 @12", "etcd sync  @13"});
  CHECK(start_of(w.again(w.patroni, watch, taken)) == 14);
}

TEST_CASE("keys that are not there are deleted, as of the revision that said so") {
  drill_world w;
  const auto all = w.watch(w.patroni, "patroni.keys");
  CHECK(w.sights(w.patroni, all, http(range(21, ""))) ==
        std::vector<std::string>{"etcd leader_key  @21", "etcd sync  @21"});
  CHECK(w.sights(w.patroni, all, http(range(21, kv("config", "{}", 2)))) ==
        std::vector<std::string>{"etcd settings 30/10/10 @2", "etcd leader_key  @21", "etcd sync  @21"});
  // The chain of the lease asks for one key only, and again and again.
  CHECK(w.sights(w.patroni, w.watch(w.patroni, "patroni.lease"), http(range(21, ""))).empty());
}

TEST_CASE("a watch that failed begins where it stood, one that etcd ended begins anew") {
  drill_world w;
  const auto all = w.watch(w.patroni, "patroni.keys");
  const auto watch = w.again(w.patroni, all, http(range(9, all_keys)));
  auto silent = failed("no answer within 10 s");
  silent.duration_us = 10'000'000;
  CHECK(start_of(w.again(w.patroni, watch, silent)) == 10);
  CHECK(w.again(w.patroni, watch, silent).fast_interval == milliseconds{0});
  const auto refused = w.again(w.patroni, watch, failed("cannot connect"));
  CHECK(start_of(refused) == 10);
  CHECK(refused.fast_interval == milliseconds{100});
  const std::string compacted = R"({"result":{"header":{"raft_term":"2"},"canceled":true,"compact_revision":"60"}})";
  for (const auto& each : {http(created(70) + compacted), http(R"({"error":{"grpc_code":14,"message":"no leader"}})"),
                           http("{}", 503), http(created(9) + events(9, deleted("leader", 9)))}) {
    const auto next = w.again(w.patroni, watch, each);
    CHECK(next.path == all.path);
    CHECK(next.body == all.body);
    CHECK(next.lines == 0);
    CHECK(next.timeout == all.timeout);
    CHECK(next.fast_interval == milliseconds{100});
  }
  CHECK(w.sights(w.patroni, watch, http(created(70) + compacted)).empty());
}

TEST_CASE("the lease is followed for as long as it holds the leader's key") {
  drill_world w;
  const auto whose = w.watch(w.patroni, "patroni.lease");
  CHECK(json::parse(whose.body) == json{{"key", leader_key}});
  const auto one = http(range(9, kv("leader", "patroni1", 3, "7777")));
  CHECK(w.sights(w.patroni, whose, one) == std::vector<std::string>{"etcd leader_key patroni1 @3"});
  const auto left = w.again(w.patroni, whose, one);
  CHECK(left.path == "/v3/lease/timetolive");
  CHECK(json::parse(left.body) == json{{"ID", "7777"}, {"keys", true}});
  CHECK(left.fast_interval == milliseconds{0});
  const auto keys = R"(,"keys":[")" + base64("/service/patroni/members/patroni1") + "\",\"" + leader_key + "\"]";
  const auto lasts = http(lease(R"(,"TTL":"17","grantedTTL":"30")" + keys));
  CHECK(w.sights(w.patroni, left, lasts) == std::vector<std::string>{"etcd1 lease 17/30"});
  CHECK(w.again(w.patroni, left, lasts).body == left.body);
  CHECK(w.again(w.patroni, left, lasts).fast_interval == milliseconds{100});
  // In its last second etcd leaves the zero out.
  CHECK(w.sights(w.patroni, left, http(lease(R"(,"grantedTTL":"30")" + keys))) ==
        std::vector<std::string>{"etcd1 lease 0/30"});
  // It ended; or its owner keeps it, but gave the key up.
  for (const auto& each : {http(lease(R"(,"TTL":"-1")")), http(lease(R"(,"TTL":"17","grantedTTL":"30")")),
                           http("{}", 503), failed("timeout")}) {
    CHECK(w.sights(w.patroni, left, each).empty());
    CHECK(w.again(w.patroni, left, each).body == whose.body);
    CHECK(w.again(w.patroni, left, each).path == whose.path);
  }
  for (const auto& each : {http(range(9, "")), http(range(9, kv("leader", "patroni1", 3))), failed("timeout")})
    CHECK(w.again(w.patroni, whose, each).body == whose.body);
}

TEST_CASE("a PostgreSQL that takes writes tells its timeline and its mode, any tells whether it leads") {
  drill_world w;
  const auto node = w.watch(w.patroni, "patroni.node");
  CHECK(node.member == "patroni1");
  CHECK(node.timeout == milliseconds{1'000});
  CHECK(node.fast_interval == milliseconds{100});
  CHECK(node.lane != 0);
  CHECK(w.sights(w.patroni, node, rows({{"true", "0000001A", "patroni2"}})) ==
        std::vector<std::string>{"patroni1 answers true", "patroni1 leads true", "patroni1 timeline 26",
                                 "patroni1 mode patroni2"});
  CHECK(w.sights(w.patroni, node, rows({{"false", "", "*"}})) ==
        std::vector<std::string>{"patroni1 answers true", "patroni1 leads false"});
  CHECK(w.sights(w.patroni, node, failed("starting up", false, "57P03")) ==
        std::vector<std::string>{"patroni1 answers "});
  CHECK(w.again(w.patroni, node, failed("gone")).sql == node.sql);
}

TEST_CASE("settings and standbys of other forms than Patroni's are no sights") {
  drill_world w;
  const auto all = w.watch(w.patroni, "patroni.keys");
  const auto rest = "," + kv("leader", "patroni1", 3) + "," + kv("members/x", "", 4);
  const auto shown = [&](const std::string& key, const std::string& value) {
    auto out = w.sights(w.patroni, all, http(range(9, kv(key, value, 2) + rest)));
    std::erase(out, "etcd leader_key patroni1 @3");
    std::erase(out, "etcd sync  @9");
    return out;
  };
  CHECK(shown("config", R"({"ttl":20,"loop_wait":5})") == std::vector<std::string>{"etcd settings 20/5/10 @2"});
  CHECK(shown("sync", R"({"sync_standby":"a,b"})") == std::vector<std::string>{"etcd sync a,b @2"});
  for (const auto* value : {"", "7", "{", R"({"ttl":"x"})", R"({"ttl":-1})", R"({"ttl":1e9})", R"({"ttl":null})"})
    CHECK(shown("config", value).empty());
  for (const auto* value : {"", "[]", "{}", R"({"sync_standby":7})", R"({"sync_standby":"a\nb"})"})
    CHECK(shown("sync", value).empty());
  CHECK(w.sights(w.patroni, all, http(range(9, kv("leader", "two\nlines", 3) + "," + kv("sync", "7", 4)))).empty());
}

TEST_CASE("nothing that Patroni's world may send is a sight when it is garbage") {
  drill_world w;
  const auto all = w.watch(w.patroni, "patroni.keys");
  const auto whose = w.watch(w.patroni, "patroni.lease");
  const auto watch = w.again(w.patroni, all, http(range(9, all_keys)));
  const auto left = w.again(w.patroni, whose, http(range(9, kv("leader", "patroni1", 3, "7777"))));
  for (const auto& asked : {all, watch, whose, left, w.watch(w.patroni, "patroni.node")})
    for (const auto& each : garbage()) {
      INFO(asked.name << " " << asked.path << " " << each.text);
      CHECK(w.sights(w.patroni, asked, each).empty());
      const auto next = w.again(w.patroni, asked, each);
      CHECK(next.fast_interval == milliseconds{100});
      CHECK(next.name == asked.name);
      CHECK(next.path != "/v3/watch");
    }
}
