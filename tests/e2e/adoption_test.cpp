// What a command finds when the engine is gone, or is only just there: what runs is reached, whatever was forgotten;
// and commands side by side do not disturb each other.
#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

void add_service(YAML::Node& document, const std::string& name, const std::string& script) {
  auto service = document["services"][name];
  service["image"] = "none";
  for (const auto& word : {std::string{"/bin/sh"}, std::string{"-c"}, script})
    service["process"]["command"].push_back(word);
}

// A base, a top that needs it, a task that is done at once, and an extra that runs with its profile only.
void plain(YAML::Node& document) {
  for (const auto* key : {"clusters", "routing", "routes"})
    document.remove(key);
  add_service(document, "base", "echo base; exec sleep 100000");
  add_service(document, "task", "echo done > task.out");
  document["services"]["task"]["goal"] = "completed";
  add_service(document, "top", "exec sleep 100000");
  document["services"]["top"]["depends_on"]["base"] = "ready";
  document["services"]["top"]["depends_on"]["task"] = "completed";
  add_service(document, "extra", "exec sleep 100000");
  document["services"]["extra"]["profiles"].push_back("more");
}

pid_t engine_of(const json& status) {
  return status["engine"]["pid"].get<pid_t>();
}

void kill_engine(stack& s) {
  ::kill(engine_of(s.status()), SIGKILL);
}

bool there(stack& s, const std::string& member) {
  return fs::exists(s.environment_dir() / "members" / member / "data");
}

// What a person sees and types: waits for `question`, answers `typed`, and says how it ended.
int asked(const stack& s, std::vector<std::string> words, const std::string& question, const std::string& typed) {
  int terminal = -1;
  const auto pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid == 0) {
    for (const auto& [name, value] : s.variables())
      ::setenv(name.c_str(), value.c_str(), 1);
    words.insert(words.begin(), PAWS_BIN_DIR "/paws-engine");
    std::vector<char*> argv;
    for (auto& word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    if (::chdir(s.root().c_str()) == 0)
      ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  std::string seen;
  bool answered = false;
  for (char some[256];;) {
    const auto got = ::read(terminal, some, sizeof some);
    if (got <= 0)
      break; // it has ended
    seen.append(some, static_cast<std::size_t>(got));
    if (!answered && seen.find(question) != std::string::npos) {
      const auto line = typed + "\n";
      answered = ::write(terminal, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    }
  }
  ::close(terminal);
  int status = 0;
  ::waitpid(pid, &status, 0);
  UNSCOPED_INFO(seen);
  return answered && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST_CASE("members of a forgotten topology are not overlooked: the command asks which it was") {
  stack s{plain};
  REQUIRE(s.start().exit_code == 0);
  kill_engine(s);
  fs::resize_file(s.environment_dir() / "state.json", 10);
  for (const auto* verb : {"down", "stop", "status"}) {
    auto asking = s.ctl({verb, "--format", "json"});
    INFO(asking.out << asking.err);
    CHECK(asking.exit_code == 2);
    CHECK(asking.json()["error"]["code"] == "ERR_ENG_008");
    CHECK(asking.err.find("--file TOPOLOGY") != std::string::npos);
  }
  CHECK_FALSE(s.processes().empty());
  auto down = s.ctl({"down", "--file", s.topology().string()});
  INFO(down.out << down.err);
  CHECK(down.exit_code == 0);
  CHECK(s.processes().empty());
  CHECK(s.ctl({"reset", "--confirm-data-loss", "--file", s.topology().string()}).exit_code == 0);
}

TEST_CASE("a profile stays a part of the environment until it is taken down") {
  stack s{plain};
  auto started = s.run({"start", s.topology().string(), "--profile", "more"});
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  auto before = s.status();
  CHECK(service_of(before, "extra")["actual"] == "ready");
  CHECK(service_of(before, "task")["actual"] == "completed");

  // A new engine knows it as well, without being told again.
  kill_engine(s);
  REQUIRE(s.start().exit_code == 0);
  auto after = s.status();
  CHECK(pids_of(after) == pids_of(before));
  CHECK(service_of(after, "task")["actual"] == "completed");
  CHECK(after["unknown_members"].empty());

  // A restart with all that needs it leaves the others alone.
  CHECK(s.ctl({"restart", "base", "--cascade"}).exit_code == 0);
  auto restarted = s.status();
  CHECK(pids_of(restarted)["extra"] == pids_of(before)["extra"]);
  for (const auto* name : {"base", "top"})
    CHECK(pids_of(restarted)[name] != pids_of(before)[name]);

  SECTION("down ends it, and the next start does without") {
    kill_engine(s);
    CHECK(s.ctl({"down"}).exit_code == 0);
    CHECK(s.processes().empty());
    REQUIRE(s.start().exit_code == 0);
    CHECK(service_of(s.status(), "extra").is_null());
  }
  SECTION("with the memory lost it is found as a stranger, and ended with its data") {
    kill_engine(s);
    fs::resize_file(s.environment_dir() / "state.json", 10);
    REQUIRE(s.start().exit_code == 0);
    auto status = s.status();
    CHECK(status["unknown_members"] == json{"extra"});
    CHECK(alive(pids_of(before)["extra"]));
    CHECK(s.ctl({"status"}).out.find("extra runs") != std::string::npos);
    CHECK(s.ctl({"reset", "--confirm-data-loss"}).exit_code == 0);
    CHECK(s.processes().empty());
    CHECK_FALSE(there(s, "extra"));
  }
}

TEST_CASE("verbs without an engine act on what runs, and leave it as it was") {
  stack s{plain};
  REQUIRE(s.start().exit_code == 0);
  auto before = s.status();
  CHECK(before["engine"]["temporary"] == false);
  kill_engine(s);

  for (const auto* verb : {"pause", "resume"})
    CHECK(s.ctl({verb}).exit_code == 2);
  CHECK(s.ctl({"restart", "base"}).exit_code == 2);

  auto seen = s.status();
  CHECK(seen["engine"]["temporary"] == true);
  CHECK(pids_of(seen) == pids_of(before));
  CHECK_FALSE(alive(engine_of(seen)));
  CHECK(s.ctl({"health"}).exit_code == 0);
  for (const auto& [name, pid] : pids_of(before))
    CHECK((pid == 0 || alive(pid)));

  SECTION("what ended meanwhile is shown as ended, and a start brings it back") {
    REQUIRE(kill_tree(pids_of(before)["base"], in(10s)));
    REQUIRE(kill_tree(pids_of(before)["top"], in(10s)));
    CHECK(service_of(s.status(), "top")["actual"] == "exited");
    REQUIRE(s.start().exit_code == 0);
    for (const auto* name : {"base", "top"})
      CHECK(service_of(s.status(), name)["actual"] == "ready");
  }
  SECTION("secrets are not needed to stop what runs") {
    fs::remove(s.root() / ".local/secrets.env");
    auto stopped = s.ctl({"stop"});
    INFO(stopped.out << stopped.err);
    CHECK(stopped.exit_code == 0);
    CHECK(s.processes().empty());
    CHECK(service_of(s.status(), "base")["actual"] == "exited");
    CHECK(s.ctl({"down"}).exit_code == 0);
  }
  SECTION("reset") {
    CHECK(s.ctl({"reset", "--confirm-data-loss"}).exit_code == 0);
    CHECK(s.processes().empty());
    CHECK_FALSE(there(s, "base"));
  }
}

TEST_CASE("a paused environment whose engine died is started") {
  stack s{plain};
  REQUIRE(s.start().exit_code == 0);
  auto before = s.status();
  REQUIRE(s.ctl({"pause"}).exit_code == 0);
  kill_engine(s);
  CHECK(s.status()["state"] == "paused");
  auto started = s.start();
  INFO(started.out << started.err);
  CHECK(started.exit_code == 0);
  CHECK(s.status()["state"] == "ready");
  CHECK(pids_of(s.status()) == pids_of(before));
}

TEST_CASE("data goes after the phrase only, typed at a terminal") {
  stack s{plain};
  REQUIRE(s.start().exit_code == 0);
  const std::vector<std::string> words{"ctl", "--env", s.name(), "down", "--volumes"};
  CHECK(asked(s, words, "to go on:", "yes") == 2);
  CHECK(s.status()["state"] == "ready");
  CHECK(asked(s, words, "to go on:", "yes-delete-all-data") == 0);
  CHECK(s.processes().empty());
  CHECK_FALSE(there(s, "base"));
}

TEST_CASE("commands side by side wait for each other's engines instead of failing") {
  stack s{plain};
  REQUIRE(s.start().exit_code == 0);
  kill_engine(s);
  std::vector<std::unique_ptr<program>> all;
  for (int i = 0; i < 5; ++i)
    all.push_back(s.spawn({"ctl", "--env", s.name(), "status"}));
  for (const auto& each : all) {
    REQUIRE(each->wait(in(120s)));
    INFO(each->out() << each->err());
    CHECK(each->exit_code() == 0);
  }
  // Beside a start, and after a stop.
  for (int round = 0; round < 3; ++round) {
    CHECK(s.ctl({"stop"}).exit_code == 0);
    auto before = s.spawn({"ctl", "--env", s.name(), "status"});
    auto starting = s.spawn({"start", s.topology().string()});
    auto beside = s.spawn({"ctl", "--env", s.name(), "status"});
    for (auto* each : {before.get(), starting.get(), beside.get()}) {
      REQUIRE(each->wait(in(120s)));
      INFO(each->out() << each->err());
      CHECK(each->exit_code() == 0);
    }
    auto status = s.status();
    CHECK(status["state"] == "ready");
    CHECK(status["engine"]["temporary"] == false);
  }
}

TEST_CASE("Ctrl-C of a start that completes something leaves what ran before") {
  stack s{[](YAML::Node& document) {
    plain(document);
    add_service(document, "slow", "read x < gate"); // done when somebody opens the gate
    document["services"]["slow"]["goal"] = "completed";
    document["services"]["slow"]["profiles"].push_back("slow");
    document["secrets"]["user_provided"].push_back("SOMEBODYS_KEY");
    document["services"]["extra"]["secrets"]["KEY"] = "SOMEBODYS_KEY";
  }};
  REQUIRE(::mkfifo((s.root() / "gate").c_str(), 0666) == 0);
  REQUIRE(s.start().exit_code == 0);
  auto before = s.status();
  const std::vector<std::string> words{"start", s.topology().string(), "--profile", "slow", "--progress", "json"};
  auto starting = s.spawn(words);
  auto runs = [](const std::string& out) {
    return out.find("\"subject\":\"slow\",\"text\":\"created -> starting\"") != std::string::npos;
  };
  REQUIRE(starting->wait_output(runs, in(60s)));

  // The engine is not taken away from it, and for another profile only by one that can serve that.
  const std::vector<std::string> wider{"start", s.topology().string(), "--profile", "more", "--format", "json"};
  const auto engine = engine_of(s.status());
  auto refused = s.run(wider);
  CHECK(refused.exit_code == 2);
  CHECK(refused.json()["error"]["code"] == "ERR_ENG_004");
  CHECK(engine_of(s.status()) == engine);

  // Who joins it leaves it alone, and --no-wait does not wait.
  auto joined = s.spawn(words);
  auto no_wait = s.run({"start", s.topology().string(), "--no-wait"}, 20s);
  CHECK(no_wait.in_time);
  CHECK(no_wait.exit_code == 0);
  joined->signal_group(SIGINT);
  REQUIRE(joined->wait(in(30s)));
  CHECK(joined->exit_code() == 130);
  CHECK(s.status()["in_progress"] == "start");

  starting->signal_group(SIGINT);
  REQUIRE(starting->wait(in(15s))); // the engine stays: nobody waits for its end
  INFO(starting->out() << starting->err());
  CHECK(starting->exit_code() == 130);
  auto after = s.status();
  CHECK(after["state"] == "ready");
  CHECK(service_of(after, "slow")["pid"].is_null());
  refused = s.run(wider);
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("Missing secret: SOMEBODYS_KEY") != std::string::npos);
  CHECK(engine_of(s.status()) == engine);
  for (const auto* name : {"base", "top"})
    CHECK(pids_of(after)[name] == pids_of(before)[name]);
}
