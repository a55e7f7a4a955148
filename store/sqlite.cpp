#include "store/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace paws::store {

namespace {

constexpr int busy_timeout_ms = 5000; // a reader and a writer meet for moments only

} // namespace

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
  const int code = handle_ == nullptr ? SQLITE_MISUSE : sqlite3_step(handle_.get());
  failed_ = code != SQLITE_ROW && code != SQLITE_DONE;
  return code == SQLITE_ROW;
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

bool statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::string_view statement::text(int column) const {
  const auto* text = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column)); // as text it is copied
  const auto size = sqlite3_column_bytes(handle_.get(), column);
  return text == nullptr ? std::string_view{} : std::string_view{text, static_cast<std::size_t>(size)};
}

void database::closer::operator()(sqlite3* what) const {
  sqlite3_close_v2(what);
}

database::database(const std::string& path, access how) : path_{path} {
  // SQLite itself would make it readable for everybody; its other files take the mode over. One that is there is not
  // opened: closing it would give back the locks that others of this process have on it.
  if (how == access::write)
    if (const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); fd >= 0)
      ::close(fd);
  sqlite3* made = nullptr;
  const int flags = how == access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  code_ = sqlite3_open_v2(path.c_str(), &made, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(made);
  if (code_ != SQLITE_OK)
    error_ = sqlite3_errstr(code_);
  else
    sqlite3_busy_timeout(made, busy_timeout_ms);
}

bool database::execute(const char* sql) {
  return ok() && sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

bool database::damaged() const {
  const int code = ok() ? sqlite3_errcode(handle_.get()) : code_;
  return code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
}

topology::failure database::why() const {
  const auto* said = handle_ == nullptr ? "no memory" : sqlite3_errmsg(handle_.get());
  return {"ERR_SYS_003", path_ + ": " + (error_.empty() ? std::string{said} : error_),
          "make room, or move the file away; a new one is begun then"};
}

} // namespace paws::store
