// Applies files of SQL to an environment's PostgreSQL, as database/README.md says, and proves that every member has
// them.
#pragma once

#include "bin/database_way.hpp"
#include "bin/presence.hpp"
#include "logic/event.hpp"
#include "logic/sql_files.hpp"
#include "net/postgres_session.hpp"

#include <functional>

namespace paws::bin {

struct sql_run_settings {
  std::string verb, directory;                         // "migrate"; where the files lie, for messages
  std::string application;                             // what PostgreSQL shows of the session: no other has it
  std::chrono::milliseconds file_limit;                // for one file, and for whoever is at work already
  std::function<bool()> interrupted;                   // asked all the time
  std::function<void(const std::string& what)> awaits; // what is waited for from now on
  std::function<void(const logic::event&)> tell;       // logic::sql_file_applied
};

struct applied_file {
  const logic::sql_file* file = nullptr;
  std::int64_t duration_ms = 0;
};

struct sql_run_report {
  topology::failure what; // code "" = all is well
  std::string file;       // that failed; its path, "" = none
  std::size_t line = 0;   // in it; 0 = not known
  std::vector<applied_file> applied;
  std::int32_t version = -1; // the last one; -1 = none, or a seed
  std::vector<presence> members;
  std::vector<std::string> notes; // what else is worth knowing
};

class sql_runner {
public:
  sql_runner(database_way way, const std::vector<logic::sql_file>& files, sql_run_settings how);

  /// What is missing, in order; then the proof, also when nothing was missing.
  sql_run_report migrate();
  /// All of it, in order.
  sql_run_report seed();

private:
  bool open();
  bool lock();
  bool read_applied(std::vector<logic::applied_migration>& into);
  bool stay_within(const std::vector<const logic::sql_file*>& files);
  bool apply(const logic::sql_file& file, std::size_t n, std::size_t of, bool records);
  bool ask(const std::string& sql, std::chrono::milliseconds limit, net::sql_result& into);
  void prove(const logic::sql_file& last);
  bool failed(const net::sql_trouble& why, const std::string& doing);
  bool file_failed(const logic::sql_file& file, const net::sql_trouble& why, std::size_t line, bool committing);
  std::string again() const { return "paws-engine ctl " + how_.verb; }
  std::string kept() const;

  database_way way_;
  const std::vector<logic::sql_file>& files_;
  sql_run_settings how_;
  net::postgres_session session_;
  std::string table_; // of the applied versions, with its schema: files may change the search path
  sql_run_report out_;
};

} // namespace paws::bin
