#include "clusters/kinds.hpp"
#include "clusters/patroni_render.hpp"
#include "clusters/patroni_view.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace paws;
namespace patroni = paws::clusters::patroni;

namespace {

// Three members as their Patroni and their PostgreSQL describe themselves.
struct patroni_world {
  logic::cluster_context context;
  logic::observation_table seen;

  patroni_world() {
    auto& cluster = context.cluster;
    cluster.name = "patroni";
    cluster.kind = topology::cluster_kind::patroni;
    cluster.patroni.synchronous_strict = true;
    for (int i = 1; i <= 3; ++i) {
      const auto name = "patroni" + std::to_string(i), dir = "/env/members/" + name;
      cluster.members.push_back(name);
      context.places.members[name] = {name,          "patroni",   "127.36.105.2" + std::to_string(i), dir + "/config",
                                      dir + "/data", dir + "/run"};
      context.running.insert(name);
    }
    for (const auto* secret : {"POSTGRES_PASSWORD", "POSTGRES_REPLICATION_PASSWORD", "POSTGRES_REWIND_PASSWORD",
                               "POSTGRES_APP_PASSWORD", "PATRONI_RESTAPI_PASSWORD"})
      context.secrets[secret] = std::string{"hush-"} + secret;
  }

  void put(const std::string& member, const char* ask, logic::facts known) {
    logic::observation out;
    out.name = ask;
    out.member = member;
    out.ok = true;
    out.known = std::move(known);
    seen.put(std::move(out));
  }
  /// Every Patroni says: all run, `leader` leads, `sync` is its synchronous standby.
  void patroni_says(const std::string& leader, const std::string& sync) {
    logic::facts known{{"members", "patroni1 patroni2 patroni3"}};
    for (const auto& member : context.cluster.members) {
      known[member + ".role"] = member == leader ? "leader" : member == sync ? "sync_standby" : "replica";
      known[member + ".state"] = "running";
    }
    for (const auto& member : context.cluster.members)
      put(member, "patroni.cluster", known);
  }
  void postgres_says(const std::string& member, bool recovery, const std::string& streaming) {
    put(member, "patroni.sql",
        {{"recovery", recovery ? "true" : "false"}, {"streaming", streaming}, {"receiver", ""}, {"standbys", ""}});
  }
  void well() {
    patroni_says("patroni1", "patroni2");
    postgres_says("patroni1", false, "patroni2 patroni3");
    postgres_says("patroni2", true, "");
    postgres_says("patroni3", true, "");
  }
  logic::cluster_view judge() const { return patroni::judge(context, seen, {}); }
};

logic::answer http(int status, const std::string& text) {
  logic::answer out;
  out.ok = true;
  out.status = status;
  out.text = text;
  return out;
}

logic::ask ask_named(const patroni_world& w, const std::string& name) {
  for (const auto& ask : patroni::asks(w.context, "patroni1"))
    if (ask.name == name)
      return ask;
  FAIL("no ask " + name);
  return {};
}

} // namespace

TEST_CASE("failover-ready: the leader takes writes, both replicas stream, a synchronous standby is registered") {
  patroni_world w;
  w.well();
  const auto view = w.judge();
  CHECK(view.ready);
  CHECK(view.quorum);
  CHECK(view.leader == "patroni1");
  CHECK(view.awaited.empty());
  CHECK_FALSE(view.wake);
}

TEST_CASE("Patroni says running while nothing streams: not ready, and every replica is named") {
  patroni_world w;
  w.well();
  w.postgres_says("patroni1", false, "");
  const auto view = w.judge();
  CHECK_FALSE(view.ready);
  CHECK_FALSE(view.replicating);
  CHECK(view.quorum);
  REQUIRE(view.awaited.size() >= 2);
  CHECK(view.awaited[0].find("patroni2") == 0);
  CHECK(view.awaited[1].find("patroni3") == 0);
  CHECK(view.status == logic::component_status::degraded);
}

TEST_CASE("one replica that does not stream is enough not to be ready") {
  patroni_world w;
  w.well();
  w.postgres_says("patroni1", false, "patroni2");
  CHECK_FALSE(w.judge().ready);
}

TEST_CASE("streaming without a registered synchronous standby: a leader's death would have no successor") {
  patroni_world w;
  w.well();
  w.patroni_says("patroni1", "");
  const auto view = w.judge();
  CHECK(view.replicating);
  CHECK_FALSE(view.ready);
  REQUIRE(view.wake);
  CHECK(view.wake->member == "patroni1");
  CHECK(view.wake->method == "PATCH");
  w.context.cluster.patroni.synchronous_strict = false;
  CHECK(w.judge().ready);
}

TEST_CASE("a leader in recovery is no leader, whatever Patroni says") {
  patroni_world w;
  w.well();
  w.postgres_says("patroni1", true, "");
  const auto view = w.judge();
  CHECK(view.leader.empty());
  CHECK_FALSE(view.quorum);
  CHECK_FALSE(view.ready);
}

TEST_CASE("who takes writes beside the leader is a fault, not a replica") {
  patroni_world w;
  w.well();
  w.postgres_says("patroni3", false, "");
  const auto view = w.judge();
  CHECK_FALSE(view.ready);
  CHECK_FALSE(view.members[2].healthy);
  CHECK(view.members[2].why.find("takes writes") != std::string::npos);
}

TEST_CASE("a leader is named by a majority of Patronis, not by one") {
  patroni_world w;
  w.patroni_says("patroni1", "patroni2");
  w.seen.forget("patroni2");
  w.seen.forget("patroni3");
  w.postgres_says("patroni1", false, "patroni2 patroni3");
  CHECK(w.judge().leader.empty());
}

TEST_CASE("a dead replica leaves the cluster degraded, a dead leader unhealthy") {
  patroni_world w;
  w.well();
  w.seen.forget("patroni3");
  w.context.running.erase("patroni3");
  w.postgres_says("patroni1", false, "patroni2");
  CHECK(w.judge().status == logic::component_status::degraded);
  w.well();
  w.context.running.erase("patroni1");
  w.seen.forget("patroni1");
  CHECK(w.judge().status == logic::component_status::unhealthy);
}

TEST_CASE("answers of any shape become facts or a reason, never an exception") {
  patroni_world w;
  const auto cluster = ask_named(w, "patroni.cluster"), sql = ask_named(w, "patroni.sql");
  for (const auto* text : {"", "null", "[]", "{}", R"({"members":7})", R"({"members":[{"role":"leader"}]})",
                           R"({"members":[{"name":"a b"},{"name":3},null]})", "\xff\xfe"})
    CHECK_NOTHROW(patroni::interpret(cluster, http(200, text)));
  CHECK(patroni::interpret(cluster, http(503, "{}")).contains("why"));
  const auto known = patroni::interpret(
      cluster, http(200, R"({"members":[{"name":"patroni1","role":"leader","state":"running","timeline":1}]})"));
  CHECK(known.at("patroni1.role") == "leader");
  logic::answer rows;
  rows.ok = true;
  rows.rows = {
      {"false", R"([{"name":"patroni2","state":"streaming","lag_ms":3},{"name":"x","state":"startup"}])", "", ""}};
  const auto said = patroni::interpret(sql, rows);
  CHECK(said.at("streaming") == "patroni2");
  CHECK(said.at("patroni2.lag_ms") == "3");
  rows.rows = {{"false", "{}", "", ""}};
  CHECK(patroni::interpret(sql, rows).contains("why"));
  rows.rows.clear();
  CHECK(patroni::interpret(sql, rows).contains("why"));
}

TEST_CASE("passwords are in private files only, and replication is SCRAM, synchronous and strict") {
  patroni_world w;
  const auto specs = patroni::render(w.context);
  REQUIRE(specs.size() == 3);
  for (const auto& spec : specs) {
    for (const auto& word : spec.command)
      CHECK(word.find("hush-") == std::string::npos);
    for (const auto& [title, value] : spec.variables)
      CHECK(value.find("hush-") == std::string::npos);
    std::string all;
    for (const auto& file : spec.files) {
      if (file.content.find("hush-") != std::string::npos)
        CHECK((file.mode & 0077U) == 0);
      all += file.content;
    }
    CHECK(all.find("hush-POSTGRES_PASSWORD") != std::string::npos);
    CHECK(all.find("scram-sha-256") != std::string::npos);
    CHECK(all.find("synchronous_mode_strict") != std::string::npos);
    CHECK(all.find(" md5") == std::string::npos);
  }
}

TEST_CASE("with TLS nobody connects without, and every one of Patroni's connections checks who answers") {
  patroni_world w;
  w.context.cluster.tls = w.context.etcd_tls = true;
  w.context.secrets["ETCD_PATRONI_PASSWORD"] = "hush-etcd";
  w.context.certificates = {"CA", "/env/certificates/ca.crt", {{"patroni1", {"CERT 1", "KEY 1"}}}};
  const auto spec = patroni::render(w.context).front();
  const auto config = nlohmann::json::parse(spec.files.at(0).content);
  CHECK(config["etcd3"]["protocol"] == "https");
  CHECK(config["etcd3"]["cacert"] == "/env/members/patroni1/config/ca.crt");
  CHECK(config["etcd3"]["username"].get<std::string>().starts_with("patroni-"));
  CHECK(config["etcd3"]["password"] == "hush-etcd");
  for (const auto& rule : config["postgresql"]["pg_hba"])
    CHECK_THAT(rule.get<std::string>(), Catch::StartsWith("hostssl ") && Catch::EndsWith(" scram-sha-256"));
  for (const auto& [title, login] : config["postgresql"]["authentication"].items()) {
    CHECK(login["sslmode"] == "verify-ca");
    CHECK(login["sslrootcert"] == "/env/members/patroni1/config/ca.crt");
  }
  CHECK(config["postgresql"]["parameters"]["ssl"] == "on");
  REQUIRE(spec.files.size() == 6);
  CHECK(spec.files[3].content == "CA");
  CHECK(spec.files[5].content == "KEY 1");
  CHECK(spec.files[5].mode == 0600);
  for (const auto& question : patroni::asks(w.context, "patroni1"))
    CHECK(question.tls.on == (question.channel == logic::channel::postgres));

  w.context.cluster.tls = false; // a plain PostgreSQL with an encrypted etcd
  const auto plain = patroni::render(w.context).front();
  CHECK(plain.files.size() == 4);
  CHECK(plain.files.back().content == "CA");
  CHECK_FALSE(nlohmann::json::parse(plain.files.at(0).content)["postgresql"]["parameters"].contains("ssl"));
}

TEST_CASE("names and passwords are quoted for SQL") {
  CHECK(patroni::quoted_name(R"(a"b)") == R"("a""b")");
  CHECK(patroni::quoted_text("it's") == "'it''s'");
}
