// Migrations and seeds without a database: names, order, what is missing, and the line of an error.
#include "logic/sql_files.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;

namespace {

std::vector<sql_file> files_of(const std::vector<std::string>& names) {
  auto found = sql_files_of(names, migration_letter);
  REQUIRE(std::holds_alternative<std::vector<sql_file>>(found));
  return std::get<std::vector<sql_file>>(found);
}

sql_name_problem problem_of(const std::vector<std::string>& names) {
  const auto found = sql_files_of(names, migration_letter);
  REQUIRE(std::holds_alternative<sql_name_problem>(found));
  return std::get<sql_name_problem>(found);
}

sql_file file_of(std::int32_t number, const std::string& checksum) {
  return {number, "x", "V" + std::to_string(number) + "__x.sql", checksum, ""};
}

} // namespace

TEST_CASE("files come in the order of their numbers and others are nobody's business") {
  const auto files = files_of({"V10__ten.sql", "README.md", "V002__two_2.sql", "S001__seed.sql", "V1__one.sql", "V",
                               "v3__small.sql", "V4__four.sql.orig", ".sql", ""});
  REQUIRE(files.size() == 3);
  CHECK(files[0].number == 1);
  CHECK(files[1].file == "V002__two_2.sql");
  CHECK(files[1].name == "two_2");
  CHECK(files[2].number == 10);
  CHECK(files_of({"V999999999__most.sql", "V0__none.sql"}).back().number == 999'999'999);
  const auto seeds = sql_files_of({"S2__b.sql", "V1__a.sql", "S1__a.sql"}, seed_letter);
  REQUIRE(std::get<std::vector<sql_file>>(seeds).size() == 2);
  CHECK(std::get<std::vector<sql_file>>(seeds)[0].name == "a");
}

TEST_CASE("a name that is none and a number that comes twice are told") {
  for (const auto* name : {"V.sql", "V1.sql", "V1_x.sql", "V1__.sql", "Vx__y.sql", "V1__X.sql", "V1__a-b.sql",
                           "V1234567890__x.sql", "V-1__x.sql", "V1__x.y.sql", "V1__\xC3\xA4.sql", "V 1__x.sql"}) {
    const auto what = problem_of({"V2__good.sql", name});
    CHECK(what.file == name);
    CHECK(what.why.find("V<number>__<name>.sql") != std::string::npos);
  }
  const auto twice = problem_of({"V2__b.sql", "V002__a.sql"});
  CHECK(twice.file == "V2__b.sql");
  CHECK(twice.why == "V002__a.sql has the number 2 as well");
}

TEST_CASE("what is missing is applied and what has changed is told before that") {
  const std::vector<sql_file> files{file_of(1, "a"), file_of(2, "b"), file_of(3, "c"), file_of(5, "e")};
  const auto fresh = plan_migrations(files, {});
  CHECK(fresh.missing.size() == 4);
  CHECK(fresh.changed == nullptr);
  const auto between = plan_migrations(files, {{1, "x", "a"}, {3, "x", "c"}, {9, "later", "z"}});
  REQUIRE(between.missing.size() == 2);
  CHECK(between.missing[0] == &files[1]);
  CHECK(between.missing[1] == &files[3]);
  REQUIRE(between.unknown.size() == 1);
  CHECK(between.unknown[0].name == "later");
  const auto changed = plan_migrations(files, {{2, "x", "other"}, {3, "x", "another"}});
  CHECK(changed.changed == &files[1]);
  CHECK(changed.changed_from == "other");
  CHECK(plan_migrations(files, {{1, "x", "a"}, {2, "x", "b"}, {3, "x", "c"}, {5, "x", "e"}}).missing.empty());
}

TEST_CASE("positions count characters") {
  const std::string sql = "-- \xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\x93\nSELECT 1;\n\nSELEC 2;\n";
  CHECK(line_of_position(sql, 1) == 1);
  CHECK(line_of_position(sql, 7) == 1);  // its line break
  CHECK(line_of_position(sql, 8) == 2);  // S
  CHECK(line_of_position(sql, 18) == 3); // the empty line
  CHECK(line_of_position(sql, 19) == 4);
  CHECK(line_of_position(sql, 1000) == 5);
  CHECK(line_of_position(sql, 0) == 1);
  CHECK(line_of_position("", 5) == 1);
}

TEST_CASE("a statement begins in its line whatever stands in those before it") {
  const std::string sql = "-- one; comment\n"
                          "SELECT 'a;b''c;' /* ; /* nested; */ ; */ ;\n" // 2
                          ";; -- nothing is said\n"                      // 3
                          "SELECT \"x;\"\"y\", E'it\\'s;', e'\\\\';\n"   // 4
                          "DO $body$ BEGIN; $x$ ; $y$ ; END $body$; ;\n" // 5
                          "CREATE RULE r AS ON INSERT TO t DO (a; b);\n" // 6
                          "/* late */ SELECT $$;$$, 'c\\', a$b$;\n"      // 7
                          "\n\n  SELECT\n 1\n";                          // 10
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; line_of_statement(sql, i); ++i)
    lines.push_back(*line_of_statement(sql, i));
  CHECK(lines == std::vector<std::size_t>{2, 4, 5, 6, 7, 10});
  CHECK_FALSE(line_of_statement("", 0));
  CHECK_FALSE(line_of_statement(" ; -- nothing", 0));
  CHECK(line_of_statement("SELECT 'never closed", 0) == 1U);
  CHECK_FALSE(line_of_statement("/* never closed", 0));
  CHECK(line_of_statement("SELECT $a$ never closed $b$;", 0) == 1U);
  CHECK_FALSE(line_of_statement("CREATE FUNCTION f() RETURNS int BEGIN\nAtomic SELECT 1; END; SELECT 2", 1));
}

TEST_CASE("a statement that begins or ends a transaction is found") {
  for (const auto* ends : {"COMMIT", "begin;", "End;", "ABORT", "Start Transaction", "ROLLBACK;", "rollback work;",
                           "ROLLBACK AND CHAIN", "commit and chain"})
    CHECK(line_of_transaction(std::string{"SELECT 1; -- COMMIT;\n\n "} + ends) == 3U);
  for (const auto* stays : {"SELECT 1; /* COMMIT; */", "SAVEPOINT a; ROLLBACK TO a; RELEASE a", "ROLLBACK WORK TO a",
                            "rollback\ttransaction to savepoint a", "DO $$ BEGIN COMMIT; END $$", "SELECT 'a; COMMIT;'",
                            "CREATE TABLE commit (x int)", "", "committed", "ALTER TABLE a RENAME TO begin"})
    CHECK_FALSE(line_of_transaction(stays));
}
