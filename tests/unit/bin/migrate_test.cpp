// ctl migrate and ctl seed as far as they get without PostgreSQL: what lies on disk, and whether there is a way in.
#include "bin/database_way.hpp"
#include "bin/progress.hpp"
#include "bin/sql_directory.hpp"
#include "tests/unit/bin/bin_support.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

using namespace paws;
using bin::testing::playground;
using bin::testing::run;

namespace {

struct misuse {
  const char* file;
  std::string text, says;
};

struct database {
  topology::document doc;
  bin::target at;
  logic::environment_view seen;

  explicit database(const playground& here) {
    here.write_topology("topology.yaml");
    here.write(".local/secrets.env", "POSTGRES_APP_PASSWORD=hush\n");
    std::filesystem::permissions(here.root() / ".local/secrets.env", std::filesystem::perms{0600});
    auto loaded = topology::load_topology("topology.yaml");
    REQUIRE(loaded.ok());
    doc = loaded.doc;
    doc.root = here.root();
    at.paths.directory = "/env";
    seen.environment = doc.name;
    for (const auto* name : {"patroni1", "patroni2", "patroni3"}) {
      logic::service_view member;
      member.name = name;
      member.cluster = "patroni";
      member.role = seen.services.empty() ? "leader" : "replica";
      member.desired = logic::desired_state::running;
      member.actual = logic::actual_state::ready;
      member.address = "127.36.0." + std::to_string(21 + seen.services.size());
      member.ports = {{"postgres", 5432}, {"api", 8008}};
      seen.services.push_back(member);
    }
    seen.routes.push_back({"patroni-leader", "127.0.0.1", 5432, "patroni1", "ready", ""});
  }
  topology::failure refusal() const {
    const auto got = bin::way_to_database(doc, at, seen);
    REQUIRE(std::holds_alternative<topology::failure>(got));
    return std::get<topology::failure>(got);
  }
};

} // namespace

TEST_CASE("a directory of SQL that cannot be used is told before anything else happens") {
  const playground here;
  here.write_topology("topology.yaml");
  here.write("sql/V1__good.sql", "SELECT 1;\n");
  const misuse cases[] = {{"sql/V2_bad.sql", "", "/V2_bad.sql: a name has the form V<number>__<name>.sql"},
                          {"sql/V01__again.sql", "", "/V1__good.sql: V01__again.sql has the number 1 as well"},
                          {"sql/V3__zero.sql", std::string{"SELECT 1;\nSELECT\0 2;", 20}, "/V3__zero.sql:2: it has"},
                          {"sql/V4__dir.sql/x", "", "/V4__dir.sql: it is no file"}};
  for (const auto& each : cases) {
    here.write(each.file, each.text);
    const auto said = run({"ctl", "migrate", "--file", "topology.yaml", "--dir", "sql"});
    INFO(said.err);
    CHECK(said.code == 2);
    CHECK(said.err.find("[DATABASE] ERR_SQL_001: sql" + each.says) != std::string::npos);
    std::filesystem::remove_all(here.root() / std::filesystem::path{each.file}.parent_path());
    here.write("sql/V1__good.sql", "SELECT 1;\n");
  }
  const auto missing = run({"ctl", "seed", "--file", "topology.yaml", "--dir", "nowhere", "--format", "json"});
  CHECK(missing.code == 2);
  CHECK(nlohmann::json::parse(missing.out)["error"]["code"] == "ERR_SQL_001");
  // Good files, and no engine.
  const auto alone = run({"ctl", "migrate", "--file", "topology.yaml", "--dir", "sql"});
  CHECK(alone.code == 2);
  CHECK(alone.err.find("ERR_CLI_002") != std::string::npos);
  CHECK(alone.err.find("paws-engine start") != std::string::npos);
}

TEST_CASE("files are read with the checksums of their bytes") {
  const playground here;
  here.write("sql/V2__b.sql", "abc");
  here.write("sql/V1__a.sql", "");
  const auto got = bin::read_sql_files("sql", logic::migration_letter);
  REQUIRE(std::holds_alternative<std::vector<logic::sql_file>>(got));
  const auto& files = std::get<std::vector<logic::sql_file>>(got);
  REQUIRE(files.size() == 2);
  CHECK(files[0].checksum == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(files[1].checksum == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(files[1].sql == "abc");
}

TEST_CASE("the way into the database leads over the route and to each member") {
  const playground here;
  database world{here};
  world.seen.services[2].desired = logic::desired_state::stopped;
  const auto got = bin::way_to_database(world.doc, world.at, world.seen);
  REQUIRE(std::holds_alternative<bin::database_way>(got));
  const auto& way = std::get<bin::database_way>(got);
  CHECK(way.route.address == "127.0.0.1");
  CHECK(way.route.user == "paws360");
  CHECK(way.route.password == "hush");
  CHECK(way.route.tls.on);
  CHECK(way.route.tls.ca_file == "/env/certificates/ca.crt");
  REQUIRE(way.members.size() == 2);
  CHECK(way.members[1].member == "patroni2");
  CHECK(way.members[1].address == "127.36.0.22");
  CHECK(way.resting == std::vector<std::string>{"patroni3"});
}

TEST_CASE("a database that is not ready is ERR_SQL_005 and says what to run") {
  const playground here;
  database world{here};
  SECTION("nobody leads") {
    world.seen.services[0].role = "replica";
    CHECK(world.refusal().message == "patroni of paws360 has no leader that is ready");
  }
  SECTION("the route leads nowhere") {
    world.seen.routes[0].state = "unready";
    world.seen.routes[0].why = "nobody answers";
    CHECK(world.refusal().message == "the route patroni-leader of paws360 leads nowhere: nobody answers");
  }
  SECTION("nothing is published") {
    world.doc.routes.clear();
  }
  SECTION("there is none") {
    world.doc.clusters.clear();
  }
  CHECK(world.refusal().code == "ERR_SQL_005");
  CHECK(world.refusal().remedy.find("paws-engine start") != std::string::npos);
}

TEST_CASE("each file that is applied is a line for who waits") {
  bin::progress plain{bin::progress_mode::plain, {}, {"migrate", "paws360"}};
  CHECK(plain.hear({0, 1, std::string{logic::sql_file_applied}, "V1__a.sql", "1/2 V1__a.sql  3 ms", {}}) ==
        "1/2 V1__a.sql  3 ms\n");
  bin::progress quiet{bin::progress_mode::quiet, {}, {"seed", "paws360"}};
  CHECK(quiet.hear({0, 1, std::string{logic::sql_file_applied}, "S1__a.sql", "1/2 S1__a.sql  3 ms", {}}).empty());
  plain.await("2/2 V2__b.sql");
  CHECK(plain.drawn(1500, 80).find("migrating paws360  1.5 s  2/2 V2__b.sql") != std::string::npos);
}
