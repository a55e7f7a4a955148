// Encryption and passwords, as whoever attacks would try them: without capturing packets. Who speaks plain text is
// refused, who has no password is refused, certificates are worth what they should be, and secrets are where they
// belong and nowhere else.
#include "tests/stack/containers.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <pwd.h>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct reply {
  int exit_code = -1; // curl's: 0 = an answer, 60 = the certificate is refused
  std::string status, body;
};

reply curl(std::vector<std::string> words) {
  words.insert(words.begin(), {"curl", "-s", "--max-time", "10", "-w", "\n%{http_code}"});
  program run{words, {}};
  REQUIRE(run.wait(in(20s)));
  const auto& out = run.out();
  const auto cut = out.find_last_of('\n');
  return {run.exit_code(), out.substr(cut + 1), out.substr(0, cut)};
}

std::string text_of(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string strangers_authority(const fs::path& root) {
  const auto out = (root / "stranger.crt").string();
  program made{{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=stranger", "-days", "2", "-keyout", (root / "stranger.key").string(), "-out", out},
               {}};
  REQUIRE(made.wait(in(20s)));
  REQUIRE(made.exit_code() == 0);
  return out;
}

void check_etcd(stack& s, const nlohmann::json& status, const std::string& stranger) {
  const auto address = service_of(status, "etcd1")["address"].get<std::string>();
  const auto at = "https://" + address + ":2379", ours = s.authority().string();
  CHECK(curl({"http://" + address + ":2379/health"}).status != "200");
  const auto well = curl({"--cacert", ours, at + "/health"});
  CHECK(well.exit_code == 0);
  CHECK(well.body.find("true") != std::string::npos);
  CHECK(curl({"--cacert", stranger, at + "/health"}).exit_code == 60);
  CHECK(curl({at + "/health"}).exit_code == 60); // nor do the machine's own authorities vouch for it
  for (const auto* name : {"etcd1", "localhost"})
    CHECK(curl({"--cacert", ours, "--connect-to", "::" + address + ":2379",
                "https://" + std::string{name} + ":2379/health"})
              .exit_code == 0);
  CHECK(curl({"--cacert", ours, "--connect-to", "::" + address + ":2379", "https://somebody:2379/health"}).exit_code ==
        60);
  // A member of the same cluster may not be spoken to as a peer without a certificate.
  CHECK(curl({"--cacert", ours, "https://" + address + ":2380/version"}).exit_code != 0);
  for (const auto* path : {"/v3/kv/range", "/v3/kv/put", "/v3/auth/disable", "/v3/auth/user/list"}) {
    const auto anonymous = curl({"--cacert", ours, "-X", "POST", "-d", R"({"key":"YQ==","value":"YQ=="})", at + path});
    INFO(path << " " << anonymous.body);
    CHECK(anonymous.exit_code == 0);
    CHECK(anonymous.status != "200");
  }
  CHECK(curl({"--cacert", ours, "-X", "POST", "-d", R"({"name":"root","password":"guess"})",
              at + "/v3/auth/authenticate"})
            .status == "400");
}

void check_postgres(stack& s, const nlohmann::json& status, const std::string& stranger) {
  const auto leader = with_role(status, "patroni", "leader")["address"].get<std::string>();
  for (auto where : {s.postgres_route(), s.postgres_member(leader)}) {
    INFO(where.address << ":" << where.port);
    const auto encrypted = sql_once(where, "select ssl from pg_stat_ssl where pid = pg_backend_pid()", in(10s));
    CHECK(encrypted == sql_rows{{"t"}});
    auto plain = where;
    plain.sslmode = "disable";
    sql_session refused{plain, in(10s)};
    CHECK_FALSE(refused.open());
    CHECK(refused.error().find("no encryption") != std::string::npos);
    auto foreign = where;
    foreign.authority = stranger;
    CHECK_FALSE(sql_session(foreign, in(10s)).open());
    where.password = "guess";
    CHECK_FALSE(sql_session(where, in(10s)).open());
  }
  // The names that a client may use for the route.
  for (const auto* name : {"127.0.0.1", "localhost"}) {
    auto where = s.postgres_route();
    where.address = name;
    CHECK(sql_session(where, in(10s)).open());
  }
  const auto standbys =
      sql_once(s.postgres_member(leader),
               "select count(*), bool_and(ssl) from pg_stat_replication join pg_stat_ssl using (pid)", in(10s));
  CHECK(standbys == sql_rows{{"2", "t"}});
}

const std::vector<std::string> canaries{"POSTGRES_PASSWORD",
                                        "POSTGRES_REPLICATION_PASSWORD",
                                        "POSTGRES_REWIND_PASSWORD",
                                        "POSTGRES_APP_PASSWORD",
                                        "PATRONI_RESTAPI_PASSWORD",
                                        "ETCD_ROOT_PASSWORD",
                                        "ETCD_PATRONI_PASSWORD",
                                        "ETCD_ENGINE_PASSWORD",
                                        "REDIS_PASSWORD",
                                        "REDIS_SENTINEL_PASSWORD",
                                        "JWT_SECRET",
                                        "SESSION_SECRET"};
const std::string mark = "CANARY-";

void write_canaries(const stack& s) {
  fs::create_directories(s.root() / ".local");
  const auto path = s.root() / ".local/secrets.env";
  std::ofstream out{path};
  for (const auto& name : canaries)
    out << name << '=' << mark << name << "-0123456789abcdef\n";
  out.close();
  fs::permissions(path, fs::perms{0600});
}

void check_processes(const stack& s) {
  const auto all = s.processes();
  CHECK(all.size() > 20);
  for (const auto& [pid, command] : all) {
    INFO(pid << " " << command);
    const auto folder = fs::path{"/proc"} / std::to_string(pid);
    CHECK(text_of(folder / "cmdline").find(mark) == std::string::npos);
    CHECK(text_of(folder / "environ").find(mark) == std::string::npos);
    std::istringstream limits{text_of(folder / "limits")};
    for (std::string line; std::getline(limits, line);)
      if (line.starts_with("Max core file size")) {
        std::istringstream words{line.substr(18)};
        std::string soft, hard;
        words >> soft >> hard;
        CHECK(soft == "0");
        CHECK(hard == "0");
      }
  }
}

// Whatever holds a secret belongs to its member's user alone.
void check_files(const stack& s) {
  std::size_t found = 0;
  for (const auto& each : fs::recursive_directory_iterator{s.environment_dir()}) {
    if (!each.is_regular_file() || each.path().string().find("/data/") != std::string::npos)
      continue;
    const auto text = text_of(each.path());
    const bool key = text.find("PRIVATE KEY") != std::string::npos;
    if (text.find(mark) == std::string::npos && !key)
      continue;
    ++found;
    INFO(each.path());
    struct stat seen {};
    REQUIRE(::stat(each.path().c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0077U) == 0);
    const auto path = each.path().string();
    const bool rendered = path.find("/config/") != std::string::npos || path.find("/run/") != std::string::npos;
    CHECK((rendered || path.find("/certificates/") != std::string::npos));
    const auto* owner = ::getpwuid(seen.st_uid); // NOLINT(concurrency-mt-unsafe): one thread
    REQUIRE(owner != nullptr);
    if (::geteuid() == 0 && path.find("/members/patroni") != std::string::npos)
      CHECK(std::string{owner->pw_name} == "postgres");
  }
  CHECK(found > 10);
}

// Who needs no password is told who is master, and nothing else.
void check_route_user(stack& s, const nlohmann::json& status) {
  const std::vector<std::string> silence{""};
  auto node = s.redis_member(service_of(status, "redis1")["address"]);
  auto sentinel = s.sentinel(service_of(status, "redis-sentinel1")["address"]);
  for (auto* each : {&node, &sentinel}) {
    each->user = "route-check";
    each->password = "any";
  }
  const auto role = redis_once(node, {"ROLE"}, 5s).value_or(silence).front();
  CHECK((role == "master" || role == "slave"));
  CHECK(redis_once(sentinel, {"SENTINEL", "get-master-addr-by-name", "mymaster"}, 5s).value_or(silence).size() == 2);
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"GET", "a"}, {"SET", "a", "b"}, {"INFO"}, {"CONFIG", "GET", "*"}, {"ACL", "LIST"}, {"SUBSCRIBE", "a"}})
    CHECK(redis_once(node, words, 5s).value_or(silence).front().starts_with("ERR:NOPERM"));
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"SENTINEL", "masters"}, {"SENTINEL", "failover", "mymaster"}, {"ACL", "LIST"}, {"INFO"}})
    CHECK(redis_once(sentinel, words, 5s).value_or(silence).front().starts_with("ERR:NOPERM"));
}

} // namespace

TEST_CASE("plain text and missing passwords are refused everywhere, and certificates hold what they promise",
          "[alone]") {
  const auto runtime = GENERATE(as<std::string>{}, "process", "docker");
  if (runtime == "docker" && !container_engine{runtime}.usable())
    return;
  stack s{{}, runtime};
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  const auto status = s.status();
  const auto stranger = strangers_authority(s.root());
  check_etcd(s, status, stranger);
  check_postgres(s, status, stranger);
  const auto api = "http://" + service_of(status, "patroni1")["address"].get<std::string>() + ":8008";
  for (const auto* path : {"/config", "/restart", "/reinitialize", "/switchover"})
    CHECK(curl({"-X", std::string{path} == "/config" ? "PATCH" : "POST", "-d", "{}", api + path}).status == "401");
  auto redis = s.redis_route();
  redis.password.clear();
  const auto anonymous = redis_once(redis, {"GET", "a"}, 5s);
  REQUIRE(anonymous);
  CHECK(anonymous->front().starts_with("ERR:NOAUTH"));
  auto sentinel = s.sentinel(service_of(status, "redis-sentinel1")["address"]);
  sentinel.password.clear();
  const auto nobody = redis_once(sentinel, {"SENTINEL", "masters"}, 5s);
  REQUIRE(nobody);
  CHECK(nobody->front().starts_with("ERR:NOAUTH"));
  check_route_user(s, status);

  // What runs on data where authentication is on comes back as it was.
  const auto inspected = s.ctl({"inspect", "etcd", "--format", "json"});
  CHECK(inspected.exit_code == 0);
  CHECK(inspected.out.find("\"count\"") != std::string::npos);
  REQUIRE(s.ctl({"stop"}).exit_code == 0);
  started = s.start();
  INFO(started.out << started.err);
  CHECK(started.exit_code == 0);
  CHECK(component_of(s.health(), "etcd")["status"] == "healthy");

  // A certificate that was tampered with is said to be so, and nothing goes on without.
  REQUIRE(s.ctl({"stop"}).exit_code == 0);
  fs::copy_file(s.environment_dir() / "certificates/etcd2.pem", s.environment_dir() / "certificates/etcd1.pem",
                fs::copy_options::overwrite_existing);
  const auto refused = s.start();
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("ERR_SEC_003") != std::string::npos);
}

namespace {

// Nothing that a command tells holds a secret.
void check_said(stack& s, std::vector<std::string> said) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"status", "--format", "json"},
                                                                 {"health", "--format", "json"},
                                                                 {"events"},
                                                                 {"logs", "-n", "5000"},
                                                                 {"inspect", "etcd", "--format", "json"},
                                                                 {"inspect", "patroni", "--format", "json"},
                                                                 {"actors"}}) {
    const auto out = s.ctl(words);
    CHECK(out.exit_code == 0);
    said.push_back(out.out + out.err);
  }
  const auto planned = s.run({"plan", s.topology().string()});
  said.push_back(planned.out + planned.err);
  const auto bundle = s.ctl({"support-bundle", (s.root() / "bundle.tar.gz").string()});
  CHECK(bundle.exit_code == 0);
  program unpacked{{"tar", "-xzOf", (s.root() / "bundle.tar.gz").string()}, {}};
  REQUIRE(unpacked.wait(in(30s)));
  said.push_back(unpacked.out());
  CHECK(unpacked.out().size() > 10'000);
  CHECK(unpacked.out().find("PRIVATE KEY") == std::string::npos);
  for (const auto& text : said)
    CHECK(text.find(mark) == std::string::npos);
}

// What a container shows to whoever may ask its engine, and what is in it.
void check_container(const container_engine& engine, const std::string& container) {
  INFO(container);
  CHECK(engine.inspect(container).dump().find(mark) == std::string::npos);
  const auto logs = engine.run({"logs", container});
  CHECK((logs.out + logs.err).find(mark) == std::string::npos);
  std::istringstream rows{engine.run({"top", container, "-eo", "pid"}).out};
  std::string pid;
  std::getline(rows, pid); // the heading
  std::size_t processes = 0;
  for (; std::getline(rows, pid); ++processes) {
    const auto folder = fs::path{"/proc"} / pid.substr(pid.find_first_not_of(' '));
    CHECK(text_of(folder / "cmdline").find(mark) == std::string::npos);
    CHECK(text_of(folder / "environ").find(mark) == std::string::npos);
  }
  CHECK(processes > 0);
  const auto found =
      engine.run({"exec", container, "sh", "-c",
                  "grep -rls " + mark + " /paws /tmp /run /var /etc | xargs -r stat -c '%a %u %n'; id -u"});
  std::istringstream files{found.out};
  std::vector<std::string> lines;
  for (std::string line; std::getline(files, line);)
    lines.push_back(line);
  REQUIRE_FALSE(lines.empty());
  const auto own = "600 " + lines.back() + " ";
  lines.pop_back();
  for (const auto& line : lines) {
    INFO(line);
    CHECK(line.starts_with(own));
  }
  CHECK(lines.empty() ==
        (container.find("etcd") != std::string::npos || container.find("haproxy") != std::string::npos));
}

} // namespace

TEST_CASE("Redis with TLS: nothing is answered in plain text, certificates are checked, and a promotion works") {
  const auto runtime = GENERATE(as<std::string>{}, "process", "docker");
  if (runtime == "docker" && !container_engine{runtime}.usable())
    return;
  stack s{[](YAML::Node& document) { document["clusters"]["redis"]["tls"] = true; }, runtime};
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  CHECK(started.out.find("rediss://127.0.0.1:") != std::string::npos);
  CHECK(s.health()["status"] == "healthy");
  const auto status = s.status();
  const auto master = with_role(status, "redis", "master");
  const auto address = master["address"].get<std::string>();
  const auto cli = [&](const std::string& host, std::uint16_t port, const std::string& authority,
                       std::vector<std::string> words) {
    words.insert(words.begin(), {"redis-cli", "-h", host, "-p", std::to_string(port)});
    if (!authority.empty())
      words.insert(words.begin() + 1, {"--tls", "--cacert", authority});
    program run{words, {{"PATH", "/usr/bin:/bin"}, {"REDISCLI_AUTH", s.secret("REDIS_PASSWORD")}}};
    REQUIRE(run.wait(in(20s)));
    return run.out();
  };
  const auto ours = s.authority().string(), stranger = strangers_authority(s.root());
  for (const auto& [host, port] :
       {std::pair{address, std::uint16_t{6380}}, std::pair{std::string{"127.0.0.1"}, s.redis_port()}}) {
    INFO(host << ":" << port);
    CHECK(cli(host, port, ours, {"SET", "a", "1"}) == "OK\n");
    CHECK(cli(host, port, "", {"PING"}).find("PONG") == std::string::npos);
    CHECK(cli(host, port, stranger, {"PING"}).find("PONG") == std::string::npos);
  }
  CHECK_FALSE(redis_once(s.redis_member(address), {"PING"}, 5s)); // 6379 is closed
  auto plain = s.sentinel(service_of(status, "redis-sentinel1")["address"]);
  CHECK_FALSE(redis_once(plain, {"PING"}, 5s));
  REQUIRE(s.run({"secrets", "rotate", "--env", s.name(), "--secret", "REDIS_PASSWORD", "--secret",
                 "REDIS_SENTINEL_PASSWORD"})
              .exit_code == 0);
  // The master dies: its successor is found, followed and led to, all of it encrypted.
  if (runtime == "docker")
    REQUIRE(container_engine{runtime}.run({"kill", s.name() + "-" + master["name"].get<std::string>()}).exit_code == 0);
  else
    REQUIRE(kill_tree(master["pid"].get<pid_t>(), in(10s)));
  CHECK(s.sees_event([](const auto& event) { return event["kind"] == "leader_changed" && event["subject"] == "redis"; },
                     in(60s)));
  CHECK(s.becomes_healthy(60s));
  CHECK(cli("127.0.0.1", s.redis_port(), ours, {"GET", "a"}) == "1\n");
}

TEST_CASE("a secret is in the files of those who need it, and nowhere else") {
  stack s;
  write_canaries(s);
  auto started = s.start();
  INFO(started.err);
  REQUIRE(started.exit_code == 0);
  check_processes(s);
  check_files(s);
  check_said(s, {started.out, started.err});
}

TEST_CASE("docker: a secret is in the files of those who need it, and nothing of a container shows it", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{{}, "docker"};
  write_canaries(s);
  auto started = s.start();
  INFO(started.err);
  REQUIRE(started.exit_code == 0);
  const auto lives = engine.lives(s.name());
  CHECK(lives.size() == 13);
  for (const auto& [name, life] : lives)
    check_container(engine, name);
  check_said(s, {started.out, started.err});
}
