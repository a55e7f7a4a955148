// `run`: a stack for one command. What the command says and how it ends is what comes out, whatever happens nothing is
// left, and runs do not get in each other's way.
#include "tests/stack/containers.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// For a whole start, two at once on a busy machine included.
constexpr auto patience = 300s;

/// A stack whose runs have a temporary directory of their own below its root.
struct runs_of {
  explicit runs_of(const std::function<void(YAML::Node&)>& edit = {}) : s{edit} {
    fs::create_directory(temporary());
    fs::permissions(temporary(), fs::perms{0755});
    s.set_variable("TMPDIR", temporary().string());
  }

  fs::path temporary() const { return s.root() / "t"; }
  std::vector<std::string> words(std::vector<std::string> command, std::vector<std::string> flags = {}) const {
    std::vector<std::string> out{"run", s.topology().string(), "--runtime", "process"};
    out.insert(out.end(), flags.begin(), flags.end());
    out.emplace_back("--");
    out.insert(out.end(), command.begin(), command.end());
    return out;
  }
  outcome run(std::vector<std::string> command, std::vector<std::string> flags = {}) {
    return s.run(words(std::move(command), std::move(flags)), patience);
  }
  /// A run whose output and errors are one pipe: it has ended when nobody holds that any more. "ended with <code>"
  /// stands in it then.
  std::unique_ptr<program> piped(std::vector<std::string> command) {
    const std::string script = "(\"$@\"; echo ended with $?) 2>&1 | cat", engine = PAWS_BIN_DIR "/paws-engine";
    std::vector<std::string> argv{"sh", "-c", script, "sh", engine};
    for (auto& word : words(std::move(command)))
      argv.push_back(std::move(word));
    return std::make_unique<program>(argv, s.variables(), s.root().string());
  }
  void check_nothing_left() const {
    for (const auto& [pid, command] : s.processes())
      UNSCOPED_INFO("left running: " << pid << " " << command);
    CHECK(s.processes().empty());
    CHECK(fs::is_empty(temporary()));
    CHECK_FALSE(fs::exists(s.root() / ".local"));
    std::ifstream sockets{"/proc/net/unix"};
    for (std::string line; std::getline(sockets, line);)
      CHECK(line.find("@paws-engine run name " + s.name()) == std::string::npos);
  }

  stack s;
};

std::string file_text(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Tells who its parent is, and ends by itself when it is told to.
constexpr const char* waits_for_term = "trap 'echo told; exit 3' TERM; echo here $PPID; tail -f /dev/null & wait";

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// `paws-engine run` itself, not what it has started.
bool is_run(pid_t pid) {
  const auto words = file_text("/proc/" + std::to_string(pid) + "/cmdline");
  return words.starts_with(std::string{PAWS_BIN_DIR "/paws-engine"} + '\0' + "run");
}

} // namespace

TEST_CASE("run: the command uses what it finds in its environment and its output and code are what comes out") {
  runs_of r;
  r.s.set_variable("REDIS_URL", "redis://elsewhere");
  auto ended =
      r.run({"sh", "-c",
             "psql \"$DATABASE_URL\" -Atc 'select 1 + 1' && psql -Atc 'show server_version_num' >/dev/null && "
             "redis-cli -u \"$REDIS_URL\" --no-auth-warning set a b && "
             "etcdctl put /k v && etcdctl get /k --print-value-only && "
             "redis-cli -h ${REDIS_SENTINELS%%:*} -p 26379 -a \"$REDIS_SENTINEL_PASSWORD\" --no-auth-warning "
             "sentinel get-master-addr-by-name \"$REDIS_SENTINEL_MASTER\" | tail -n 1 && "
             "\"$PAWS_ENGINE\" ctl status --format json | grep -o '\"state\":\"ready\"' | tail -n 1 && exit 7"},
            {"--junit", (r.s.root() / "report.xml").string()});
  INFO(ended.out << ended.err);
  REQUIRE(ended.in_time);
  CHECK(ended.exit_code == 7);
  CHECK(ended.out == "2\nOK\nOK\nv\n6379\n\"state\":\"ready\"\n");
  CHECK(ended.output_closed);
  r.check_nothing_left();
  const auto report = file_text(r.s.root() / "report.xml");
  CHECK(says(report, "<testsuite name=\"start\""));
  CHECK(says(report, "name=\"etcd_formation\""));
  CHECK(says(report, "<failure message=\"ended with exit code 7\">"));
  program checked{{"python3", "-c", "import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])",
                   (r.s.root() / "report.xml").string()},
                  {}};
  REQUIRE(checked.wait(in(20s)));
  CHECK(checked.exit_code() == 0);
}

TEST_CASE("run: bytes go through untouched and what is left in the background is ended") {
  runs_of r;
  const auto input = r.s.root() / "input", output = r.s.root() / "output";
  std::string bytes;
  for (int i = 0; i < 200'000; ++i)
    bytes += static_cast<char>(i * 7919 >> 3);
  std::ofstream{input, std::ios::binary} << bytes;
  std::string line = PAWS_BIN_DIR "/paws-engine -q";
  for (const auto& word : r.words({"sh", "-c", "\"cat; setsid tail -f " + input.string() + " >/dev/null 2>&1 &\""}))
    line += " " + word;
  program ran{{"sh", "-c", "cat " + input.string() + " | " + line + " >" + output.string()},
              r.s.variables(),
              r.s.root().string()};
  REQUIRE(ran.wait(in(patience)));
  INFO(ran.err());
  CHECK(ran.exit_code() == 0);
  CHECK(ran.err().empty());
  r.check_nothing_left();
}

TEST_CASE("run: a command that a signal ends gives 128 and its number and a missing one is never waited for") {
  runs_of r;
  auto killed = r.run({"sh", "-c", "kill -KILL $$"});
  INFO(killed.err);
  CHECK(killed.exit_code == 137);
  r.check_nothing_left();
  auto missing = r.run({"no-such-program-anywhere"});
  CHECK(missing.exit_code == 2);
  CHECK(says(missing.err, "ERR_CLI_005"));
  r.check_nothing_left();
  std::ofstream{r.s.root() / "broken"} << "#!/no/such/interpreter\n";
  fs::permissions(r.s.root() / "broken", fs::perms{0755});
  auto broken = r.run({(r.s.root() / "broken").string()});
  CHECK(broken.exit_code == 2);
  CHECK(says(broken.err, "ERR_CLI_005"));
  r.check_nothing_left();
}

TEST_CASE("run: two at the same instant have addresses ports and names of their own") {
  runs_of r;
  const std::string tell =
      "echo $PAWS_ENVIRONMENT $PGPORT $REDIS_PORT $ETCD_ENDPOINTS; psql -Atc 'select 1'; read wait";
  // Each goes on when the other has told where it is.
  const auto pipes = r.s.root() / "go";
  REQUIRE(::mkfifo(pipes.c_str(), 0600) == 0);
  const auto command = r.words({"sh", "-c", "(" + tell + ") <" + pipes.string()});
  auto one = r.s.spawn(command), two = r.s.spawn(command);
  const auto told = [](const std::string& out) { return std::count(out.begin(), out.end(), '\n') >= 1; };
  const int go = ::open(pipes.c_str(), O_RDWR | O_CLOEXEC); // readers do not wait for one another
  REQUIRE(go >= 0);
  const bool both = one->wait_output(told, in(patience)) && two->wait_output(told, in(patience));
  INFO(one->out() << one->err() << two->out() << two->err());
  REQUIRE(both);
  REQUIRE(::write(go, "on\non\n", 6) == 6);
  REQUIRE(one->wait(in(120s)));
  REQUIRE(two->wait(in(120s)));
  ::close(go);
  CHECK(says(one->out(), "\n1\n"));
  CHECK(says(two->out(), "\n1\n"));
  std::istringstream first{one->out()}, second{two->out()};
  for (int i = 0; i < 4; ++i) {
    std::string mine, theirs;
    first >> mine;
    second >> theirs;
    CHECK(mine != theirs);
  }
  r.check_nothing_left();
}

TEST_CASE("run: SIGTERM reaches the command which ends as it likes and everything is taken down") {
  runs_of r;
  auto running = r.s.spawn(r.words({"sh", "-c", waits_for_term}));
  REQUIRE(running->wait_output([](const std::string& out) { return says(out, "here "); }, in(patience)));
  ::kill(running->pid(), SIGTERM);
  REQUIRE(running->wait(in(60s)));
  INFO(running->err());
  CHECK(running->exit_code() == 3);
  CHECK(says(running->out(), "told\n"));
  r.check_nothing_left();
}

TEST_CASE("run: a second SIGTERM kills a command that does not end and one more hurries the teardown") {
  runs_of r;
  const auto running =
      r.piped({"sh", "-c", "trap 'echo told' TERM; echo here $PPID; while :; do tail -f /dev/null & wait; done"});
  REQUIRE(running->wait_output([](const std::string& out) { return says(out, "\nhere "); }, in(patience)));
  const auto& out = running->out();
  const auto pid = std::stoi(out.substr(out.find("\nhere ") + 6));
  ::kill(pid, SIGTERM);
  REQUIRE(running->wait_output([](const std::string& all) { return says(all, "\ntold\n"); }, in(30s)));
  ::kill(pid, SIGTERM);
  REQUIRE(running->wait_output([](const std::string& all) { return says(all, "signal"); }, in(30s)));
  ::kill(pid, SIGTERM);
  REQUIRE(running->wait(in(60s)));
  INFO(running->out());
  CHECK(says(running->out(), "ended with 137\n"));
  r.check_nothing_left();
}

TEST_CASE("run: killed itself it leaves the teardown to somebody who does it") {
  runs_of r;
  // What is told to end begins one more thing, which nobody has told.
  const auto running = r.piped({"sh", "-c",
                                "trap 'tail -f /dev/null & echo told; exit 3' TERM; echo here $PPID; "
                                "tail -f /dev/null & wait"});
  REQUIRE(running->wait_output([](const std::string& out) { return says(out, "\nhere "); }, in(patience)));
  const auto& out = running->out();
  ::kill(std::stoi(out.substr(out.find("\nhere ") + 6)), SIGKILL); // CMD has told its parent's pid
  REQUIRE(running->wait(in(90s)));
  INFO(running->out());
  CHECK(says(running->out(), "told\n"));
  r.check_nothing_left();
}

TEST_CASE("run: an interrupted start never runs the command and leaves nothing") {
  runs_of r;
  const auto running = r.piped({"sh", "-c", "echo this-is-never-said"});
  REQUIRE(running->wait_output([](const std::string& out) { return says(out, "etcd1: "); }, in(120s)));
  for (const auto pid : tree_of(running->pid()))
    if (is_run(pid))
      ::kill(pid, SIGTERM);
  REQUIRE(running->wait(in(60s)));
  INFO(running->out());
  CHECK(says(running->out(), "ended with 130\n"));
  CHECK(says(running->out(), "ERR_CLI_006"));
  CHECK_FALSE(says(running->out(), "this-is-never-said\n"));
  r.check_nothing_left();
}

TEST_CASE("run: a start that fails has the engine's code and says that the command was never run") {
  runs_of r{[](YAML::Node& topology) { topology["clusters"]["etcd"]["extra_args"].push_back("--no-such-flag"); }};
  const auto report = r.s.root() / "report.xml";
  auto failed = r.run({"sh", "-c", "echo never"}, {"--junit", report.string()});
  INFO(failed.out << failed.err);
  CHECK(failed.exit_code == 5);
  CHECK(failed.out.empty());
  CHECK(says(failed.err, "ERR_CLI_006"));
  CHECK(says(failed.err, "was never run"));
  CHECK(says(file_text(report), "<skipped/>"));
  CHECK(says(file_text(report), "<failure message=\"ERR_"));
  r.check_nothing_left();
}

TEST_CASE("run: a killed engine is told of and the command goes on") {
  runs_of r;
  auto ended = r.run(
      {"sh", "-c",
       "kill -KILL $(\"$PAWS_ENGINE\" ctl status --format json | sed 's/.*\"engine\":{\"pid\":\\([0-9]*\\).*/\\1/') "
       "&& psql -Atc 'select 1'"});
  INFO(ended.out << ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(ended.out == "1\n");
  CHECK(says(ended.err, "ERR_ENG_006"));
  r.check_nothing_left();
}

TEST_CASE("run: kept it is left running and what it says ends it") {
  runs_of r;
  auto kept = r.run({"sh", "-c", "echo $PAWS_FILE"}, {"--keep"});
  INFO(kept.err);
  CHECK(kept.exit_code == 0);
  const auto file = kept.out.substr(0, kept.out.find('\n'));
  CHECK(r.s.run({"ctl", "status", "--file", file, "--format", "json"}).json()["state"] == "ready");
  CHECK(says(kept.err, "ctl down --file " + file));
  auto down = r.s.run({"ctl", "down", "--file", file, "--volumes", "--confirm-data-loss"});
  INFO(down.err);
  CHECK(down.exit_code == 0);
  CHECK(r.s.processes().empty());
}

TEST_CASE("run: as process 1 of a container without any privilege it reaps stops in order and leaves", "[alone]") {
  const container_engine docker{"docker"};
  if (!docker.usable())
    return;
  const auto tag = "paws360/ci:e2e-" + std::to_string(::getpid());
  program built{{PAWS_SOURCE_DIR "/images/ci/build", tag},
                {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"PROGRAMS", PAWS_BIN_DIR}, {"DOCKER_BUILDKIT", "0"}}};
  REQUIRE(built.wait(in(500s)));
  INFO(built.out() << built.err());
  REQUIRE(built.exit_code() == 0);
  const auto name = "paws-e2e-run-" + std::to_string(::getpid());
  const std::vector<std::string> head{"run",
                                      "--rm",
                                      "--name",
                                      name,
                                      "--network",
                                      "none",
                                      "--cap-drop",
                                      "ALL",
                                      "--security-opt",
                                      "no-new-privileges",
                                      tag,
                                      "--yes",
                                      "run",
                                      "/opt/paws-engine/config/paws360.yaml",
                                      "--profile",
                                      "infra",
                                      "--runtime",
                                      "process",
                                      "--",
                                      "sh",
                                      "-c"};
  const auto with = [&](const std::string& script) {
    auto words = head;
    words.push_back(script);
    return words;
  };
  // An orphan that ends is reaped, and so is whatever else is a zombie at that instant: `tail --pid`
  // ends when the process is no more, and a zombie still is.
  auto ended = docker.run(with("id -u; psql -Atc 'select 40 + 2'; orphan=$(true >/dev/null & echo $!); "
                               "zombies=$(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | cut -d/ -f3); "
                               "for pid in $orphan $zombies; do "
                               "timeout 60 tail --pid=$pid -f /dev/null || echo $pid is never reaped; done; exit 9"),
                          patience);
  INFO(ended.out << ended.err);
  CHECK(ended.exit_code == 9);
  CHECK(ended.out == "2006\n42\n");

  auto words = with("trap 'echo told; exit 4' TERM; echo here; tail -f /dev/null & wait");
  words.insert(words.begin(), {"docker", "-H", "unix://" + docker.socket()});
  program running{words, {{"PATH", "/usr/local/bin:/usr/bin:/bin"}}, "/"};
  REQUIRE(running.wait_output([](const std::string& out) { return says(out, "here"); }, in(patience)));
  CHECK(docker.run({"stop", "-t", "60", name}, 90s).exit_code == 0);
  REQUIRE(running.wait(in(30s)));
  INFO(running.err());
  CHECK(running.exit_code() == 4);
  CHECK(says(running.out(), "told"));
  docker.run({"image", "rm", tag});
}
