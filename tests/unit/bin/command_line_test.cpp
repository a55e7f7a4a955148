// The command line from outside: what is understood, what is refused, in which words and with which exit code. No
// engine runs here.
#include "tests/unit/bin/bin_support.hpp"

#include "bin/commands/command.hpp"
#include "bin/engine_entry.hpp"
#include "bin/target.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

using namespace paws::bin;
using nlohmann::json;
using paws::bin::testing::playground;
using paws::bin::testing::run;
namespace fs = std::filesystem;

TEST_CASE("every command of the table explains itself with an example that names it") {
  for (const auto& row : command_table()) {
    if (row.name == "engine") // for ourselves
      continue;
    std::vector<std::string> words{std::string{row.name}, "--help"};
    if (row.below_ctl)
      words.insert(words.begin(), "ctl");
    const auto said = run(words);
    INFO(row.name << "\n" << said.out);
    CHECK(said.code == 0);
    CHECK(said.out.find("Example") != std::string::npos);
    CHECK(said.out.find("  paws-engine " + std::string{row.below_ctl ? "ctl " : ""} + std::string{row.name}) !=
          std::string::npos);
    CHECK(said.err.empty());
  }
  const auto top = run({"--help"});
  CHECK(top.code == 0);
  CHECK(top.out.find("Examples:") != std::string::npos);
  CHECK(top.out.find("  engine ") == std::string::npos); // hidden
}

TEST_CASE("what is not understood exits with 2 and says what was wrong and what helps") {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "[CLI] ERR_CLI_001: A subcommand is required | run: paws-engine --help\n"},
      {{"strat"}, "[CLI] ERR_CLI_001: paws-engine does not know `strat` | run: paws-engine --help\n"},
      {{"ctl"}, "[CLI] ERR_CLI_001: A subcommand is required | run: paws-engine ctl --help\n"},
      {{"ctl", "statsu"}, "[CLI] ERR_CLI_001: paws-engine ctl does not know `statsu` | run: paws-engine ctl --help\n"},
      {{"ctl", "status", "--nonsense"},
       "[CLI] ERR_CLI_001: paws-engine ctl status does not know `--nonsense` | run: paws-engine ctl status --help\n"},
      {{"version", "\x1b[2J"},
       "[CLI] ERR_CLI_001: paws-engine version does not know `?[2J` | run: paws-engine "
       "version --help\n"},
  };
  for (const auto& [words, expected] : cases) {
    const auto said = run(words);
    CHECK(said.code == 2);
    CHECK(said.err == expected);
    CHECK(said.out.empty());
  }
  for (const auto& words : std::vector<std::vector<std::string>>{{"--format", "xml", "version"},
                                                                 {"--progress", "loud", "version"},
                                                                 {"--color", "green", "version"},
                                                                 {"start", "--wait-timeout", "0"},
                                                                 {"start", "--wait-timeout", "soon"},
                                                                 {"start", "--wait-timeout", "99999999999999999999"},
                                                                 {"start", "--runtime", "vm"},
                                                                 {"ctl", "events", "--since", "-1"},
                                                                 {"ctl", "health", "--timeout", "-5"}}) {
    const auto said = run(words);
    INFO(words.back() << said.err);
    CHECK(said.code == 2);
    CHECK(said.err.find("ERR_CLI_001") != std::string::npos);
    CHECK(std::count(said.err.begin(), said.err.end(), '\n') == 1);
  }
}

TEST_CASE("nothing is made anew without the phrase and a failover wants its words") {
  for (const auto& [words, part] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"ctl", "reinit", "etcd3"}, "yes-delete-all-data"},
           {{"ctl", "reinit"}, "TARGET"},
           {{"ctl", "failover", "--candidate"}, "--candidate"},
           {{"ctl", "switchover", "--force"}, "--force"},
           {{"ctl", "cleanup", "--etcd", "--dry-run"}, "--dry-run"}}) {
    const auto said = run(words);
    INFO(words.back() << said.err);
    CHECK(said.code == 2);
    CHECK(said.err.find("ERR_CLI_001") != std::string::npos);
    CHECK(said.err.find(part) != std::string::npos);
  }
}

TEST_CASE("verbs of later versions are refused as such") {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"ctl", "verify"}, {"ctl", "restore", "all"}, {"ctl", "backup"}}) {
    const auto said = run(words);
    INFO(said.err);
    CHECK(said.code == 2);
    CHECK(said.err.find("ERR_CLI_004") != std::string::npos);
    CHECK(said.err.find("not built into this version") != std::string::npos);
  }
}

TEST_CASE("with --format json an error is a document on stdout as well") {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--format", "json", "strat"},
                                                                 {"ctl", "--format=json"},
                                                                 {"ctl", "drill", "--format", "json"},
                                                                 {"validate", "no-such.yaml", "--format", "json"}}) {
    const auto said = run(words);
    INFO(said.out << said.err);
    CHECK(said.code == 2);
    const auto document = json::parse(said.out, nullptr, false);
    REQUIRE(document.is_object());
    const auto& error = document["error"];
    CHECK(error["code"].get<std::string>().starts_with("ERR_"));
    for (const auto* field : {"component", "message", "remedy"})
      CHECK_FALSE(error[field].get<std::string>().empty());
    CHECK(said.err.find(error["code"].get<std::string>()) != std::string::npos);
  }
}

TEST_CASE("global flags stand anywhere, and have variables that they overrule") {
  CHECK(run({"--format", "json", "version"}).out == "{\"version\":\"" PAWS_VERSION "\"}\n");
  CHECK(run({"version", "--format", "json"}).out == "{\"version\":\"" PAWS_VERSION "\"}\n");
  CHECK(run({"version"}).out == "paws-engine " PAWS_VERSION "\n");
  ::setenv("PAWS_FORMAT", "json", 1);
  CHECK(json::parse(run({"version"}).out).is_object());
  CHECK(run({"version", "--format", "text"}).out == "paws-engine " PAWS_VERSION "\n");
  CHECK(json::parse(run({"strat"}).out)["error"]["code"] == "ERR_CLI_001");
  ::setenv("PAWS_FORMAT", "xml", 1);
  CHECK(run({"version"}).code == 2);
  ::unsetenv("PAWS_FORMAT");
}

TEST_CASE("the engine is given what start was given") {
  std::vector<engine_options> seen;
  engine_entry = [&seen](const engine_options& options) {
    seen.push_back(options);
    return 7;
  };
  const auto said = run({"engine", "--file", "/x/topology.yaml", "--runtime", "process", "--env", "other", "--profile",
                         "a", "--profile", "b", "--profiles-given", "--adopt-only", "--report-fd", "3", "--log-level",
                         "debug", "--log-format", "json"});
  engine_entry = nullptr;
  CHECK(said.code == 7);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].topology_file == "/x/topology.yaml");
  CHECK(seen[0].runtime == "process");
  CHECK(seen[0].environment == "other");
  CHECK(seen[0].profiles == std::vector<std::string>{"a", "b"});
  CHECK(seen[0].profiles_given);
  CHECK_FALSE(seen[0].starts);
  CHECK(seen[0].report_fd == 3);
  CHECK(seen[0].log_level == "debug");
  CHECK(seen[0].log_format == "json");
}

TEST_CASE("validate says what is wrong, each at its place, and counts what is right") {
  playground here;
  here.write_topology("config/paws360.yaml");
  auto said = run({"validate"});
  CHECK(said.code == 0);
  CHECK(said.out.find("valid") != std::string::npos);
  CHECK(run({"validate", "-q"}).out.empty());
  CHECK(json::parse(run({"validate", "--format", "json"}).out)["valid"] == true);

  here.write("bad.yaml", "name: Bad Name\nversion: 1\nroot: .\nno_such_key: 1\n");
  said = run({"validate", "bad.yaml"});
  INFO(said.err);
  CHECK(said.code == 2);
  CHECK(said.err.find("bad.yaml:1:") != std::string::npos);
  CHECK(said.err.find("bad.yaml:4:") != std::string::npos);
  CHECK(said.err.ends_with("[TOPOLOGY] ERR_TOPO_001: 2 problems | correct the file; `paws-engine validate bad.yaml` "
                           "checks it again\n"));
  const auto document = json::parse(run({"validate", "bad.yaml", "--format", "json"}).out);
  CHECK(document["valid"] == false);
  REQUIRE(document["problems"].size() >= 2);
  CHECK(document["problems"][0]["line"] == 1);
  CHECK(document["error"]["code"] == "ERR_TOPO_001");
  // what would start it refuses it in the same words, before anything is made
  CHECK(run({"start", "bad.yaml"}).err == said.err);
  CHECK_FALSE(fs::exists(".local"));
  CHECK(json::parse(run({"validate", "--schema"}).out)["title"] == "paws-engine topology");
}

TEST_CASE("where the locale has letters alone, nothing else is written") {
  playground here;
  here.write_topology("config/paws360.yaml");
  here.write("bad.yaml", "name: " + std::string(200, 'x') + "\nversion: 1\nroot: .\nno_such_key: 1\n");
  here.write(".local/secrets.env", "# nothing\n");
  fs::permissions(".local/secrets.env", fs::perms{0600});
  ::setenv("LC_ALL", "C", 1);
  for (const auto& words : std::vector<std::vector<std::string>>{{"validate"},
                                                                 {"validate", "bad.yaml"},
                                                                 {"start", "bad.yaml"},
                                                                 {"secrets", "validate"},
                                                                 {"plan"},
                                                                 {"doctor"}}) {
    const auto said = run(words);
    INFO(said.out << said.err);
    CHECK(std::all_of(said.out.begin(), said.out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    CHECK(std::all_of(said.err.begin(), said.err.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  }
  ::unsetenv("LC_ALL");
}

TEST_CASE("plan and doctor fit into 60 columns") {
  playground here;
  here.write_topology("config/paws360.yaml");
  ::setenv("COLUMNS", "40", 1); // less than that is not laid out for
  const auto planned = run({"plan"}), examined = run({"doctor"});
  ::unsetenv("COLUMNS");
  INFO(planned.out << examined.out);
  CHECK(testing::widest_line(planned.out) <= 60);
  CHECK(testing::widest_line(examined.out) <= 60);
}

TEST_CASE("plan shows layers and makes nothing") {
  playground here;
  here.write_topology("config/paws360.yaml");
  const auto said = run({"plan"});
  INFO(said.out);
  CHECK(said.code == 0);
  CHECK(said.out.find("etcd1 etcd2 etcd3") != std::string::npos);
  CHECK(said.out.find("after etcd is a quorum") != std::string::npos);
  CHECK(testing::widest_line(said.out) <= 80);
  const auto document = json::parse(run({"plan", "--format", "json"}).out);
  CHECK(document["members"] == 13);
  REQUIRE(document["layers"].size() >= 2);
  CHECK_FALSE(fs::exists(".local"));
}

TEST_CASE("secrets: generated once, valid afterwards, never shown") {
  playground here;
  here.write_topology("config/paws360.yaml");
  auto missing = run({"secrets", "validate"});
  CHECK(missing.code == 2);
  auto made = run({"secrets", "generate", "--format", "json"});
  INFO(made.out << made.err);
  REQUIRE(made.code == 0);
  CHECK(json::parse(made.out)["generated"].size() == 12);
  const auto before = here.read(".local/secrets.env");
  CHECK(run({"secrets", "generate"}).out.find("nothing was changed") != std::string::npos);
  CHECK(here.read(".local/secrets.env") == before);
  CHECK(run({"secrets", "validate"}).code == 0);
  const auto at = before.find("POSTGRES_PASSWORD=") + 18;
  CHECK(made.out.find(before.substr(at, 20)) == std::string::npos);
  fs::permissions(".local/secrets.env", fs::perms{0644});
  const auto refused = run({"secrets", "validate"});
  CHECK(refused.code == 2);
  CHECK(refused.err.find("chmod 600") != std::string::npos);
}

TEST_CASE("the shell is told what could come next") {
  const auto next = [](std::vector<std::string> words) {
    words.insert(words.begin(), "__complete");
    return run(words).out;
  };
  CHECK(next({"comp"}) == "completion\n");
  CHECK(next({"ctl", "res"}) == "reset\nresources\nrestart\nresume\nresume-after-sleep\n");
  CHECK(next({"ctl", "logs", "--fo"}) == "--follow\n--format\n");
  CHECK(next({"ctl", "inspect", "p"}) == "patroni\n");
  CHECK(next({"ctl", "restart", "--file", PAWS_SOURCE_DIR "/config/paws360.yaml", "etcd2"}) == "etcd2\n");
  CHECK(next({"engi"}).empty()); // hidden
  for (const auto* shell : {"bash", "zsh", "fish"})
    CHECK(run({"completion", shell}).out.find("__complete") != std::string::npos);
}
