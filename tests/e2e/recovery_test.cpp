// Manual recovery of real daemons through the binary: another leader, data made anew, what was lost by hand.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr auto recovery_limit = 200s;

fs::path data_of(const stack& s, const std::string& member) {
  return s.environment_dir() / "members" / member / "data";
}

std::string name_with(stack& s, const std::string& cluster, const std::string& role) {
  const auto found = with_role(s.status(), cluster, role);
  REQUIRE(found.is_object());
  return found["name"];
}

json recovered(stack& s, std::vector<std::string> words) {
  words.insert(words.end(), {"--format", "json"});
  const auto ended = s.ctl(words, recovery_limit);
  INFO(ended.out << ended.err);
  REQUIRE(ended.in_time);
  REQUIRE(ended.exit_code == 0);
  return ended.json();
}

// Refused as misuse, with these words, and without delay.
void refused(stack& s, const std::vector<std::string>& words, const std::string& with) {
  const auto ended = s.ctl(words);
  INFO(words[0] << " " << words.back() << "\n" << ended.out << ended.err);
  CHECK(ended.exit_code == 2);
  CHECK(ended.err.find(with) != std::string::npos);
}

bool was_told(stack& s, const std::string& words) {
  const auto all = s.events();
  return std::any_of(all.begin(), all.end(), [&](const auto& each) {
    return each["kind"] == "recovery_step" && each["text"].template get<std::string>().find(words) != std::string::npos;
  });
}

std::set<std::int64_t> ids_in(const stack& s) {
  const auto rows = sql_once(s.postgres_route(), "select id from ledger", in(30s));
  REQUIRE(rows);
  std::set<std::int64_t> out;
  for (const auto& row : *rows)
    out.insert(std::stoll(row[0]));
  return out;
}

std::size_t lost(const std::set<std::int64_t>& acknowledged, const std::set<std::int64_t>& found) {
  std::vector<std::int64_t> out;
  std::set_difference(acknowledged.begin(), acknowledged.end(), found.begin(), found.end(), std::back_inserter(out));
  return out.size();
}

// What etcd's gateway answers at `address`; the body is in a file, since it may be large.
std::string ask_etcd(const stack& s, const std::string& address, const std::string& path, const std::string& body) {
  const auto file = s.root() / "body.json";
  std::ofstream{file} << body;
  program curl{{"curl", "-sS", "--max-time", "10", "-d", "@" + file.string(), "http://" + address + ":2379" + path},
               s.variables()};
  curl.wait(in(15s));
  return curl.out();
}

} // namespace

TEST_CASE("TC-039: another one leads by a switchover and by a failover while a writer loses nothing") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table ledger(id bigint primary key)", in(10s)));
  steady_writer writer{s.postgres_route(), "ledger"};
  REQUIRE(writer.wait_next_acknowledged(in(10s)));

  const auto first = name_with(s, "patroni", "leader"), second = name_with(s, "patroni", "sync_standby");
  const auto over = recovered(s, {"switchover"});
  CHECK(over["recovery"]["leader_before"] == first);
  CHECK(over["recovery"]["leader_after"] == second);
  CHECK(over["duration_ms"].get<long>() > 0);
  CHECK(route_of(s.status(), "patroni-leader")["target"] == second);
  CHECK(s.health()["status"] == "healthy");
  CHECK(writer.wait_next_acknowledged(in(10s)));

  const auto sync = name_with(s, "patroni", "sync_standby"), replica = name_with(s, "patroni", "replica");
  refused(s, {"failover", "--candidate", "patroni9"}, second + " (leader)");
  refused(s, {"failover", "--candidate", second}, "leads already");
  refused(s, {"failover", "--candidate", replica}, "no synchronous standby");
  refused(s, {"switchover", "--candidate", replica}, "choose " + sync);
  const auto failed_over = s.ctl({"failover"}, recovery_limit);
  INFO(failed_over.out << failed_over.err);
  CHECK(failed_over.exit_code == 0);
  CHECK(failed_over.out.find(sync + " leads instead of " + second) != std::string::npos);
  CHECK(writer.wait_next_acknowledged(in(10s)));
  writer.stop();
  const auto acknowledged = writer.acknowledged();
  CHECK(acknowledged.size() > 10);
  CHECK(lost(acknowledged, ids_in(s)) == 0);

  REQUIRE(s.ctl({"stop", "--service", replica}).exit_code == 0);
  refused(s, {"switchover"}, "ERR_REC_001");
}

TEST_CASE("replicas are made anew and whoever leads is not") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  const auto before = s.status();
  const auto leader = name_with(s, "patroni", "leader"), replica = name_with(s, "patroni", "replica");
  refused(s, {"reinit", leader, "--confirm-data-loss"}, "ctl switchover");
  refused(s, {"reinit", name_with(s, "redis", "master"), "--confirm-data-loss"}, "ERR_REC_001");
  refused(s, {"reinit", replica}, "yes-delete-all-data");
  refused(s, {"reinit", "haproxy", "--confirm-data-loss"}, "patroni1");

  const auto mark = data_of(s, replica) / "postgresql/left_here";
  std::ofstream{mark} << "old";
  const auto made = recovered(s, {"reinit", replica, "--confirm-data-loss"});
  CHECK(made["recovery"]["member"] == replica);
  CHECK_FALSE(fs::exists(mark));
  CHECK(fs::exists(data_of(s, replica) / "postgresql/PG_VERSION"));
  CHECK(pids_of(s.status())[replica] == pids_of(before)[replica]); // Patroni itself did it
  CHECK(s.health()["status"] == "healthy");

  REQUIRE(redis_once(s.redis_route(), {"SET", "kept", "1"}, 5s) == std::vector<std::string>{"OK"});
  const auto follower = name_with(s, "redis", "replica");
  recovered(s, {"reinit", follower, "--confirm-data-loss"});
  CHECK(pids_of(s.status())[follower] != pids_of(before)[follower]);
  const auto address = service_of(s.status(), follower)["address"].get<std::string>();
  CHECK(redis_once(s.redis_member(address), {"GET", "kept"}, 5s) == std::vector<std::string>{"1"});
  CHECK(s.health()["status"] == "healthy");
}

TEST_CASE("an etcd member comes back without its data whether a disk or an operator took it") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  const auto before = s.status();
  const auto victim = with_role(before, "etcd", "follower");
  const auto name = victim["name"].get<std::string>();
  fs::remove_all(data_of(s, name) / "etcd"); // it runs on, with files that have no name any more
  REQUIRE(kill_tree(victim["pid"].get<pid_t>(), in(10s)));
  REQUIRE(s.becomes_healthy(60s));
  CHECK(was_told(s, name + " has lost its data"));
  CHECK(was_told(s, name + " is a member anew"));
  CHECK(fs::exists(data_of(s, name) / "etcd/member/snap/db"));
  CHECK(service_of(s.status(), name)["restarts"].get<int>() <= 2);

  const auto made = recovered(s, {"reinit", name, "--confirm-data-loss"});
  CHECK(made["recovery"]["member"] == name);
  CHECK(s.health()["status"] == "healthy");
  auto after = pids_of(s.status());
  for (const auto& [member, pid] : pids_of(before))
    if (member != name)
      CHECK(after[member] == pid); // nobody else noticed

  std::string other; // without it there would be no majority
  for (const auto& service : s.status()["services"])
    if (service["cluster"] == "etcd" && service["name"] != name && service["role"] == "follower")
      other = service["name"];
  REQUIRE(s.ctl({"stop", "--service", name}).exit_code == 0);
  refused(s, {"reinit", other.empty() ? name_with(s, "etcd", "leader") : other, "--confirm-data-loss"}, "no majority");
}

TEST_CASE("etcd that has lost everything is not led anew over PostgreSQL's data until that is asked for") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table ledger(id bigint primary key)", in(10s)));
  REQUIRE(sql_once(s.postgres_route(), "insert into ledger values (1)", in(10s)));
  const auto leader = name_with(s, "patroni", "leader");
  REQUIRE(s.ctl({"stop"}).exit_code == 0);
  for (const auto* each : {"etcd1", "etcd2", "etcd3"})
    fs::remove_all(data_of(s, each) / "etcd");

  const auto refusal = s.start();
  INFO(refusal.out << refusal.err);
  CHECK(refusal.exit_code == 5);
  CHECK(refusal.err.find("ERR_PATRONI_003") != std::string::npos);
  CHECK(refusal.err.find("ctl reinit etcd") != std::string::npos);
  for (const auto* each : {"patroni1", "patroni2", "patroni3"})
    CHECK(fs::exists(data_of(s, each) / "postgresql/PG_VERSION"));

  const auto accepted = s.ctl({"reinit", "etcd", "--confirm-data-loss"}, recovery_limit);
  INFO(accepted.out << accepted.err);
  REQUIRE(accepted.exit_code == 0);
  const auto again = s.start();
  INFO(again.out << again.err);
  REQUIRE(again.exit_code == 0);
  CHECK(name_with(s, "patroni", "leader") == leader);
  CHECK(ids_in(s) == std::set<std::int64_t>{1});

  // While all runs: etcd begins anew, and PostgreSQL's data stays.
  recovered(s, {"reinit", "etcd", "--confirm-data-loss"});
  CHECK(s.health()["status"] == "healthy");
  CHECK(ids_in(s) == std::set<std::int64_t>{1});
  // And a Patroni cluster, which forgets everything.
  recovered(s, {"reinit", "patroni", "--confirm-data-loss"});
  CHECK(s.health()["status"] == "healthy");
  CHECK_FALSE(sql_once(s.postgres_route(), "select * from ledger", in(10s)));
}

TEST_CASE("a full etcd says so and writes again after it was cleaned up") {
  stack s{[](YAML::Node& document) {
    document["clusters"]["etcd"]["tls"] = false;
    document["clusters"]["etcd"]["extra_args"].push_back("--quota-backend-bytes=4000000");
  }};
  REQUIRE(s.start().exit_code == 0);
  const auto address = service_of(s.status(), "etcd1")["address"].get<std::string>();
  const auto put = R"({"key":"ZmlsbA==","value":")" + std::string(600'000, 'A') + R"("})";
  std::string said;
  for (int i = 0; i < 30 && said.find("space exceeded") == std::string::npos; ++i)
    said = ask_etcd(s, address, "/v3/kv/put", put);
  REQUIRE(said.find("space exceeded") != std::string::npos);
  const auto sick = s.ctl({"health", "--service", "etcd", "--format", "json"});
  CHECK(sick.exit_code == 5);
  CHECK(sick.out.find("ERR_ETCD_002") != std::string::npos);
  CHECK(sick.out.find("ctl cleanup --etcd") != std::string::npos);

  const auto cleaned = recovered(s, {"cleanup", "--etcd"});
  INFO(cleaned.dump(1));
  CHECK(cleaned["recovery"]["disarmed"].get<int>() >= 1);
  REQUIRE(cleaned["recovery"]["sizes"].size() == 3);
  for (const auto& size : cleaned["recovery"]["sizes"])
    CHECK(size["after_bytes"].get<long>() < size["before_bytes"].get<long>() / 2);
  CHECK(ask_etcd(s, address, "/v3/kv/put", R"({"key":"ZmlsbA==","value":"QQ=="})").find("error") == std::string::npos);
  CHECK(s.becomes_healthy(90s));
}
