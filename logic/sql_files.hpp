// Files of SQL that are applied in the order of their numbers (database/README.md is the contract): what their names
// say, what is still to be applied, and which line an error of PostgreSQL is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace paws::logic {

/// What a name begins with.
inline constexpr char migration_letter = 'V', seed_letter = 'S';

/// The kind of the event that tells of a file; made by who applies it, never in the journal. fields: n, of, duration_ms
inline constexpr std::string_view sql_file_applied = "sql_file_applied";

/// One file: V005__course_rooms.sql.
struct sql_file {
  std::int32_t number = 0; // 5
  std::string name;        // course_rooms
  std::string file;        // V005__course_rooms.sql
  std::string checksum;    // sha256 of its bytes, in hexadecimal digits
  std::string sql;
};

/// A name that is none, or one of two with the same number.
struct sql_name_problem {
  std::string file, why;
};

/// The files among `names` that begin with `letter` and end in .sql, by their numbers and without contents; others are
/// nobody's business. The first problem in the order of names, when there is one.
std::variant<std::vector<sql_file>, sql_name_problem> sql_files_of(std::vector<std::string> names, char letter);

/// One row of schema_migrations.
struct applied_migration {
  std::int32_t version = 0;
  std::string name, checksum;
};

/// What `files` and the database say of each other.
struct migration_plan {
  std::vector<const sql_file*> missing;   // in the order of their numbers
  const sql_file* changed = nullptr;      // the first that was applied with other contents
  std::string changed_from;               // the checksum it was applied with
  std::vector<applied_migration> unknown; // applied, and there is no file
};

/// `files` as sql_files_of orders them; the plan points into them.
migration_plan plan_migrations(const std::vector<sql_file>& files, const std::vector<applied_migration>& applied);

/// The line, from 1, of a position in `sql` that PostgreSQL gives: characters of UTF-8, from 1.
std::size_t line_of_position(std::string_view sql, int position);

/// The line in which statement `index` (from 0) of `sql` begins. Nothing when there is none, or when only a parser of
/// PostgreSQL's could tell (a function's body between BEGIN ATOMIC and END).
std::optional<std::size_t> line_of_statement(std::string_view sql, std::size_t index);

/// The first line of `sql` whose statement begins or ends a transaction. Nothing as well where line_of_statement knows
/// nothing.
std::optional<std::size_t> line_of_transaction(std::string_view sql);

} // namespace paws::logic
