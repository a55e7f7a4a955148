// Passwords are changed while clients write: none is refused, and afterwards only the new ones are good.
#include "tests/stack/containers.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sstream>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// Does `once` every 10 ms until it is told to stop; counts what failed and keeps the first reason.
class repeater {
public:
  explicit repeater(std::function<std::string()> once)
      : once_{std::move(once)}, stop_fd_{::eventfd(0, EFD_CLOEXEC)}, thread_{[this] { work(); }} {}
  ~repeater() {
    stop();
    ::close(stop_fd_);
  }
  repeater(const repeater&) = delete;
  repeater& operator=(const repeater&) = delete;

  void stop() {
    ::eventfd_write(stop_fd_, 1);
    if (thread_.joinable())
      thread_.join();
  }
  std::size_t done() const { return done_; }
  std::size_t refused() const { return refused_; }
  const std::string& first_reason() const { return reason_; } // after stop()

private:
  void work() {
    pollfd stopped{stop_fd_, POLLIN, 0};
    while (::poll(&stopped, 1, 10) == 0) {
      auto why = once_();
      if (why.empty()) {
        ++done_;
        continue;
      }
      if (refused_++ == 0)
        reason_ = std::move(why);
    }
  }

  std::function<std::string()> once_;
  std::atomic<std::size_t> done_ = 0, refused_ = 0;
  std::string reason_;
  int stop_fd_;
  std::thread thread_;
};

void check_none_refused(std::initializer_list<repeater*> clients) {
  for (auto* each : clients) {
    each->stop();
    INFO(each->first_reason());
    CHECK(each->refused() == 0);
    CHECK(each->done() > 10);
  }
}

// A session that stays, and reads the secrets file when it must connect anew.
std::function<std::string()> sql_writer(const stack& s) {
  return [&s, session = std::shared_ptr<sql_session>{}]() mutable -> std::string {
    if (!session || !session->open())
      session = std::make_shared<sql_session>(s.postgres_route(), in(5s));
    if (session->run("insert into ledger default values", in(5s)))
      return "";
    auto why = session->error();
    session.reset();
    return "PostgreSQL: " + why;
  };
}

std::function<std::string()> redis_writer(const stack& s) {
  return [&s, context = std::shared_ptr<redisContext>{}]() mutable -> std::string {
    if (!context) {
      const auto where = s.redis_route();
      context = {::redisConnectWithTimeout(where.address.c_str(), where.port, {5, 0}), &::redisFree};
      ::redisSetTimeout(context.get(), {5, 0});
      ::freeReplyObject(::redisCommand(context.get(), "AUTH %s", where.password.c_str()));
    }
    auto* reply = static_cast<redisReply*>(::redisCommand(context.get(), "INCR written"));
    std::string why = reply == nullptr ? context->errstr : reply->type == REDIS_REPLY_ERROR ? reply->str : "";
    ::freeReplyObject(reply);
    if (why.empty())
      return "";
    context.reset();
    return "Redis: " + why;
  };
}

// A new connection for every write.
std::function<std::string()> new_redis_writer(const stack& s) {
  return [&s]() -> std::string {
    const auto got = redis_once(s.redis_route(), {"INCR", "anew"}, 5s);
    if (got && got->size() == 1 && !got->front().starts_with("ERR:"))
      return "";
    return "Redis, anew: " + (got && !got->empty() ? got->front() : "no answer");
  };
}

const std::vector<std::string> in_use{"POSTGRES_PASSWORD",        "POSTGRES_REPLICATION_PASSWORD",
                                      "POSTGRES_REWIND_PASSWORD", "POSTGRES_APP_PASSWORD",
                                      "PATRONI_RESTAPI_PASSWORD", "REDIS_PASSWORD",
                                      "REDIS_SENTINEL_PASSWORD",  "ETCD_ROOT_PASSWORD",
                                      "ETCD_PATRONI_PASSWORD",    "ETCD_ENGINE_PASSWORD"};

std::map<std::string, std::string> values(const stack& s) {
  std::map<std::string, std::string> out;
  for (const auto& name : in_use)
    out[name] = s.secret(name);
  return out;
}

void on_processes(YAML::Node& document) {
  document["runtime"]["prefer"] = std::vector<std::string>{"process"};
}

void with_service(YAML::Node& document) {
  on_processes(document);
  auto service = document["services"]["reader"];
  service["image"] = "none";
  service["process"]["command"].push_back("sh");
  service["process"]["command"].push_back("-c");
  service["process"]["command"].push_back("cp \"$PASSWORD_FILE\" \"$HOME/seen\"; exec sleep 100000");
  service["secrets"]["PASSWORD"] = "POSTGRES_APP_PASSWORD";
}

std::string secrets_text(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

bool logs_in(const endpoint& where, const std::string& password) {
  auto as = where;
  as.password = password;
  return sql_once(as, "select 1", in(5s)).has_value();
}

bool redis_lets_in(const endpoint& where, const std::string& password) {
  auto as = where;
  as.password = password;
  const auto got = redis_once(as, {"PING"}, 2s);
  return got && *got == std::vector<std::string>{"PONG"};
}

// New values are good everywhere, old ones nowhere.
void check_only_new(stack& s, const std::map<std::string, std::string>& old) {
  const auto now = values(s);
  const auto status = s.status();
  for (const auto& name : in_use) {
    INFO(name);
    CHECK(now.at(name) != old.at(name));
    CHECK(now.at(name).size() == 43);
  }
  for (const auto& service : status["services"]) {
    const auto member = service["name"].get<std::string>(), address = service["address"].get<std::string>();
    INFO(member);
    if (member.starts_with("patroni"))
      for (const auto& [user, name] :
           {std::pair{"postgres", "POSTGRES_PASSWORD"}, std::pair{"replicator", "POSTGRES_REPLICATION_PASSWORD"},
            std::pair{"rewinder", "POSTGRES_REWIND_PASSWORD"}, std::pair{"paws360", "POSTGRES_APP_PASSWORD"}}) {
        auto where = s.postgres_member(address);
        where.user = user;
        CHECK(logs_in(where, now.at(name)));
        CHECK_FALSE(logs_in(where, old.at(name)));
      }
    if (member.starts_with("redis-sentinel")) {
      CHECK(redis_lets_in(s.sentinel(address), now.at("REDIS_SENTINEL_PASSWORD")));
      CHECK_FALSE(redis_lets_in(s.sentinel(address), old.at("REDIS_SENTINEL_PASSWORD")));
    } else if (member.starts_with("redis")) {
      CHECK(redis_lets_in(s.redis_member(address), now.at("REDIS_PASSWORD")));
      CHECK_FALSE(redis_lets_in(s.redis_member(address), old.at("REDIS_PASSWORD")));
    }
  }
  if (s.runtime() == "process") // where `with_service` runs
    CHECK(secrets_text(s.environment_dir() / "members/reader/data/seen") == now.at("POSTGRES_APP_PASSWORD"));
  CHECK_FALSE(fs::exists(s.environment_dir() / "rotation.json"));
}

// Nothing that a person or a program is shown holds a value.
void check_told_nothing(stack& s, const std::map<std::string, std::string>& old, const std::string& more) {
  const auto now = values(s);
  auto told =
      more + secrets_text(s.environment_dir() / "journal.jsonl") + secrets_text(s.environment_dir() / "engine.log");
  const auto logs = s.ctl({"logs", "-n", "5000"});
  CHECK(logs.exit_code == 0);
  told += logs.out;
  if (s.runtime() == "process")
    for (const auto& member : fs::directory_iterator{s.environment_dir() / "members"})
      told += secrets_text(member.path() / "log/member.log");
  for (const auto* which : {&old, &now})
    for (const auto& [name, value] : *which) {
      INFO(name);
      CHECK(told.find(value) == std::string::npos);
    }
}

} // namespace

TEST_CASE("all passwords are changed while clients write: none is refused, and members live on") {
  stack s{with_service};
  const auto first = s.start();
  INFO(first.out << first.err);
  REQUIRE(first.exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table ledger(id bigserial primary key)", in(10s)));
  const auto old = values(s);
  auto pids = pids_of(s.status());
  repeater sql{sql_writer(s)}, redis{redis_writer(s)}, anew{new_redis_writer(s)};
  auto rotated = s.run({"secrets", "rotate", "--env", s.name(), "--format", "json"});
  INFO(rotated.out << rotated.err);
  CHECK(rotated.exit_code == 0);
  const auto result = rotated.json();
  for (const auto& name : in_use)
    CHECK(std::count(result["rotated"].begin(), result["rotated"].end(), name) == 1);
  CHECK(result["duration_ms"].get<std::int64_t>() > 0);
  UNSCOPED_INFO("took " << result["duration_ms"]);
  auto second = s.run(
      {"secrets", "rotate", "--env", s.name(), "--secret", "REDIS_PASSWORD", "--secret", "POSTGRES_APP_PASSWORD"});
  INFO(second.out << second.err);
  CHECK(second.exit_code == 0);
  CHECK(second.out.find("2 secrets have new values") != std::string::npos);
  check_none_refused({&sql, &redis, &anew});
  check_only_new(s, old);
  check_told_nothing(s, old, rotated.out + rotated.err + second.out + second.err);
  CHECK(s.health()["status"] == "healthy");
  const auto rows = sql_once(s.postgres_route(), "select count(*) from ledger", in(10s));
  REQUIRE(rows);
  CHECK(std::stoull(rows->at(0).at(0)) == sql.done());
  auto after = pids_of(s.status());
  pids.erase("reader");
  after.erase("reader");
  CHECK(after == pids);
  // Nobody depends on what was changed on the way: everything comes back from nothing with the new values.
  CHECK(s.ctl({"stop"}, 120s).exit_code == 0);
  auto again = s.start();
  INFO(again.out << again.err);
  CHECK(again.exit_code == 0);
  CHECK(s.health()["status"] == "healthy");
}

TEST_CASE("docker: all passwords are changed while clients write: none is refused, and containers live on", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{{}, "docker"};
  const auto first = s.start();
  INFO(first.out << first.err);
  REQUIRE(first.exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table ledger(id bigserial primary key)", in(10s)));
  const auto old = values(s);
  const auto lives = engine.lives(s.name());
  repeater sql{sql_writer(s)}, redis{redis_writer(s)}, anew{new_redis_writer(s)};
  const auto rotated = s.run({"secrets", "rotate", "--env", s.name()});
  INFO(rotated.out << rotated.err);
  CHECK(rotated.exit_code == 0);
  check_none_refused({&sql, &redis, &anew});
  check_only_new(s, old);
  check_told_nothing(s, old, rotated.out + rotated.err);
  CHECK(s.health()["status"] == "healthy");
  CHECK(engine.lives(s.name()) == lives);
  for (const auto& [name, life] : lives) {
    const auto shown = engine.inspect(name).dump();
    for (const auto& [secret, value] : old) {
      CHECK(shown.find(value) == std::string::npos);
      CHECK(shown.find(s.secret(secret)) == std::string::npos);
    }
  }
}

TEST_CASE("an engine is killed while it changes passwords: the next start completes it, no write is refused") {
  stack s{with_service};
  const auto first = s.start();
  INFO(first.out << first.err);
  REQUIRE(first.exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table ledger(id bigserial primary key)", in(10s)));
  for (const auto* stage :
       {"add", "publish", "change", "settle", "renew", "files", "link", "reload", "verify", "retire"}) {
    INFO(stage);
    const auto old = values(s);
    repeater sql{sql_writer(s)}, redis{redis_writer(s)}, anew{new_redis_writer(s)};
    const auto engine = s.status()["engine"]["pid"].get<pid_t>();
    auto watcher = s.spawn({"ctl", "--env", s.name(), "events", "-f", "--since",
                            std::to_string(s.events().back()["seq"].get<std::uint64_t>())});
    auto rotating = s.spawn({"secrets", "rotate", "--env", s.name()});
    const auto wanted = std::string{"\"stage\":\""} + stage + "\"";
    REQUIRE(
        watcher->wait_output([&](const std::string& out) { return out.find(wanted) != std::string::npos; }, in(60s)));
    ::kill(engine, SIGKILL);
    CHECK(rotating->wait(in(30s)));
    auto started = s.start();
    INFO(started.out << started.err);
    REQUIRE(started.exit_code == 0);
    check_only_new(s, old);
    CHECK(s.health()["status"] == "healthy");
    check_none_refused({&sql, &redis, &anew});
  }
}

// As an engine leaves it that died right after it had put the new values into the secrets file, or right after
// PostgreSQL's data had learnt them, and everything else has ended as well.
TEST_CASE("a secrets file that is newer than the data: a start from nothing brings them together") {
  stack s{with_service};
  const auto first = s.start();
  INFO(first.out << first.err);
  REQUIRE(first.exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table ledger(id bigserial primary key)", in(10s)));
  REQUIRE(s.ctl({"stop"}, 120s).exit_code == 0);
  const auto old = values(s);
  nlohmann::json record{{"version", 1}, {"restarted", nlohmann::json::array()}, {"altered", false}, {"begun_at_us", 1}};
  auto secrets = secrets_text(s.root() / ".local/secrets.env");
  for (const auto& name : in_use) {
    if (name.starts_with("ETCD"))
      continue;
    const auto fresh = std::string(32, 'n') + std::to_string(name.size());
    record["names"].push_back(name);
    record["before"][name] = old.at(name);
    record["after"][name] = fresh;
    secrets.replace(secrets.find(name + "=") + name.size() + 1, old.at(name).size(), fresh);
  }
  std::ofstream{s.root() / ".local/secrets.env"} << secrets;
  std::ofstream{s.environment_dir() / "rotation.json"} << record;
  auto started = s.start();
  INFO(started.out << started.err);
  CHECK(started.exit_code == 0);
  CHECK(s.health()["status"] == "healthy");
  CHECK_FALSE(fs::exists(s.environment_dir() / "rotation.json"));
  CHECK(sql_once(s.postgres_route(), "select count(*) from ledger", in(10s)));
  auto before = s.postgres_route();
  before.password = old.at("POSTGRES_APP_PASSWORD");
  CHECK_FALSE(sql_once(before, "select 1", in(10s)));
  REQUIRE(s.ctl({"stop"}, 120s).exit_code == 0);
  record["altered"] = true;
  std::ofstream{s.environment_dir() / "rotation.json"} << record;
  started = s.start();
  UNSCOPED_INFO(started.out << started.err);
  CHECK(started.exit_code == 0);
  CHECK(s.health()["status"] == "healthy");
  CHECK_FALSE(fs::exists(s.environment_dir() / "rotation.json"));
}

TEST_CASE("what cannot be rotated is refused with what can be done") {
  stack s{[](YAML::Node& document) {
    on_processes(document);
    document["secrets"]["user_provided"].push_back("MY_TOKEN");
  }};
  REQUIRE(s.run({"secrets", "generate", "--file", s.topology().string()}).exit_code == 0);
  const auto old = values(s);
  SECTION("nothing has any data yet: new values, at once") {
    auto made = s.run({"secrets", "rotate", "--file", s.topology().string(), "--secret", "REDIS_PASSWORD"});
    INFO(made.out << made.err);
    CHECK(made.exit_code == 0);
    CHECK(s.secret("REDIS_PASSWORD") != old.at("REDIS_PASSWORD"));
    CHECK(s.secret("POSTGRES_PASSWORD") == old.at("POSTGRES_PASSWORD"));
    auto unknown = s.run({"secrets", "rotate", "--file", s.topology().string(), "--secret", "NOBODY"});
    CHECK(unknown.exit_code == 2);
    CHECK(unknown.err.find("REDIS_SENTINEL_PASSWORD") != std::string::npos);
  }
  SECTION("data, and no engine") {
    REQUIRE(s.start().exit_code == 0);
    auto mine = s.run({"secrets", "rotate", "--env", s.name(), "--secret", "MY_TOKEN"});
    CHECK(mine.exit_code == 2);
    CHECK(mine.err.find("MY_TOKEN") != std::string::npos);
    auto unknown = s.run({"secrets", "rotate", "--env", s.name(), "--secret", "NOBODY"});
    CHECK(unknown.exit_code == 2);
    CHECK(unknown.err.find("REDIS_SENTINEL_PASSWORD") != std::string::npos);
    REQUIRE(s.ctl({"stop"}, 120s).exit_code == 0);
    auto refused = s.run({"secrets", "rotate", "--file", s.topology().string()});
    INFO(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("paws-engine start") != std::string::npos);
    CHECK(values(s) == old);
  }
}
