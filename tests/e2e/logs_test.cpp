// TC-026: one view of all logs, searched and followed, across engines.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <set>
#include <sstream>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::vector<json> objects(const std::string& text) {
  std::vector<json> out;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (auto said = json::parse(line, nullptr, false); said.is_object())
      out.push_back(said);
  return out;
}

// 20,000 lines a second, odd numbers on stdout, even ones on stderr: more than one engine can take in while it dies.
// In one line, as a topology wants its words.
constexpr const char* talk =
    R"(exec("import select, sys\nfor block in range(300):\n both = ['', '']\n)"
    R"( for number in range(block * 1000 + 1, block * 1000 + 1001):\n)"
    R"(  both[number % 2] += f'line {number} ' + 'x' * 80 + chr(10)\n)"
    R"( for text, stream in zip(both, (sys.stderr, sys.stdout)):\n  stream.write(text)\n  stream.flush()\n)"
    R"py( select.select([], [], [], 0.05)"))py";

// Only one service, which says 300,000 lines when it is told to.
void only_a_talker(YAML::Node& document) {
  for (const auto* key : {"clusters", "routing", "routes"})
    document.remove(key);
  auto talker = document["services"]["talker"];
  talker["image"] = "none";
  for (const auto* word :
       {"/bin/sh", "-c", "rm -f go; mkfifo go; echo line 0; read x < go; /usr/bin/python3 -c \"$0\"; read x < go",
        talk})
    talker["process"]["command"].push_back(word);
}

} // namespace

TEST_CASE("TC-026, TC-033: the logs of all members in one view, whatever each daemon writes") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto all = s.ctl({"logs", "--since", "1h", "--json"});
  CHECK(all.exit_code == 0);
  auto lines = objects(all.out);
  const std::set<std::string> levels{"trace", "debug", "info", "warning", "error", "fatal"};
  std::set<std::string> services;
  std::int64_t last = 0;
  for (const auto& line : lines) {
    services.insert(line["service"]);
    CHECK(levels.contains(line["level"].get<std::string>()));
    CHECK(line["message"].is_string());
    CHECK(line["at"].get<std::string>().ends_with("Z"));
    CHECK(line["at_us"].get<std::int64_t>() >= last);
    last = line["at_us"].get<std::int64_t>();
  }
  CHECK(services.size() == 13);
  for (const auto& [words, service] : std::map<std::string, std::string>{{"the leader with the lock", "patroni"},
                                                                         {"Ready to accept connections", "redis"},
                                                                         {"became leader", "etcd"}}) {
    INFO(words);
    auto found = objects(s.ctl({"logs", "--since", "1h", "--text", words, "--json"}).out);
    REQUIRE_FALSE(found.empty());
    CHECK(found.front()["service"].get<std::string>().starts_with(service));
  }
  for (const auto& line : objects(s.ctl({"logs", "patroni", "--level", "warning", "--json"}).out)) {
    CHECK(line["service"].get<std::string>().starts_with("patroni"));
    CHECK(line["level"] != "info");
  }
  CHECK_FALSE(objects(s.ctl({"logs", "--grep", "lock (owner|acquired)|Lock owner", "--json"}).out).empty());
  CHECK(s.ctl({"logs", "--grep", "("}).exit_code == 2);
  CHECK(s.ctl({"logs", "nobody"}).exit_code == 2);
  CHECK(s.ctl({"logs", "patroni-leader"}).exit_code == 2); // a route
  // With no engine one comes for the question, and what was said last was kept although the members are gone.
  CHECK(s.ctl({"down"}).exit_code == 0);
  auto last_words =
      objects(s.ctl({"logs", "patroni", "--since", "1h", "--text", "database system is shut down", "--json"}).out);
  CHECK(last_words.size() >= 3);
  auto after = s.ctl({"logs", "-n", "5"});
  INFO(after.out << after.err);
  CHECK(after.exit_code == 0);
  CHECK_FALSE(after.out.empty());
}

TEST_CASE("followed logs lose and double no line while engines die and come back") {
  stack s{only_a_talker};
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  auto following = s.spawn({"ctl", "--env", s.name(), "logs", "talker", "-f", "--json"});
  REQUIRE(
      following->wait_output([](const std::string& out) { return out.find("line 0") != std::string::npos; }, in(30s)));
  auto go = s.root() / "go";
  int gate = ::open(go.c_str(), O_RDWR | O_CLOEXEC); // for reading too: opening waits for nobody then
  REQUIRE(::write(gate, "go\n", 3) == 3);
  const auto has = [](std::size_t bytes) { return [bytes](const std::string& out) { return out.size() > bytes; }; };
  REQUIRE(following->wait_output(has(1'000'000), in(60s)));
  for (std::size_t round = 1; round <= 3; ++round) { // while lines come
    ::kill(s.status()["engine"]["pid"].get<pid_t>(), SIGKILL);
    REQUIRE(s.start().exit_code == 0);
    REQUIRE(following->wait_output(has(10'000'000 * (2 * round)), in(60s)));
  }
  REQUIRE(following->wait_output(
      [](const std::string& out) {
        const auto near_end = out.size() - std::min<std::size_t>(out.size(), 1'000'000);
        return out.find("\"line 299999 ", near_end) != std::string::npos &&
               out.find("\"line 300000 ", near_end) != std::string::npos;
      },
      in(120s)));
  ::kill(following->pid(), SIGINT);
  CHECK(following->wait(in(20s)));
  CHECK(following->exit_code() == 0);
  std::size_t said = 0;
  std::map<std::string, std::size_t> next{{"stdout", 1}, {"stderr", 2}};
  for (const auto& line : objects(following->out())) {
    const auto number = std::stoul(line["text"].get<std::string>().substr(5));
    if (number == 0)
      continue;
    auto& expected = next.at(line["stream"]);
    REQUIRE(number == expected);
    expected += 2;
    ++said;
  }
  CHECK(said == 300'000);
  ::close(gate);
}
