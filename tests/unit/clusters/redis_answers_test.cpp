#include "tests/unit/clusters/redis_answers.hpp"
#include "tests/unit/clusters/redis_world.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::clusters::redis;
using paws::testing::redis_world;

namespace {

logic::facts read(std::string_view ask, logic::answer answer) {
  logic::ask question;
  question.name = ask;
  answer.ok = true;
  return interpret(question, answer);
}

logic::facts read_text(const std::string& text) {
  logic::answer answer;
  answer.text = text;
  return read(info_ask, answer);
}

logic::facts read_rows(std::string_view ask, std::vector<std::vector<std::string>> rows) {
  logic::answer answer;
  answer.rows = std::move(rows);
  return read(ask, answer);
}

} // namespace

TEST_CASE("what Prometheus is told of a node is in its INFO") {
  const auto known = read_text("role:master\r\nconnected_clients:7\r\nused_memory:1048576\r\nused_memory_rss:9\r\n"
                               "keyspace_hits:3\r\nkeyspace_misses:x\r\n");
  CHECK(known.at("metric.redis_connected_clients") == "7");
  CHECK(known.at("metric.redis_used_memory_bytes") == "1048576");
  CHECK(known.at("metric.redis_keyspace_hits_total") == "3");
  CHECK_FALSE(known.contains("metric.redis_keyspace_misses_total"));
}

TEST_CASE("INFO of a Redis master") {
  CHECK(read_text(testing::info_of_master) == logic::facts{{"role", "master"},
                                                           {"loading", "false"},
                                                           {"keys", "true"},
                                                           {"offset", "446"},
                                                           {"attached.127.36.105.32", "online"},
                                                           {"offset.127.36.105.32", "446"},
                                                           {"lag.127.36.105.32", "0"},
                                                           {"attached.127.36.105.33", "joining"},
                                                           {"offset.127.36.105.33", "0"},
                                                           {"lag.127.36.105.33", "1"}});
}

TEST_CASE("INFO of a Redis replica that lost its master") {
  CHECK(read_text(testing::info_of_lost_replica) == logic::facts{{"role", "replica"},
                                                                 {"loading", "false"},
                                                                 {"keys", "false"},
                                                                 {"offset", "50"},
                                                                 {"follows", "127.36.105.31"},
                                                                 {"link", "down"}});
}

TEST_CASE("INFO while a node loads its data") {
  CHECK(read_text("loading:1\r\nrole:master\r\n").at("loading") == "true");
}

TEST_CASE("SENTINEL MASTER") {
  CHECK(read_rows(master_ask, testing::master_rows("master")) == logic::facts{{"names", "127.36.105.31"},
                                                                              {"down", "false"},
                                                                              {"failing_over", "false"},
                                                                              {"replicas", "2"},
                                                                              {"peers", "2"},
                                                                              {"epoch", "7"},
                                                                              {"quorum", "2"}});
  auto known = read_rows(master_ask, testing::master_rows("s_down,o_down,master,disconnected,failover_in_progress"));
  CHECK(known.at("down") == "true");
  CHECK(known.at("failing_over") == "true");
  CHECK(read_rows(master_ask, testing::master_rows("s_down,master,disconnected")).at("down") == "true");
}

TEST_CASE("SENTINEL REPLICAS and SENTINELS: who is connected and well") {
  CHECK(read_rows(replicas_ask, testing::link_rows({"slave", "slave"})).at("linked") == "2");
  CHECK(read_rows(replicas_ask, testing::link_rows({"slave", "s_down,slave,disconnected"})).at("linked") == "1");
  CHECK(read_rows(peers_ask, testing::link_rows({"sentinel,master_down", "sentinel"})).at("linked") == "2");
  CHECK(read_rows(peers_ask, testing::link_rows({"s_down,sentinel", "sentinel,disconnected"})).at("linked") == "0");
  CHECK(read_rows(peers_ask, testing::link_rows({"slave"})).at("linked") == "0");
  CHECK(read_rows(peers_ask, {}).at("linked") == "0");
}

TEST_CASE("what is no answer of Redis says nothing") {
  const auto text =
      GENERATE(as<std::string>{}, "", "role", "role:", "role:leader\r\n", "ROLE:master\r\n",
               "\r\n\r\n:::", "<html>role:master</html>", std::string(100'000, ':'), std::string("\0role:slave", 11));
  CHECK(read_text(text).empty());
  const auto rows = GENERATE(as<std::vector<std::vector<std::string>>>{}, std::vector<std::vector<std::string>>{},
                             std::vector<std::vector<std::string>>{{}, {"ip"}},
                             std::vector<std::vector<std::string>>{{"ip", "127.0.0.1"}},
                             std::vector<std::vector<std::string>>{{"ip", "a b", "flags", "master"}},
                             std::vector<std::vector<std::string>>{{"ip", "\x1b[2J", "flags", "master"}},
                             std::vector<std::vector<std::string>>{{"ip", "127.0.0.1", "flags", "slave"}});
  CHECK(read_rows(master_ask, rows).empty());
}

TEST_CASE("numbers and addresses that are none are left out") {
  const auto known = read_text("role:slave\r\nmaster_host:evil\x1b[2J host\r\nmaster_repl_offset:-1\r\n"
                               "master_link_status:upside\r\ndb0:keys=99999999999999999999999\r\ndbx:keys=1\r\n"
                               "slave0:ip=127.0.0.9,offset=1e9,lag=-1,state=online\r\n"
                               "slave1:state=online\r\nslaveX:ip=127.0.0.8,state=online\r\nslave2\r\n");
  CHECK(known ==
        logic::facts{{"role", "replica"}, {"keys", "false"}, {"link", "down"}, {"attached.127.0.0.9", "online"}});
  auto rows = testing::master_rows("master");
  for (auto& row : rows)
    if (row[0] == "7" || row[0] == "2")
      row[0] = "18446744073709551616";
  CHECK(read_rows(master_ask, rows) ==
        logic::facts{{"names", "127.36.105.31"}, {"down", "false"}, {"failing_over", "false"}});
}

TEST_CASE("whether a Sentinel rests is read from its INFO") {
  logic::ask question;
  question.name = tilt_ask;
  logic::answer answer;
  answer.ok = true;
  answer.text = "# Sentinel\r\nsentinel_masters:1\r\nsentinel_tilt:1\r\nsentinel_tilt_since_seconds:0\r\n";
  CHECK(interpret(question, answer) == logic::facts{{"tilt", "true"}});
  answer.text = "# Sentinel\r\nsentinel_masters:1\r\nsentinel_tilt:0\r\nsentinel_tilt_since_seconds:-1\r\n";
  CHECK(interpret(question, answer) == logic::facts{{"tilt", "false"}});
  answer.text = "sentinel_masters:1";
  CHECK(interpret(question, answer).empty());
}

TEST_CASE("an answer is bounded in what it leaves behind") {
  std::string text = "role:master\r\n";
  for (int i = 0; i < 10'000; ++i)
    text += "slave" + std::to_string(i) + ":ip=127.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) +
            ",state=online,offset=1,lag=0\r\n";
  CHECK(read_text(text).size() < 250);
}

TEST_CASE("a failed answer and an unknown question have no facts") {
  logic::ask question;
  question.name = info_ask;
  logic::answer answer;
  answer.text = testing::info_of_master;
  CHECK(interpret(question, answer).empty());
  answer.ok = true;
  question.name = "redis.unknown";
  CHECK(interpret(question, answer).empty());
}

TEST_CASE("what is asked: with the password, never in the command") {
  redis_world world;
  const auto node = asks(world.context, "redis2");
  REQUIRE(node.size() == 1);
  CHECK(node[0].address == "127.36.105.32");
  CHECK(node[0].port == 6379);
  CHECK(node[0].password == "node-secret");
  CHECK(node[0].member == "redis2");
  CHECK(node[0].command ==
        std::vector<std::string>{"INFO", "replication", "keyspace", "persistence", "clients", "memory", "stats"});
  const auto sentinel = asks(world.context, "redis-sentinel3");
  REQUIRE(sentinel.size() == 4);
  for (const auto& one : sentinel) {
    CHECK(one.channel == logic::channel::redis);
    CHECK(one.address == "127.36.105.43");
    CHECK(one.port == 26379);
    CHECK(one.password == "sentinel-secret");
    CHECK(one.command.back() == (one.name == tilt_ask ? "sentinel" : "mymaster"));
    CHECK(one.fast_interval <= std::chrono::milliseconds{100});
    CHECK(one.steady_interval >= std::chrono::milliseconds{1000});
  }
}
