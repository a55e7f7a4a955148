// What a running stack's commands write: JSON lines for programs, a bar and a spinner on a terminal (a pseudo-terminal
// by util-linux' `script`), letters alone where the locale has no more.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <sstream>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// Every line of stdout as JSON; the last one's "result".
json result_of(const outcome& ended) {
  std::istringstream lines{ended.out};
  json last;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    INFO(line);
    last = json::parse(line, nullptr, false);
    REQUIRE(last.is_object());
  }
  INFO(ended.out << ended.err);
  REQUIRE(count > 0);
  REQUIRE(last.contains("result"));
  CHECK(last["result"]["exit_code"] == ended.exit_code);
  return last["result"];
}

/// What a terminal is sent by `paws-engine words`, with these variables over the usual ones.
std::string on_terminal(const stack& s, const std::string& words, const std::map<std::string, std::string>& variables) {
  auto all = s.variables();
  all.erase("PAWS_PROGRESS");
  all.erase("NO_COLOR");
  std::vector<std::string> command{"env", "-u", "NO_COLOR"}; // what the caller of the test has does not count
  for (const auto& [name, value] : variables)
    command.push_back(name + "=" + value);
  for (const auto& word :
       {std::string{"script"}, std::string{"-qec"},
        "stty cols 60; exec " PAWS_BIN_DIR "/paws-engine --env " + s.name() + " " + words, std::string{"/dev/null"}})
    command.push_back(word);
  program shown{std::move(command), all, s.root().string()};
  CHECK(shown.wait(in(60s)));
  return shown.out();
}

bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

bool only_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

} // namespace

TEST_CASE("TC-030: commands speak JSON to programs, and to a terminal what it can show") {
  stack s;
  // Programs: each line, and the end.
  auto started = result_of(s.run({"start", s.topology().string(), "--progress", "json"}));
  CHECK(started["command"] == "start");
  CHECK(started["already"] == false);
  CHECK(started["error"].is_null());
  CHECK(result_of(s.run({"start", s.topology().string(), "--progress", "json", "--format", "json"}))["already"] ==
        true);
  CHECK(result_of(s.ctl({"restart", "etcd3", "--progress", "json"}))["command"] == "restart");
  auto refused = result_of(s.ctl({"restart", "nobody", "--progress", "json"}));
  CHECK(refused["error"]["code"].get<std::string>().starts_with("ERR_"));
  const auto said = s.ctl({"restart", "nobody"}).err;
  INFO(said);
  CHECK(std::regex_match(said,
                         std::regex{R"(\[[A-Z]+\] ERR_[A-Z]+_[0-9]{3}: [^|\n]+ \| [^|\n]+\ntrace id: [0-9a-f]+\n)"}));
  CHECK(refused["exit_code"] == 2);
  CHECK(result_of(s.ctl({"pause", "--progress", "json"}))["command"] == "pause");
  CHECK(result_of(s.ctl({"resume", "--progress", "json"}))["command"] == "resume");

  // A terminal: a bar or a spinner that leaves nothing behind, colours, 60 columns.
  const std::map<std::string, std::string> xterm{{"TERM", "xterm"}, {"LC_ALL", "C.UTF-8"}};
  auto status = on_terminal(s, "ctl status", xterm);
  CHECK(contains(status, "\x1b[32mready\x1b[0m"));
  CHECK_FALSE(contains(status, "RESTARTS"));
  CHECK_FALSE(contains(on_terminal(s, "ctl status", {{"TERM", "xterm"}, {"NO_COLOR", "1"}}), "\x1b["));
  auto restarted = on_terminal(s, "ctl restart redis-sentinel1", xterm);
  CHECK(contains(restarted, "\r\x1b[K⠋ restarting redis-sentinel1"));
  CHECK(contains(restarted, "\r\x1b[Kredis-sentinel1: restarted and ready\r\n"));
  auto dumb = on_terminal(s, "ctl restart redis-sentinel1", {{"TERM", "dumb"}, {"LC_ALL", "C"}});
  CHECK(contains(dumb, "redis-sentinel1: restarted and ready\r\n"));
  CHECK_FALSE(contains(dumb, "\x1b"));

  // Letters alone.
  for (const auto* words : {"ctl status", "ctl health", "ctl resources", "ctl inspect redis", "ctl stop"}) {
    INFO(words);
    CHECK(only_ascii(on_terminal(s, words, {{"TERM", "xterm"}, {"LC_ALL", "C"}})));
  }
  auto again = on_terminal(s, "start " + s.topology().string(), {{"TERM", "xterm"}, {"LC_ALL", "C"}});
  CHECK(only_ascii(again));
  CHECK(contains(again, " to go")); // the journal knows what a start takes
  CHECK(contains(again, "\x1b[K["));
  CHECK(result_of(s.ctl({"down", "--progress", "json"}))["command"] == "down");
  CHECK(result_of(s.ctl({"stop", "--progress", "json"}))["command"] == "stop");
}
