// What a shell is told could come next: values, names of the topology that is meant, and nothing where files are.
#include "tests/unit/bin/bin_support.hpp"

#include "bin/paths.hpp"
#include "store/state_file.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

using paws::bin::testing::playground;
using paws::bin::testing::run;

namespace {

std::string next(std::vector<std::string> words) {
  words.insert(words.begin(), "__complete");
  return run(words).out;
}

/// A topology with one cluster and the service `extra`.
std::string topology_with(const std::string& name, const std::string& extra) {
  return "version: 1\nname: " + name +
         "\nroot: .\nclusters:\n  etcd:\n    kind: etcd\n    members: [etcd1, etcd2, etcd3]\nservices:\n  " + extra +
         ":\n    image: none\n    process: { command: [/bin/true] }\n";
}

} // namespace

TEST_CASE("values of flags and words are offered, however they are written") {
  CHECK(next({"start", "--runtime", ""}) == "auto\ndocker\npodman\nprocess\n");
  CHECK(next({"start", "--runtime", "po"}) == "podman\n");
  CHECK(next({"--format", ""}) == "json\ntext\n");
  CHECK(next({"ctl", "status", "--format", "j"}) == "json\n");
  CHECK(next({"ctl", "status", "--format=j"}) == "--format=json\n");
  CHECK(next({"ctl", "status", "--format", "=", "j"}) == "json\n"); // as bash splits it
  CHECK(next({"ctl", "status", "--format", "="}) == "json\ntext\n");
  CHECK(next({"--progress", "p"}) == "plain\n");
  CHECK(next({"--color", "a"}) == "always\nauto\n");
  CHECK(next({"ctl", "logs", "--level", "w"}) == "warn\nwarning\n");
  CHECK(next({"completion", ""}) == "bash\nfish\nzsh\n");
  CHECK(next({"completion", "bash", ""}).empty());
  CHECK(next({"ctl", "inspect", ""}) == "etcd\npatroni\nredis\n");
  CHECK(next({"--format", "json", "ctl", "insp"}) == "inspect\n");
  CHECK(next({"--no-such=", ""}).find("start\n") != std::string::npos);
  CHECK(next({"ctl", "status", "--no-such=x"}).empty());
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"start", ""}, {"validate", ""}, {"ctl", "status", "--file", ""}, {"ctl", "support-bundle", ""}})
    CHECK(next(words).empty()); // the shell offers files
}

TEST_CASE("names are those of the topology that the command means") {
  const playground here;
  here.write_topology("config/paws360.yaml");
  here.write("other.yaml", topology_with("other", "printer"));
  CHECK(next({"ctl", "restart", "pat"}) == "patroni\npatroni1\npatroni2\npatroni3\n");
  CHECK(next({"ctl", "failover", "--candidate", ""}) == "patroni1\npatroni2\npatroni3\n");
  CHECK(next({"ctl", "reinit", "e"}) == "etcd\netcd1\netcd2\netcd3\n");
  CHECK(next({"secrets", "rotate", "--secret", "REDIS_"}) == "REDIS_PASSWORD\nREDIS_SENTINEL_PASSWORD\n");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"ctl", "restart", "--file", "other.yaml", "pr"},
           {"ctl", "restart", "--file=other.yaml", "pr"},
           {"ctl", "restart", "--file", "=", "other.yaml", "pr"},
           {"ctl", "health", "--service", "pr", "--file", "other.yaml", "--service", "pr"},
           {"start", "other.yaml", "--service", "pr"}})
    CHECK(next(words) == "printer\n");
  CHECK(next({"start", "--service=pat"}).starts_with("--service=patroni\n"));
  CHECK(next({"ctl", "logs", "etcd1", "etcd2", "etcd3"}) == "etcd3\n");          // any number of them
  CHECK(next({"ctl", "health", "--service", "patroni-"}) == "patroni-leader\n"); // routes have health as well
  CHECK(next({"ctl", "stop", "--service", "patroni-"}).empty());
}

TEST_CASE("an environment remembers its topology") {
  const playground here;
  here.write_topology("config/paws360.yaml");
  here.write("other.yaml", topology_with("other", "printer"));
  paws::saved_state state;
  state.environment = "second";
  state.topology_file = (here.root() / "other.yaml").string();
  state.runtime = "process";
  REQUIRE_FALSE(paws::store::save_state(paws::bin::paths_of(here.root().string(), "second").state, state));
  CHECK(next({"ctl", "--env", "second", "restart", "pr"}) == "printer\n");
  CHECK(next({"ctl", "restart", "--env=second", "pr"}) == "printer\n");
  CHECK(next({"ctl", "restart", "pr"}) == "printer\n"); // the only one here
}
