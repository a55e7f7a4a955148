// The support bundle of an environment that nobody serves: what is in it, and that no secret is.
#include "tests/unit/bin/bin_support.hpp"

#include "runtimes/common/launch.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

using nlohmann::json;
using paws::bin::testing::playground;
using paws::bin::testing::run;
namespace fs = std::filesystem;

namespace {

constexpr const char* secret = "s3cret-of-postgres";

// An environment that has run once, and whose member told a secret to its log.
struct world : playground {
  world() {
    write_topology("config/paws360.yaml");
    write(".local/secrets.env", std::string{"POSTGRES_PASSWORD="} + secret + "\nPIN=12\n");
    fs::permissions(root() / ".local/secrets.env", fs::perms{0600});
    log("member.log", std::string{"password is "} + secret + "\n");
  }
  void log(const std::string& name, const std::string& text) const {
    write(".local/env/paws360/members/patroni1/log/" + name, text);
  }
  std::string unpacked(const std::string& file) const {
    return paws::common::run_to_end({"/bin/tar", "--force-local", "-xzOf", root() / file}, {"PATH=/usr/bin:/bin"}, "/",
                                    30'000, 64 << 20)
        .output;
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a bundle has what a report needs, with the secrets masked") {
  const world here;
  here.log("member.log.1", std::string{"older "} + secret + "\n");
  here.write(".local/env/paws360/journal.jsonl", "{\"text\":\"new event\"}\n");
  here.write(".local/env/paws360/journal.jsonl.1", "{\"text\":\"old event\"}\n");
  here.write(".local/env/paws360/engine.log.1", "old engine\n");
  const auto said = run({"ctl", "support-bundle", "a:b.tar.gz", "--format", "json"}); // a colon is no host
  INFO(said.out << said.err);
  REQUIRE(said.code == 0);
  const auto document = json::parse(said.out);
  CHECK(document["size_bytes"].get<std::uint64_t>() == fs::file_size(here.root() / "a:b.tar.gz"));
  CHECK(document["not_masked"] == json::array({"PIN"}));
  const auto all = here.unpacked("a:b.tar.gz");
  CHECK(has(all, "password is ***POSTGRES_PASSWORD***"));
  CHECK(has(all, "older ***POSTGRES_PASSWORD***"));
  CHECK_FALSE(has(all, secret));
  for (const auto* part : {"new event", "old event", "old engine", "no engine runs for paws360", "ERR_CLI_002",
                           "name: paws360", "Linux ", "control groups", "processors"}) {
    INFO(part);
    CHECK(has(all, part));
  }
  CHECK(run({"ctl", "support-bundle", "a:b.tar.gz"}).code == 2); // it is there already
}

TEST_CASE("a topology that cannot be read is packed, and secrets are masked all the same") {
  const world here;
  here.write("config/paws360.yaml", here.read("config/paws360.yaml") + "}}} garbage\nAPI_TOKEN: tok-of-the-shop\n" +
                                        "other: " + secret + "\n");
  here.log("member.log", std::string{"token tok-of-the-shop, password "} + secret + "\n");
  const auto said = run({"ctl", "--env", "paws360", "support-bundle", "b.tar.gz"});
  INFO(said.out << said.err);
  REQUIRE(said.code == 0);
  const auto all = here.unpacked("b.tar.gz");
  CHECK(has(all, "}}} garbage\nAPI_TOKEN: ***API_TOKEN***\nother: ***POSTGRES_PASSWORD***\n"));
  CHECK(has(all, "token ***API_TOKEN***, password ***POSTGRES_PASSWORD***"));
  CHECK_FALSE(has(all, secret));
  CHECK_FALSE(has(all, "tok-of-the-shop"));
}

TEST_CASE("without the secrets there is no bundle") {
  const world here;
  const auto refused = [&] {
    const auto said = run({"ctl", "--env", "paws360", "support-bundle", "c.tar.gz"});
    INFO(said.out << said.err);
    CHECK(said.code == 2);
    CHECK(has(said.err, "ERR_SEC_002"));
    CHECK_FALSE(fs::exists(here.root() / "c.tar.gz"));
  };
  fs::permissions(here.root() / ".local/secrets.env", fs::perms{0644});
  refused(); // not safe to use
  fs::remove(here.root() / ".local/secrets.env");
  refused(); // what has run may have told them
  here.write("config/paws360.yaml", "}}}");
  refused(); // and nobody knows where else they might be
}

TEST_CASE("a bundle that cannot be written leaves nothing behind") {
  const world here;
  const auto said = run({"ctl", "support-bundle", "nowhere/d.tar.gz"});
  CHECK(said.code == 2);
  CHECK(has(said.err, "ERR_SYS_003"));
  CHECK_FALSE(fs::exists(here.root() / "nowhere"));
}
