// `run` without an engine: what is refused, what a run claims, what its command finds in its environment.
#include "bin/commands/run_shape.hpp"
#include "bin/run_claims.hpp"
#include "bin/run_place.hpp"
#include "bin/run_variables.hpp"
#include "tests/unit/bin/bin_support.hpp"
#include "topology/loader.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace paws::bin;
using paws::bin::testing::playground;
namespace fs = std::filesystem;
namespace topology = paws::topology;
namespace logic = paws::logic;

namespace {

/// TMPDIR, for as long as this lives.
class temporary {
public:
  explicit temporary(const fs::path& at) { ::setenv("TMPDIR", at.c_str(), 1); } // NOLINT(concurrency-mt-unsafe)
  temporary(const temporary&) = delete;
  temporary& operator=(const temporary&) = delete;
  ~temporary() { ::unsetenv("TMPDIR"); } // NOLINT(concurrency-mt-unsafe)
};

topology::document default_document() {
  return topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml").doc;
}

logic::environment_view view_of_members() {
  const auto with = [](const char* name, const char* address, const char* port, std::uint16_t number) {
    logic::service_view out;
    out.name = name;
    out.address = address;
    out.ports[port] = number;
    return out;
  };
  logic::environment_view out;
  out.services = {with("etcd1", "127.70.0.11", "client", 2379), with("etcd2", "127.70.0.12", "client", 2379),
                  with("etcd3", "127.70.0.13", "client", 2379),
                  with("redis-sentinel1", "127.70.0.41", "sentinel", 26379),
                  with("redis-sentinel2", "127.70.0.42", "sentinel", 26379)};
  return out;
}

const std::map<std::string, std::string> secrets{{"POSTGRES_APP_PASSWORD", "a/b c"},
                                                 {"REDIS_PASSWORD", "red"},
                                                 {"REDIS_SENTINEL_PASSWORD", "sen"},
                                                 {"ETCD_ROOT_PASSWORD", "root-word"}};

} // namespace

TEST_CASE("a run is refused before anything is made when it has no command or one that cannot be run") {
  const playground here;
  here.write_topology("config/paws360.yaml");
  here.write("no-program", "");
  fs::create_directory(here.root() / "tmp");
  const temporary at{here.root() / "tmp"};
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"run"}, "ERR_CLI_001"},
      {{"run", "--"}, "ERR_CLI_001"},
      {{"run", "true"}, "ERR_CLI_001"},
      {{"run", "--", "no-such-program-anywhere"}, "ERR_CLI_005"},
      {{"run", "--", "./no-program"}, "ERR_CLI_005"},
      {{"run", "--junit", "no/such/place.xml", "--", "true"}, "ERR_SYS_003"},
      {{"run", "--junit", ".", "--", "true"}, "ERR_SYS_003"},
      {{"run", "no-such.yaml", "--", "true"}, "ERR_TOPO_002"},
      {{"run", "--no-such-flag", "--", "true"}, "ERR_CLI_001"},
      {{"--env", "UPPER", "run", "--", "true"}, "ERR_CLI_001"},
      {{"ctl", "logs", "run", "--", "x"}, "ERR_CLI_001"},
  };
  for (const auto& [words, code] : cases) {
    const auto said = testing::run(words);
    INFO(said.err);
    CHECK(said.code == 2);
    CHECK(said.err.find(code) != std::string::npos);
    CHECK(said.out.empty());
  }
  CHECK(fs::is_empty(here.root() / "tmp"));
  CHECK(testing::run({"__complete", "run", "--", "st"}).out.empty());
  CHECK(testing::run({"__complete", "run", "--jun"}).out == "--junit\n");
}

TEST_CASE("what one run has claimed no other gets until it lets go") {
  std::string first, second;
  {
    claims own, other;
    const auto one = claim_subnet(own, {}, 7), two = claim_subnet(other, {}, 7);
    REQUIRE(std::holds_alternative<std::string>(one));
    REQUIRE(std::holds_alternative<std::string>(two));
    first = std::get<std::string>(one);
    second = std::get<std::string>(two);
    CHECK(first != second);
    const port_range few{30'000, 30'999};
    const auto mine = claim_ports(own, {}, few, 3, 5), theirs = claim_ports(other, {}, few, 3, 5);
    REQUIRE(std::holds_alternative<std::vector<std::uint16_t>>(mine));
    REQUIRE(std::holds_alternative<std::vector<std::uint16_t>>(theirs));
    std::set<std::uint16_t> all(std::get<0>(mine).begin(), std::get<0>(mine).end());
    all.insert(std::get<0>(theirs).begin(), std::get<0>(theirs).end());
    CHECK(all.size() == 6);
    CHECK(own.take("name a-run-of-this-test"));
    CHECK_FALSE(other.take("name a-run-of-this-test"));
  }
  claims after;
  CHECK(after.take("subnet " + first));
  CHECK(after.take("subnet " + second));
  CHECK(after.take("name a-run-of-this-test"));
}

TEST_CASE("addresses and ports that somebody listens on are nobody's to claim") {
  claims own;
  const auto wanted = run_subnet(300);
  CHECK(wanted == "127.65.44.0/24");
  CHECK(run_subnet(run_subnets - 1) == "127.127.255.0/24");
  CHECK(run_subnet(run_subnets) == "127.64.0.0/24");
  const std::vector<listener> all{{"127.65.44.9", 5432, 0, 0, "", ""},
                                  {"127.0.0.1", 20'000, 0, 0, "", ""},
                                  {"0.0.0.0", 20'001, 0, 0, "", ""},
                                  {"[::]", 20'002, 0, 0, "", ""},
                                  {"127.65.44.9", 20'003, 0, 0, "", ""}};
  CHECK(is_used(wanted, all));
  CHECK_FALSE(is_used("127.65.4.0/24", all));
  const auto got = claim_subnet(own, all, 300);
  REQUIRE(std::holds_alternative<std::string>(got));
  CHECK(std::get<std::string>(got) != wanted);
  const auto ports = claim_ports(own, all, {20'000, 20'003}, 1, 0);
  REQUIRE(std::holds_alternative<std::vector<std::uint16_t>>(ports));
  CHECK(std::get<0>(ports) == std::vector<std::uint16_t>{20'003});
  const auto none = claim_ports(own, all, {20'000, 20'003}, 1, 0);
  REQUIRE(std::holds_alternative<topology::failure>(none));
  CHECK(std::get<topology::failure>(none).code == "ERR_NET_001");
}

TEST_CASE("ports lie below those of outgoing connections and names are no longer than names may be") {
  CHECK(run_ports(32'768).last == 32'767);
  CHECK(run_ports(20'000).last == 19'999);
  CHECK(run_ports(1'024).last == 32'767);
  CHECK(run_name("paws360", "abc123") == "paws360-abc123");
  CHECK(run_name(std::string(31, 'a'), "abc123") == std::string(24, 'a') + "-abc123");
  std::set<std::string> all;
  for (int i = 0; i < 50; ++i)
    all.insert(random_suffix());
  CHECK(all.size() == 50);
}

TEST_CASE("the room of a run has secrets of its own and takes over the user's as they are") {
  const playground here;
  here.write_topology("config/paws360.yaml");
  fs::create_directory(here.root() / "tmp");
  const temporary at{here.root() / "tmp"};
  const auto doc = topology::load_topology("config/paws360.yaml").doc;

  SECTION("without a file of theirs all are made and none is left in the project") {
    claims own;
    const auto made = make_room(doc, own);
    REQUIRE(std::holds_alternative<run_room>(made));
    const auto& room = std::get<run_room>(made);
    CHECK(room.secrets.size() == doc.secrets.generate.size());
    CHECK_FALSE(fs::exists(here.root() / ".local"));
    CHECK(room.document.root == room.directory);
    CHECK(room.document.name.starts_with("paws360-"));
    CHECK(room.document.routes[0].publish != doc.routes[0].publish);
    CHECK((fs::status(room.topology).permissions() & fs::perms::all) == fs::perms{0600});
    CHECK((fs::status(room.directory + "/.local/secrets.env").permissions() & fs::perms::all) == fs::perms{0600});
  }
  SECTION("with a file of theirs its values are used and the file keeps its bytes") {
    const std::string theirs = "# mine\nREDIS_PASSWORD=a=b c\nGITHUB_TOKEN=t\n";
    here.write(".local/secrets.env", theirs);
    fs::permissions(".local/secrets.env", fs::perms{0600});
    claims own;
    const auto made = make_room(doc, own);
    REQUIRE(std::holds_alternative<run_room>(made));
    const auto& room = std::get<run_room>(made);
    CHECK(room.secrets.at("REDIS_PASSWORD") == "a=b c");
    CHECK(room.secrets.at("GITHUB_TOKEN") == "t");
    CHECK_FALSE(room.secrets.at("POSTGRES_PASSWORD").empty());
    CHECK(here.read(".local/secrets.env") == theirs);
  }
  SECTION("a file of theirs that others may read is refused and nothing is left") {
    here.write(".local/secrets.env", "REDIS_PASSWORD=x\n");
    fs::permissions(".local/secrets.env", fs::perms{0644});
    claims own;
    const auto made = make_room(doc, own);
    REQUIRE(std::holds_alternative<topology::failure>(made));
    CHECK(std::get<topology::failure>(made).code == "ERR_SEC_002");
    CHECK(fs::is_empty(here.root() / "tmp"));
  }
}

TEST_CASE("a command finds addresses and credentials under the names that clients read") {
  auto doc = default_document();
  doc.routes[0].publish = 15'001;
  doc.routes[1].publish = 15'002;
  auto seen = view_of_members();
  seen.services.emplace_back().name = "backend"; // the frontend is of no profile of this run
  const auto found = run_variables(doc, seen, secrets, {"/r/t.yaml", "/bin/pe", "/s.sock", "/r/ca.crt"});
  CHECK(found.at("DATABASE_URL") ==
        "postgresql://paws360:a%2Fb%20c@127.0.0.1:15001/paws360?sslmode=verify-full&sslrootcert=/r/ca.crt");
  CHECK(found.at("PGHOST") == "127.0.0.1");
  CHECK(found.at("PGPORT") == "15001");
  CHECK(found.at("PGPASSWORD") == "a/b c");
  CHECK(found.at("PGSSLMODE") == "verify-full");
  CHECK(found.at("REDIS_URL") == "redis://default:red@127.0.0.1:15002/0");
  CHECK(found.at("REDIS_SENTINELS") == "127.70.0.41:26379,127.70.0.42:26379");
  CHECK(found.at("REDIS_SENTINEL_MASTER") == "mymaster");
  CHECK(found.at("ETCD_ENDPOINTS") == "https://127.70.0.11:2379,https://127.70.0.12:2379,https://127.70.0.13:2379");
  CHECK(found.at("ETCDCTL_USER") == "root:root-word");
  CHECK(found.at("PAWS_ROUTE_PATRONI_LEADER") == "127.0.0.1:15001");
  CHECK(found.at("PAWS_SERVICE_BACKEND_HTTP") == "127.0.0.1:8080");
  CHECK_FALSE(found.contains("PAWS_SERVICE_FRONTEND_HTTP"));
  CHECK(found.at("PAWS_FILE") == "/r/t.yaml");
  CHECK_FALSE(found.contains("REDIS_CACERT"));

  for (auto& cluster : doc.clusters)
    cluster.tls = !cluster.tls;
  const auto other = run_variables(doc, view_of_members(), secrets, {"/r/t.yaml", "/bin/pe", "/s.sock", "/r/ca.crt"});
  CHECK(other.at("DATABASE_URL") == "postgresql://paws360:a%2Fb%20c@127.0.0.1:15001/paws360");
  CHECK_FALSE(other.contains("PGSSLMODE"));
  CHECK(other.at("REDIS_URL") == "rediss://default:red@127.0.0.1:15002/0");
  CHECK(other.at("REDIS_CACERT") == "/r/ca.crt");
  CHECK(other.at("ETCD_ENDPOINTS").starts_with("http://"));
  CHECK_FALSE(other.contains("ETCD_PASSWORD"));

  // Every one of them is explained in docs/ci.md, in these words, and nothing else is.
  std::ifstream file{PAWS_SOURCE_DIR "/docs/ci.md"};
  std::ostringstream page;
  page << file.rdbuf();
  std::set<std::string> explained;
  for (const auto& row : variable_table()) {
    CHECK(page.str().find("| `" + std::string{row.name} + "` | " + row.meaning + " |\n") != std::string::npos);
    explained.insert(row.name);
  }
  for (const auto& each : {found, other})
    for (const auto& [name, value] : each)
      CHECK((explained.contains(name) || name.starts_with("PAWS_ROUTE_") || name.starts_with("PAWS_SERVICE_")));
}

TEST_CASE("what is inherited stays but what would lead to another stack") {
  const std::array<const char*, 6> inherited{
      "HOME=/home/me", "REDIS_URL=redis://elsewhere", "PAWS_ROUTE_OLD=1", "NO_EQUALS", "PGPASSWORD=old", nullptr};
  const auto merged = with_inherited({{"PGPASSWORD", "new"}}, inherited.data());
  CHECK(merged == variable_map{{"HOME", "/home/me"}, {"PGPASSWORD", "new"}});
  const std::array<const char*, 4> flags{"PAWS_QUIET=1", "PAWS_ENV=other", "PATH=/bin", nullptr};
  CHECK(engine_variables(flags.data()) == variable_map{{"PATH", "/bin"}});
}
