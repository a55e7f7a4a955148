// The sample applications on the stack: built and ready with it, alive through its leader's death, and replaced alone.
#include "tests/stack/clients.hpp"
#include "tests/stack/containers.hpp"
#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto first_build = 1200s; // what is locked may have to be fetched
constexpr auto patience = 300s;

/// The sources of the applications where they may be changed: the backend's a copy, the others as they are.
class project {
public:
  project() {
    std::string pattern = "/tmp/paws-e2e-apps-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    fs::permissions(root_, fs::perms{0755});
    const fs::path from{PAWS_SOURCE_DIR};
    fs::create_directories(backend());
    for (const auto* each :
         {"pom.xml", "src", "run", "build", ".gitignore", "Dockerfile.source", "Dockerfile.source.dockerignore"})
      fs::copy(from / "apps/backend" / each, backend() / each, fs::copy_options::recursive);
    fs::create_directory_symlink(from / "apps/frontend", root_ / "apps/frontend");
    fs::create_directory_symlink(from / "images", root_ / "images");
    fs::copy(from / "database", root_ / "database", fs::copy_options::recursive);
  }
  project(const project&) = delete;
  project& operator=(const project&) = delete;
  ~project() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  fs::path root() const { return root_; }
  fs::path backend() const { return root_ / "apps/backend"; }
  /// One edit of a source of the backend.
  void edit(const std::string& path, const std::string& from, const std::string& to) const {
    std::ifstream in{backend() / path};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    std::ofstream{backend() / path} << text.replace(at, from.size(), to);
  }

private:
  fs::path root_;
};

struct applications {
  using more = std::function<void(YAML::Node&)>;
  explicit applications(std::string runtime = "process", more edit = {})
      : edit_{std::move(edit)}, s{[this](YAML::Node& document) { add_to(document); }, std::move(runtime)} {}

  static std::string url(std::uint16_t port, const std::string& path) {
    return "http://127.0.0.1:" + std::to_string(port) + path;
  }
  std::string of_backend(const std::string& path) const { return url(backend_port, path); }
  std::string of_frontend(const std::string& path) const { return url(frontend_port, path); }
  /// A GET that is under way.
  static std::unique_ptr<program> asking(const std::string& from, const std::string& trace = "") {
    return std::make_unique<program>(
        std::vector<std::string>{
            "python3", "-c",
            "import sys, urllib.request as u\n"
            "print(u.urlopen(u.Request(sys.argv[1], headers={'X-Trace-ID': sys.argv[2]} if sys.argv[2] else {}), "
            "timeout=30).read().decode())",
            from, trace},
        std::map<std::string, std::string>{});
  }
  /// The body, when it was answered with 200; else "".
  static std::string body_of(program& asked) {
    REQUIRE(asked.wait(in(60s)));
    INFO(asked.err());
    return asked.exit_code() == 0 ? asked.out() : "";
  }
  static std::string got(const std::string& from) { return body_of(*asking(from)); }

  void add_to(YAML::Node& document) const {
    const auto original = YAML::LoadFile(PAWS_SOURCE_DIR "/config/paws360.yaml");
    document["default_profiles"] = std::vector<std::string>{"apps"};
    document["services"] = original["services"];
    document["project"] = sources.root().string();
    document["services"]["backend"]["publish"]["http"] = backend_port;
    document["services"]["frontend"]["publish"]["http"] = frontend_port;
    if (edit_)
      return edit_(document);
    document["services"].remove("prometheus"); // it asks a listener that this stack has not
  }

  // Whatever its sources are, it does nothing.
  void add_service_with_a_build(const std::string& name) {
    fs::create_directories(sources.root() / name);
    std::ofstream{sources.root() / name / "code"} << "one\n";
    auto document = YAML::LoadFile(s.topology().string());
    auto added = document["services"][name];
    added["build"]["context"] = name;
    added["process"]["command"] = std::vector<std::string>{"sleep", "infinity"};
    added["process"]["build"] = std::vector<std::string>{"test", "-s", "code"};
    std::ofstream{s.topology()} << document << '\n';
  }

  more edit_;
  project sources;
  std::uint16_t backend_port = free_port(), frontend_port = free_port();
  stack s;
};

// Every line that the application itself has written is one JSON object with the fields that people look for.
void writes_json(stack& s, const std::string& service) {
  const auto collected = s.ctl({"logs", service, "--since", "1h", "-n", "10000", "--json"});
  std::istringstream lines{collected.out};
  int count = 0, traced = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto row = json::parse(line);
    const auto own = json::parse(row["text"].get<std::string>(), nullptr, false);
    INFO(line);
    REQUIRE(own.is_object());
    for (const auto* field : {"timestamp", "level", "service", "message"})
      CHECK(own.value(field, json{}).is_string());
    CHECK(own["service"] == service);
    traced += own.contains("trace_id") && own["trace_id"] == "e2e-trace-1" ? 1 : 0;
  }
  CHECK(count > 0);
  CHECK(traced > 0);
}

// Who each service is: its container, or its process.
std::map<std::string, std::string> lives_of(const json& status) {
  std::map<std::string, std::string> out;
  for (const auto& service : status["services"])
    out[service["name"]] = service["container_id"].dump() + " " + service["pid"].dump();
  return out;
}

// One request, from page to database: there it is held up, so that it can be seen by its id.
void one_id_is_found_in_every_layer(applications& with) {
  auto& s = with.s;
  std::string page;
  {
    sql_session holding{s.postgres_route(), in(10s)};
    REQUIRE(holding.run("begin", in(10s)));
    REQUIRE(holding.run("lock table students in access exclusive mode", in(10s)));
    const auto asked = applications::asking(with.of_frontend("/"), "e2e-trace-1");
    CHECK(sql_count_once_any(s.postgres_route(),
                             "select count(*) from pg_stat_activity where application_name = 'e2e-trace-1' and "
                             "wait_event_type = 'Lock' and usename = 'paws360'",
                             in(20s)) != "0");
    REQUIRE(holding.run("rollback", in(10s)));
    page = applications::body_of(*asked);
  }
  CHECK(page.find("e2e-trace-1") != std::string::npos);
  CHECK(applications::got(with.of_frontend("/api/health")).find("UP") != std::string::npos);
  CHECK(applications::got(with.of_backend("/metrics")).find("http_requests_total{") != std::string::npos);
  const auto traced = s.ctl({"logs", "--trace", "e2e-trace-1", "--json"});
  INFO(traced.out);
  CHECK(traced.out.find("\"frontend\"") != std::string::npos);
  CHECK(traced.out.find("\"backend\"") != std::string::npos);
  writes_json(s, "backend");
  writes_json(s, "frontend");
}

// A client that sends again what was not answered, through the death of whoever leads.
void clients_are_served_through(applications& with, const std::string& drill, const std::string& seconds) {
  program client{{"python3", PAWS_SOURCE_DIR "/apps/retrying_client.py", "--backend", with.of_backend(""), "--seconds",
                  seconds, "--workers", "4"},
                 {}};
  const auto drilled = with.s.ctl({"drill", drill, "--fault", "kill", "--format", "json"}, patience);
  INFO(drilled.out << drilled.err);
  CHECK(drilled.exit_code == 0);
  REQUIRE(client.wait(in(patience)));
  INFO(client.out());
  CHECK(client.exit_code() == 0);
}

// An edit reaches the one service that it is of.
void an_edit_replaces_the_backend_alone(applications& with) {
  auto& s = with.s;
  REQUIRE(s.becomes_healthy(120s));
  auto before = lives_of(s.status());
  CHECK(applications::got(with.of_backend("/health/live")).find("\"backend\"") != std::string::npos);
  with.sources.edit("src/main/java/paws360/backend/health/HealthController.java", "\"backend\"", "\"backend, edited\"");
  const auto rebuilt = s.ctl({"rebuild", "backend"}, patience);
  INFO(rebuilt.out << rebuilt.err);
  CHECK(rebuilt.exit_code == 0);
  CHECK(applications::got(with.of_backend("/health/live")).find("\"backend, edited\"") != std::string::npos);
  auto after = lives_of(s.status());
  CHECK(before["backend"] != after["backend"]);
  before.erase("backend");
  after.erase("backend");
  CHECK(before == after);
}

// Two runs beside each other, and beside a stack that is there already: each has applications of its own.
void runs_have_their_own(applications& with) {
  const std::vector<std::string> command{
      "run",
      with.s.topology().string(),
      "--runtime",
      "process",
      "--",
      "sh",
      "-c",
      "echo own $PAWS_ENVIRONMENT $PAWS_SERVICE_BACKEND_HTTP $PAWS_SERVICE_FRONTEND_HTTP >&2; "
      "exec python3 " PAWS_SOURCE_DIR
      "/apps/retrying_client.py --backend http://$PAWS_SERVICE_BACKEND_HTTP --seconds 3 "
      "--workers 1"};
  std::vector<std::unique_ptr<program>> both;
  for (int i = 0; i < 2; ++i)
    both.push_back(with.s.spawn(command));
  std::set<std::string> places{with.s.name(), "127.0.0.1:" + std::to_string(with.backend_port),
                               "127.0.0.1:" + std::to_string(with.frontend_port)};
  for (const auto& each : both) {
    REQUIRE(each->wait(in(patience)));
    INFO(each->out() << each->err());
    CHECK(each->exit_code() == 0);
    const auto report = json::parse(each->out());
    CHECK(report["served"] == report["requests"]);
    CHECK(report["missing_rows"] == 0);
    std::istringstream lines{each->err()};
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("own ")) {
        std::istringstream words{line.substr(4)};
        for (std::string word; words >> word;)
          places.insert(word);
      }
  }
  CHECK(places.size() == 9);
}

// A migration whose leader dies is rolled back, and applied by the one who follows.
void a_migration_outlives_the_leader(applications& with, const container_engine& engine) {
  auto& s = with.s;
  REQUIRE(s.becomes_healthy(120s));
  const auto leader = with_role(s.status(), "patroni", "leader")["name"].get<std::string>();
  const auto file = with.sources.root() / "database/migrations/V900__slow.sql";
  std::ofstream{file} << "CREATE TABLE slow (id int);\nSELECT pg_sleep(60);\n";
  auto running = s.spawn({"ctl", "--env", s.name(), "migrate"});
  CHECK(sql_count_once_any(s.postgres_route(),
                           "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> "
                           "pg_backend_pid()",
                           in(20s)) == "1");
  REQUIRE(engine.run({"kill", container_of(s, leader)}).exit_code == 0);
  REQUIRE(running->wait(in(60s)));
  INFO(running->out() << running->err());
  CHECK(running->exit_code() == 4);
  CHECK(running->err().find("rolled back") != std::string::npos);
  REQUIRE(s.becomes_healthy(120s));
  std::ofstream{file} << "CREATE TABLE slow (id int);\n";
  const auto again = s.ctl({"migrate", "--format", "json"}, 120s);
  INFO(again.out << again.err);
  CHECK(again.exit_code == 0);
  CHECK(again.json()["version"] == 900);
  CHECK(again.json()["members"].size() == 3);
}

} // namespace

TEST_CASE(
    "TC-005, TC-015, TC-033, TC-034, the sample applications are built and ready with the stack, survive its leader's "
    "death, and are rebuilt alone",
    "[alone]") {
  applications with;
  auto& s = with.s;
  const auto started = s.run({"start", s.topology().string()}, first_build + patience);
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  CHECK(started.out.find("build: built backend in ") != std::string::npos);
  const auto health = s.health();
  INFO(health.dump(1));
  CHECK(health["passed"] == 5);
  CHECK(health["total"] == 5);
  const auto status = s.status();
  bool timed = false;
  for (const auto& phase : status["phases"])
    timed = timed || (phase["name"] == "application_startup" && phase["duration_ms"].get<std::int64_t>() > 0);
  CHECK(timed);

  one_id_is_found_in_every_layer(with);
  // As a person sees it.
  if (fs::exists("/usr/bin/chromium")) {
    program browser{{PAWS_SOURCE_DIR "/tools/check-apps", with.of_frontend("/")}, {}};
    REQUIRE(browser.wait(in(patience)));
    INFO(browser.out() << browser.err());
    CHECK(browser.exit_code() == 0);
  }

  clients_are_served_through(with, "patroni-leader", "60");
  REQUIRE(s.becomes_healthy(120s));
  clients_are_served_through(with, "redis-master", "30");
  an_edit_replaces_the_backend_alone(with);

  // Who watches rebuilds by himself.
  {
    auto watching = s.spawn({"start", s.topology().string(), "--watch"});
    REQUIRE(watching->wait_output(
        [](const std::string& out) {
          return out.find("watching the sources of backend, frontend") != std::string::npos;
        },
        in(60s)));
    with.sources.edit("src/main/java/paws360/backend/health/HealthController.java", "\"backend, edited\"",
                      "\"backend, watched\"");
    CHECK(watching->wait_output(
        [](const std::string& out) { return out.find("backend: rebuilt, replaced and ready") != std::string::npos; },
        in(patience)));
    CHECK(applications::got(with.of_backend("/health/live")).find("\"backend, watched\"") != std::string::npos);

    // He goes with a reload: of what is new the sources are watched as well.
    with.add_service_with_a_build("extra");
    const auto reloaded = s.ctl({"reload"}, patience);
    INFO(reloaded.out << reloaded.err);
    CHECK(reloaded.exit_code == 0);
    CHECK(watching->wait_output(
        [](const std::string& out) {
          return out.find("another topology is in force: watching the sources of backend, frontend, extra") !=
                 std::string::npos;
        },
        in(60s)));
    std::ofstream{with.sources.root() / "extra/code"} << "two\n";
    CHECK(watching->wait_output(
        [](const std::string& out) { return out.find("extra: rebuilt, replaced and ready") != std::string::npos; },
        in(patience)));
    watching->signal_group(SIGINT);
    CHECK(watching->wait(in(30s)));
    CHECK(watching->exit_code() == 0);
    CHECK(s.status()["state"] == "ready");
  }

  runs_have_their_own(with);

  // What does not compile replaces nothing.
  with.sources.edit("src/main/java/paws360/backend/health/HealthController.java", "\"backend, watched\"",
                    "no such thing");
  const auto serving = pids_of(s.status());
  const auto failed = s.ctl({"rebuild", "backend"}, patience);
  INFO(failed.err);
  CHECK(failed.exit_code == 2);
  CHECK(failed.err.find("ERR_IMG_004") != std::string::npos);
  CHECK(failed.err.find("HealthController.java") != std::string::npos);
  CHECK(pids_of(s.status()) == serving);
  const auto unknown = s.ctl({"rebuild", "redis1"});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.err.find("one of: backend, frontend") != std::string::npos);
}

// In containers, with Prometheus beside them. Its images carry a tag of their own: those of the project stay what they
// are.
TEST_CASE("docker: TC-005, TC-016, TC-034, images of the applications are built, and serve through failovers, "
          "migrations and a rebuild",
          "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  const auto prometheus_port = free_port();
  const auto image_of = [](const std::string& service) { return "paws360/" + service + ":e2e"; };
  applications with{"docker", [&](YAML::Node& document) {
                      document["default_profiles"] = std::vector<std::string>{"apps", "monitor"};
                      document["control"]["listen"] = "127.0.0.1:" + std::to_string(free_port());
                      document["services"]["prometheus"]["publish"]["http"] = prometheus_port;
                      for (const auto* service : {"backend", "frontend"})
                        document["services"][service]["image"] = image_of(service);
                    }};
  auto& s = with.s;
  const auto started = s.run({"start", s.topology().string()}, first_build + patience);
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  const auto health = s.health();
  INFO(health.dump(1));
  CHECK(health["passed"] == health["total"]);
  for (const auto* service : {"backend", "frontend"}) {
    const auto found = engine.inspect(container_of(s, service));
    CHECK(found["Config"]["Image"] == image_of(service));
    CHECK(found["Config"]["User"] == "2005:2005");
    CHECK(found["HostConfig"]["ReadonlyRootfs"] == true);
  }
  one_id_is_found_in_every_layer(with);
  // Prometheus in its container reaches the engine as well.
  CHECK(prometheus_values(prometheus_port, "up{job=\"engine\"}", 1, in(120s)) == "1.0\n");
  CHECK(prometheus_values(prometheus_port, "up{job=~\"etcd|patroni\"}", 6, in(120s)) == "1.0 1.0 1.0 1.0 1.0 1.0\n");
  CHECK(prometheus_values(prometheus_port, "up{job=~\"backend|frontend\"}", 2, in(120s)) == "1.0 1.0\n");

  clients_are_served_through(with, "patroni-leader", "30");
  a_migration_outlives_the_leader(with, engine);
  an_edit_replaces_the_backend_alone(with);
  REQUIRE(s.ctl({"down", "--volumes", "--confirm-data-loss"}, patience).exit_code == 0);
  for (const auto* service : {"backend", "frontend"})
    CHECK(engine.run({"image", "rm", image_of(service)}).exit_code == 0);
}
