// A thin owner of SQLite's handles. Failures are ERR_SYS_003 with SQLite's own words.
#pragma once

#include "topology/failure.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace paws::store {

/// One prepared statement. Parameters count from 1, columns from 0.
class statement {
public:
  statement() = default;
  statement(sqlite3* in, std::string_view sql);

  bool ok() const { return handle_ != nullptr; }
  statement& bind(int at, std::int64_t value);
  /// `value` must stay until the next reset.
  statement& bind(int at, std::string_view value);
  statement& bind_null(int at);
  /// True while there is a row; false at the end and after a failure: `failed` tells them apart.
  bool step();
  bool failed() const { return failed_; }
  /// Runs a statement without rows; false when it failed.
  bool run();
  void reset();
  std::int64_t integer(int column) const;
  bool is_null(int column) const;
  /// The bytes as they are stored; valid until the next step.
  std::string_view text(int column) const;

private:
  struct finalizer {
    void operator()(sqlite3_stmt* what) const;
  };
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
  bool failed_ = false;
};

enum class access : std::uint8_t { write, read };

class database {
public:
  /// Opens the file; for writing it is made when it is missing (mode 0600), its directory must exist.
  explicit database(const std::string& path, access how = access::write);

  bool ok() const { return handle_ != nullptr && error_.empty(); }
  /// Several statements; false when one failed.
  bool execute(const char* sql);
  statement prepare(std::string_view sql) const { return statement{handle_.get(), sql}; }
  /// What went wrong last.
  topology::failure why() const;
  /// Whether what went wrong last was the file itself: it is no database, or its pages contradict each other.
  bool damaged() const;

private:
  struct closer {
    void operator()(sqlite3* what) const;
  };
  std::unique_ptr<sqlite3, closer> handle_;
  std::string path_, error_; // why it could not be opened
  int code_ = 0;             // SQLite's, of opening
};

} // namespace paws::store
