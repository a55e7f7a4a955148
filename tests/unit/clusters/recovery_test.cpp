// What each kind does by hand, answer by answer, in the words of Patroni 3.0.2 and etcd 3.4.23.
#include "clusters/patroni_anew.hpp"
#include "clusters/recovery_kits.hpp"
#include "tests/unit/clusters/drill_world.hpp"

#include <nlohmann/json.hpp>

using namespace paws;
using namespace paws::testing;
using nlohmann::json;
using kind = logic::recovery_move::kind;

namespace {

logic::member_view member(const std::string& name, const std::string& role, std::int64_t lag_ms = 0,
                          const std::string& why = "") {
  logic::member_view out;
  out.name = name;
  out.role = role;
  out.healthy = why.empty();
  out.why = why;
  out.lag_ms = lag_ms;
  return out;
}

logic::cluster_view led_by(const std::string& leader, const std::string& sync, const std::string& replica) {
  logic::cluster_view out;
  out.leader = leader;
  out.quorum = out.ready = out.replicating = true;
  out.members = {member(leader, "leader"), member(sync, "sync_standby"), member(replica, "replica")};
  return out;
}

// patroni1 leads, patroni2 is its synchronous standby.
struct patroni_case : drill_world {
  logic::recovery_request request{"switchover", "", false};
  logic::recovery_sight seen;

  patroni_case() {
    patroni.secrets["PATRONI_RESTAPI_PASSWORD"] = "hush-api";
    seen.context = patroni;
    seen.before = seen.now = led_by("patroni1", "patroni2", "patroni3");
    seen.has_route = true;
    seen.route_target = "patroni1";
  }
  logic::recovery_move next() const { return clusters::patroni::recovery.next(request, seen); }
  /// The answer to the question that is due.
  void answer(logic::answer got) {
    const auto move = next();
    REQUIRE(move.what == kind::ask);
    seen.answers[move.question.name] = std::move(got);
  }
  void list(const std::string& more = "", std::int64_t lag = 0) {
    answer(http(R"({"members":[{"name":"patroni1","role":"leader","state":"running","timeline":1},)"
                R"({"name":"patroni2","role":"sync_standby","state":"running","lag":0},)"
                R"({"name":"patroni3","role":"replica","state":"running","lag":)" +
                std::to_string(lag) + "}]" + more + "}"));
  }
  void refused(const std::string& words, const std::string& code = "ERR_REC_001") const {
    const auto move = next();
    REQUIRE(move.what == kind::refuse);
    INFO(topology::to_string(move.why));
    CHECK(move.why.code == code);
    CHECK(topology::to_string(move.why).find(words) != std::string::npos);
  }
};

struct etcd_case : drill_world {
  logic::recovery_sight seen;

  etcd_case() {
    seen.context = etcd;
    seen.before = seen.now = led_by("etcd2", "etcd1", "etcd3");
    seen.before.leader.clear();
  }
  logic::recovery_move next() const { return clusters::etcd::recovery.next({"defragment", "", false}, seen); }
  std::string answer(logic::answer got) {
    const auto move = next();
    REQUIRE(move.what == kind::ask);
    seen.answers[move.question.name] = std::move(got);
    return move.question.member + " " + move.question.path;
  }
  // etcd2 leads; a full one counts nobody as well.
  void sizes(const std::string& bytes, const std::string& leader = "18") {
    for (const auto* id : {"15609536174456642032", "18", "28"})
      answer(http(std::string{R"({"header":{"member_id":")"} + id +
                  R"(","revision":"15"},"version":"3.4.23","dbSize":")" + bytes + R"(","leader":")" + leader +
                  R"(","errors":["memberID:15609536174456642032 alarm:NOSPACE "]})"));
  }
};

} // namespace

TEST_CASE("a switchover names the leader and its synchronous standby and waits until all follow") {
  patroni_case c;
  CHECK(c.next().question.path == "/cluster");
  c.list();
  const auto move = c.next();
  REQUIRE(move.what == kind::ask);
  CHECK(move.question.member == "patroni1");
  CHECK(move.question.method == "POST");
  CHECK(move.question.path == "/switchover");
  CHECK(json::parse(move.question.body) == json{{"leader", "patroni1"}, {"candidate", "patroni2"}});
  CHECK(move.question.password == "hush-api");
  CHECK(move.question.timeout >= std::chrono::seconds{30});
  c.answer(http("Successfully switched over to \"patroni2\""));
  CHECK(c.next().what == kind::await);
  c.seen.now = led_by("patroni2", "patroni1", "patroni3");
  c.seen.now.ready = false;
  CHECK(c.next().text == "the route does not lead to patroni2 yet");
  c.seen.route_target = "patroni2";
  c.seen.now.awaited = {"patroni1 does not stream from patroni2"};
  CHECK(c.next().text == "patroni1 does not stream from patroni2");
  c.seen.now.ready = true;
  const auto end = c.next();
  REQUIRE(end.what == kind::done);
  CHECK(end.report.leader_before == "patroni1");
  CHECK(end.report.leader_after == "patroni2");
  CHECK(end.notes.empty());
}

TEST_CASE("a switchover of a cluster that is paused or unwell is refused with what to do") {
  patroni_case c;
  SECTION("Patroni is paused") {
    c.list(R"(,"pause":true)");
    c.refused("patronictl resume");
  }
  SECTION("a replica does not stream") {
    c.seen.before.ready = false;
    c.seen.before.awaited = {"patroni3 does not stream from patroni1"};
    c.refused("patroni3 does not stream from patroni1");
  }
  SECTION("nobody leads") {
    c.seen.before.leader.clear();
    c.refused("ctl failover");
  }
  SECTION("only the synchronous standby takes over") {
    c.request.target = "patroni3";
    c.list();
    c.refused("choose patroni2");
  }
  SECTION("Patroni itself refuses") {
    c.list();
    c.answer(http("switchover is not possible: no good candidates have been found", 412));
    c.refused("no good candidates", "ERR_REC_002");
  }
}

TEST_CASE("a failover refuses candidates that are unknown or lead or lag and lists the nodes") {
  patroni_case c;
  c.request.verb = "failover";
  SECTION("unknown") {
    c.request.target = "patroni9";
    c.refused("patroni2 (sync_standby)", "ERR_CLI_001");
  }
  SECTION("the leader itself") {
    c.request.target = "patroni1";
    c.refused("leads already");
  }
  SECTION("no synchronous standby") {
    c.request.target = "patroni3";
    c.list();
    c.refused("--force; nodes: patroni1 (leader)");
  }
  SECTION("behind in milliseconds") {
    c.request.target = "patroni2";
    c.seen.before.members[1].lag_ms = 7'000;
    c.list();
    c.refused("7000 ms behind");
  }
  SECTION("does not stream") {
    c.request.target = "patroni2";
    c.seen.before.members[1] = member("patroni2", "", -1, "does not stream from patroni1");
    c.list();
    c.refused("does not stream");
  }
  SECTION("by default the synchronous standby") {
    c.list();
    CHECK(json::parse(c.next().question.body) == json{{"candidate", "patroni2"}});
    CHECK(c.next().question.path == "/failover");
  }
}

TEST_CASE("a forced failover leaves the engine's checks out and says what may be lost") {
  patroni_case c;
  c.request = {"failover", "patroni3", true};
  c.list("", 50'000'000);
  const auto move = c.next();
  REQUIRE(move.what == kind::ask);
  CHECK(json::parse(move.question.body) == json{{"candidate", "patroni3"}});
  SECTION("Patroni does not do it while somebody leads") {
    c.answer(http("Failover failed", 503));
    c.refused("only the synchronous standby may follow it", "ERR_REC_002");
  }
  SECTION("it leads in the end") {
    c.answer(http("Successfully failed over to \"patroni3\""));
    c.seen.now = led_by("patroni3", "patroni2", "patroni1");
    c.seen.route_target = "patroni3";
    const auto end = c.next();
    REQUIRE(end.what == kind::done);
    REQUIRE(end.notes.size() == 1);
    CHECK(end.notes[0].find("may be lost") != std::string::npos);
  }
}

TEST_CASE("a failover without a leader goes to the candidate and does not wait for the dead") {
  patroni_case c;
  c.request = {"failover", "patroni2", false};
  c.seen.before.leader.clear();
  c.seen.before.ready = false;
  c.seen.before.members[0] = member("patroni1", "", -1, "does not run");
  c.seen.now = c.seen.before;
  c.list();
  CHECK(c.next().question.member == "patroni2");
  c.answer(http("Successfully failed over to \"patroni2\""));
  c.seen.now.leader = c.seen.route_target = "patroni2";
  CHECK(c.next().what == kind::done);
  c.seen.answers.clear();
  c.request.target = "patroni3";
  c.list("", 2'000'000);
  c.refused("no synchronous standby");
}

TEST_CASE("a replica is made anew by Patroni and is done when another postmaster streams") {
  patroni_case c;
  c.request = {"reinit", "patroni3", false};
  const auto patroni = [](const char* state, const char* started) {
    return http(std::string{R"({"state":")"} + state + R"(","postmaster_start_time":")" + started +
                R"(","role":"replica"})");
  };
  c.answer(patroni("running", "2026-11-28 15:00:00.000000+00:00"));
  CHECK(c.next().question.path == "/reinitialize");
  CHECK(json::parse(c.next().question.body) == json{{"force", true}});
  c.answer(http("reinitialize started"));
  c.answer(patroni("running", "2026-11-28 15:00:00.000000+00:00")); // not stopped yet
  CHECK(c.next().after > logic::milliseconds{0});
  c.answer(http(R"({"state":"creating replica","role":"uninitialized"})"));
  c.answer(patroni("running", "2026-11-28 15:01:00.000000+00:00"));
  const auto streams = [](const std::string& names) {
    return rows({{"false", R"([{"name":"patroni2","state":"streaming","lag_ms":0})" + names + "]", "", "patroni2"}});
  };
  CHECK(c.next().question.member == "patroni1");
  c.answer(streams(R"(,{"name":"patroni3","state":"startup","lag_ms":0})"));
  c.answer(streams(R"(,{"name":"patroni3","state":"streaming","lag_ms":0})"));
  const auto end = c.next();
  REQUIRE(end.what == kind::done);
  CHECK(end.report.member == "patroni3");
}

TEST_CASE("data is kept while it may be the last or the one that others copy") {
  patroni_case c;
  c.request = {"reinit", "patroni1", false};
  c.refused("ctl switchover");
  c.request.target = "patroni3";
  c.seen.now.leader.clear();
  c.refused("may be the only one left");
  c.seen.now.leader = "patroni1";
  c.answer(http("{}"));
  c.answer(http("Cluster has no leader, can not reinitialize", 503));
  c.refused("can not reinitialize", "ERR_REC_002");

  etcd_case e;
  CHECK(clusters::etcd::recovery.keeps_data(e.etcd, e.seen.now, "etcd2").code.empty());
  e.seen.now.members[0].healthy = false; // etcd2
  CHECK(clusters::etcd::recovery.keeps_data(e.etcd, e.seen.now, "etcd2").code.empty());
  CHECK(clusters::etcd::recovery.keeps_data(e.etcd, e.seen.now, "etcd3").code == "ERR_REC_001");

  const auto redis = led_by("redis1", "redis2", "redis3");
  CHECK(clusters::redis::recovery.keeps_data(c.redis, redis, "redis1").code == "ERR_REC_001");
  CHECK(clusters::redis::recovery.keeps_data(c.redis, redis, "redis2").code.empty());
  CHECK(clusters::redis::recovery.keeps_data(c.redis, {}, "redis2").code == "ERR_REC_001");
}

TEST_CASE("a full etcd is compacted and defragmented with its leader last and then disarmed") {
  etcd_case c;
  c.sizes("1933312");
  auto compact = c.next();
  CHECK(compact.question.member == "etcd2");
  CHECK(json::parse(compact.question.body) == json{{"revision", "15"}, {"physical", true}});
  SECTION("as asked") {
    c.answer(http(R"({"header":{"revision":"15"}})"));
  }
  SECTION("it was compacted before") {
    c.answer(http(R"({"error":"etcdserver: mvcc: required revision has been compacted","code":11})", 400));
  }
  CHECK(c.answer(http("{}")) == "etcd1 /v3/maintenance/defragment");
  CHECK(c.answer(http("{}")) == "etcd3 /v3/maintenance/defragment");
  CHECK(c.answer(http("{}")) == "etcd2 /v3/maintenance/defragment");
  CHECK(c.next().question.path == "/v3/maintenance/alarm");
  c.answer(http(R"({"header":{},"alarms":[{"memberID":"15609536174456642032","alarm":"NOSPACE"}]})"));
  CHECK(json::parse(c.next().question.body) ==
        json{{"action", "DEACTIVATE"}, {"memberID", "15609536174456642032"}, {"alarm", "NOSPACE"}});
  c.answer(http(R"({"header":{}})"));
  c.sizes("122880");
  const auto end = c.next();
  REQUIRE(end.what == kind::done);
  CHECK(end.report.disarmed == 1);
  REQUIRE(end.report.sizes.size() == 3);
  CHECK(end.report.sizes[0].before_bytes == 1'933'312);
  CHECK(end.report.sizes[0].after_bytes == 122'880);
}

TEST_CASE("a member that does not answer keeps etcd from being defragmented") {
  etcd_case c;
  c.answer(failed("connection refused"));
  CHECK(c.next().why.code == "ERR_REC_001");
  etcd_case headless;
  headless.sizes("1933312", "0");
  CHECK(headless.next().why.code == "ERR_REC_001");
}

TEST_CASE("no answer that makes no sense leads anywhere but to an end or another question") {
  for (const auto& verb : {"switchover", "failover", "reinit"})
    for (const auto& got : garbage()) {
      patroni_case c;
      c.request = {verb, std::string{verb} == "reinit" ? "patroni3" : "", false};
      for (int i = 0; i < 8 && c.next().what == kind::ask; ++i)
        c.answer(got);
      CHECK(c.next().what != kind::done);
    }
  for (const auto& got : garbage()) {
    etcd_case c;
    for (int i = 0; i < 20 && c.next().what == kind::ask; ++i)
      c.answer(got);
    CHECK(c.next().what != kind::done);
  }
}

TEST_CASE("etcd forgets the keys of a cluster that begins anew and no others") {
  patroni_case c;
  const auto questions = clusters::patroni::recovery.forget(c.patroni, &c.etcd);
  REQUIRE(questions.size() == 3);
  CHECK(questions[0].path == "/v3/kv/deleterange");
  const auto body = json::parse(questions[0].body);
  CHECK(clusters::from_base64(body["key"].get<std::string>()) == "/service/" + c.patroni.cluster.name + "/");
  CHECK(clusters::from_base64(body["range_end"].get<std::string>()) == "/service/" + c.patroni.cluster.name + "0");
}

TEST_CASE("no member of Patroni starts over an etcd that has lost what it knew") {
  patroni_case c;
  namespace p = clusters::patroni;
  auto& context = c.patroni;
  context.etcd_endpoints = {"127.36.0.11:2379", "127.36.0.12:2379"};
  for (const auto* each : {"patroni1", "patroni2", "patroni3"})
    context.has_data[each] = true;
  logic::observation_table seen;
  CHECK(p::advise(context, seen, "patroni2").go); // nobody ever led: Patroni settles it
  CHECK(p::prepare(context, seen, c.now).empty());
  context.remembered_leader = "patroni2";
  CHECK_FALSE(p::advise(context, seen, "patroni2").go);
  CHECK(p::advise(context, seen, "patroni2").refusal.code.empty());
  const auto asked = p::prepare(context, seen, c.now);
  REQUIRE(asked.size() == 2);
  CHECK(asked[1].address == "127.36.0.12");
  CHECK(asked[1].port == 2379);
  const auto put = [&](const std::string& text) {
    logic::observation out;
    out.name = asked[1].name;
    out.member = context.cluster.name;
    out.ok = true;
    out.answered_at = c.now;
    out.known = p::interpret_initialize(http(text));
    seen.put(std::move(out));
  };
  put(R"({"error":"etcdserver: user name is empty","code":3})");
  CHECK(p::advise(context, seen, "patroni2").refusal.code.empty());
  put(R"({"header":{"revision":"15"},"kvs":[{"key":"a","value":"NzU="}],"count":"1"})");
  CHECK(p::advise(context, seen, "patroni2").go);
  put(R"({"header":{"revision":"1","raft_term":"2"}})");
  const auto refused = p::advise(context, seen, "patroni3");
  CHECK_FALSE(refused.go);
  CHECK(refused.refusal.code == "ERR_PATRONI_003");
  CHECK(refused.refusal.remedy.find("patroni2") != std::string::npos);
  SECTION("one that runs has written its keys anew by itself") {
    context.running.insert("patroni1");
    CHECK(p::advise(context, seen, "patroni3").go);
  }
  SECTION("emptied on purpose the last leader goes first") {
    context.begins_anew = true;
    CHECK(p::advise(context, seen, "patroni2").go);
    CHECK_FALSE(p::advise(context, seen, "patroni1").go);
    context.running.insert("patroni2");
    for (const auto& [name, known] : std::map<std::string, logic::facts>{
             {"patroni.cluster", {{"members", "patroni2"}, {"patroni2.role", "leader"}}},
             {"patroni.sql", {{"recovery", "false"}, {"streaming", ""}}}}) {
      CHECK_FALSE(p::advise(context, seen, "patroni1").go);
      logic::observation out;
      out.name = name;
      out.member = "patroni2";
      out.ok = true;
      out.known = known;
      seen.put(std::move(out));
    }
    CHECK(p::advise(context, seen, "patroni1").go); // nobody else has to agree yet
    seen.forget("patroni2");
    context.running.clear();
    context.has_data["patroni2"] = false; // its own data is gone as well
    CHECK(p::advise(context, seen, "patroni1").go);
    CHECK_FALSE(p::advise(context, seen, "patroni2").go);
  }
}
