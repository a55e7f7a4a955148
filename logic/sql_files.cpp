#include "logic/sql_files.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace paws::logic {

namespace {

constexpr std::string_view ending = ".sql", between = "__";
constexpr std::size_t most_digits = 9; // any such number is a PostgreSQL integer

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; });
}

std::optional<sql_file> parsed(const std::string& file) {
  auto rest = std::string_view{file}.substr(1, file.size() - 1 - ending.size());
  const auto digits = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
  if (digits == 0 || digits > most_digits || rest.substr(digits, between.size()) != between)
    return std::nullopt;
  sql_file out;
  for (const char c : rest.substr(0, digits))
    out.number = out.number * 10 + (c - '0');
  out.name = rest.substr(digits + between.size());
  out.file = file;
  return is_name(out.name) ? std::optional{out} : std::nullopt;
}

// Walks over SQL as PostgreSQL's own lexer cuts it, as far as that is needed to find where a statement ends.
class statement_walk {
public:
  explicit statement_walk(std::string_view sql) : sql_{sql} {}
  // The offset of the next statement's first character; nothing at the end.
  std::optional<std::size_t> next();

private:
  char at(std::size_t offset) const { return offset < sql_.size() ? sql_[offset] : '\0'; }
  bool skip_comment();
  void skip_quoted(char quote, bool backslashes);
  bool skip_dollar_quoted();
  void skip_word();
  void skip_token();

  std::string_view sql_;
  std::size_t here_ = 0;
};

bool statement_walk::skip_comment() {
  if (at(here_) == '-' && at(here_ + 1) == '-') {
    here_ = std::min(sql_.find('\n', here_), sql_.size());
    return true;
  }
  if (at(here_) != '/' || at(here_ + 1) != '*')
    return false;
  std::size_t depth = 0; // they nest
  do {
    const bool opens = at(here_) == '/' && at(here_ + 1) == '*', closes = at(here_) == '*' && at(here_ + 1) == '/';
    depth = opens ? depth + 1 : closes ? depth - 1 : depth;
    here_ += opens || closes ? 2 : 1;
  } while (depth > 0 && here_ < sql_.size());
  return true;
}

// A doubled quote ends one string and begins another at once, which comes to the same.
void statement_walk::skip_quoted(char quote, bool backslashes) {
  for (++here_; here_ < sql_.size() && sql_[here_] != quote; ++here_)
    if (backslashes && sql_[here_] == '\\')
      ++here_;
  here_ = std::min(here_ + 1, sql_.size());
}

bool statement_walk::skip_dollar_quoted() {
  auto end = here_ + 1;
  while (is_letter(at(end)) || (end > here_ + 1 && is_digit(at(end))))
    ++end;
  if (at(end) != '$')
    return false;
  const auto tag = sql_.substr(here_, end - here_ + 1);
  const auto closes = sql_.find(tag, end + 1);
  here_ = closes == std::string_view::npos ? sql_.size() : closes + tag.size();
  return true;
}

// $ may stand within a word, where it opens nothing.
void statement_walk::skip_word() {
  const auto begin = here_;
  while (is_letter(at(here_)) || is_digit(at(here_)) || at(here_) == '$')
    ++here_;
  const bool escapes = here_ - begin == 1 && (sql_[begin] == 'e' || sql_[begin] == 'E');
  if (at(here_) == '\'')
    skip_quoted('\'', escapes);
}

void statement_walk::skip_token() {
  const char c = sql_[here_];
  if (c == '\'' || c == '"')
    skip_quoted(c, false);
  else if (is_letter(c))
    skip_word();
  else if (c != '$' || !skip_dollar_quoted())
    ++here_;
}

std::optional<std::size_t> statement_walk::next() {
  std::optional<std::size_t> begin;
  for (std::size_t depth = 0; here_ < sql_.size();) {
    const char c = sql_[here_];
    if (skip_comment())
      continue;
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++here_;
      continue;
    }
    if (c == ';' && depth == 0) {
      ++here_;
      if (begin)
        return begin;
      continue; // nothing was said: PostgreSQL takes no notice either
    }
    if (!begin)
      begin = here_;
    depth = c == '(' ? depth + 1 : c == ')' && depth > 0 ? depth - 1 : depth;
    skip_token();
  }
  return begin;
}

bool has_atomic_body(std::string_view sql) {
  constexpr std::string_view word = "atomic";
  return std::search(sql.begin(), sql.end(), word.begin(), word.end(),
                     [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; }) != sql.end();
}

// The next word, in small letters; "" where something else stands.
const std::string& word_at(std::string_view sql, std::size_t& offset, std::string& into) {
  while (offset < sql.size() && (sql[offset] == ' ' || (sql[offset] >= '\t' && sql[offset] <= '\r')))
    ++offset;
  into.clear();
  for (; offset < sql.size() && is_letter(sql[offset]); ++offset)
    into += static_cast<char>(sql[offset] >= 'A' && sql[offset] <= 'Z' ? sql[offset] - 'A' + 'a' : sql[offset]);
  return into;
}

// ROLLBACK TO stays within its transaction.
bool steers_transaction(std::string_view sql, std::size_t offset) {
  constexpr std::array<std::string_view, 6> words{"begin", "start", "commit", "end", "abort", "rollback"};
  std::string word;
  if (std::ranges::find(words, word_at(sql, offset, word)) == words.end())
    return false;
  if (word != "rollback")
    return true;
  if (word_at(sql, offset, word) == "work" || word == "transaction")
    word_at(sql, offset, word);
  return word != "to";
}

std::size_t line_at(std::string_view sql, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::ranges::count(sql.substr(0, offset), '\n'));
}

} // namespace

std::variant<std::vector<sql_file>, sql_name_problem> sql_files_of(std::vector<std::string> names, char letter) {
  std::sort(names.begin(), names.end());
  std::vector<sql_file> out;
  std::map<std::int32_t, std::string> known;
  for (const auto& each : names) {
    if (!each.starts_with(letter) || !each.ends_with(ending))
      continue;
    auto file = parsed(each);
    if (!file)
      return sql_name_problem{each, std::string{"a name has the form "} + letter +
                                        "<number>__<name>.sql: one to nine digits, the name of a-z, 0-9 and _"};
    const auto [first, is_new] = known.emplace(file->number, each);
    if (!is_new)
      return sql_name_problem{each, first->second + " has the number " + std::to_string(file->number) + " as well"};
    out.push_back(std::move(*file));
  }
  std::ranges::sort(out, {}, &sql_file::number);
  return out;
}

migration_plan plan_migrations(const std::vector<sql_file>& files, const std::vector<applied_migration>& applied) {
  migration_plan out;
  std::map<std::int32_t, const applied_migration*> rows;
  for (const auto& row : applied)
    rows[row.version] = &row;
  for (const auto& file : files) {
    const auto row = rows.find(file.number);
    if (row == rows.end()) {
      out.missing.push_back(&file);
      continue;
    }
    if (row->second->checksum != file.checksum && out.changed == nullptr) {
      out.changed = &file;
      out.changed_from = row->second->checksum;
    }
    rows.erase(row);
  }
  for (const auto& [version, row] : rows)
    out.unknown.push_back(*row);
  return out;
}

std::size_t line_of_position(std::string_view sql, int position) {
  std::size_t line = 1;
  int seen = 0; // characters
  for (const char c : sql) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U && ++seen >= position)
      break;
    if (c == '\n')
      ++line;
  }
  return line;
}

std::optional<std::size_t> line_of_statement(std::string_view sql, std::size_t index) {
  if (has_atomic_body(sql))
    return std::nullopt;
  statement_walk walk{sql};
  for (auto begin = walk.next(); begin; begin = walk.next())
    if (index-- == 0)
      return line_at(sql, *begin);
  return std::nullopt;
}

std::optional<std::size_t> line_of_transaction(std::string_view sql) {
  if (has_atomic_body(sql))
    return std::nullopt;
  statement_walk walk{sql};
  for (auto begin = walk.next(); begin; begin = walk.next())
    if (steers_transaction(sql, *begin))
      return line_at(sql, *begin);
  return std::nullopt;
}

} // namespace paws::logic
