#include "store/sqlite.hpp"

#include <sqlite3.h>

namespace paws::store {

void statement::finalizer::operator()(sqlite3_stmt* what) const {
  sqlite3_finalize(what);
}

statement::statement(sqlite3* in, std::string_view sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v2(in, sql.data(), static_cast<int>(sql.size()), &made, nullptr) == SQLITE_OK)
    handle_.reset(made);
}

statement& statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), at, value);
  return *this;
}

statement& statement::bind(int at, std::string_view value) {
  sqlite3_bind_text(handle_.get(), at, value.data(), static_cast<int>(value.size()), nullptr);
  return *this;
}

statement& statement::bind_null(int at) {
  sqlite3_bind_null(handle_.get(), at);
  return *this;
}

bool statement::step() {
  return handle_ != nullptr && sqlite3_step(handle_.get()) == SQLITE_ROW;
}

bool statement::run() {
  const bool done = handle_ != nullptr && sqlite3_step(handle_.get()) == SQLITE_DONE;
  reset();
  return done;
}

void statement::reset() {
  sqlite3_reset(handle_.get());
}

std::int64_t statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string_view statement::text(int column) const {
  const auto* text = sqlite3_column_text(handle_.get(), column);
  const auto size = sqlite3_column_bytes(handle_.get(), column);
  return text == nullptr ? std::string_view{}
                         : std::string_view{reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

void database::closer::operator()(sqlite3* what) const {
  sqlite3_close_v2(what);
}

database::database(const std::string& path) : path_{path} {
  sqlite3* made = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &made, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(made);
  if (code != SQLITE_OK)
    error_ = sqlite3_errstr(code);
}

bool database::execute(const char* sql) {
  if (handle_ != nullptr && sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK)
    return true;
  if (error_.empty())
    error_ = sqlite3_errmsg(handle_.get());
  return false;
}

topology::failure database::why() const {
  const auto* said = handle_ == nullptr ? "no memory" : sqlite3_errmsg(handle_.get());
  return {"ERR_SYS_003", path_ + ": " + (error_.empty() ? std::string{said} : error_),
          "make room, or move the file away; a new one is begun then"};
}

} // namespace paws::store
