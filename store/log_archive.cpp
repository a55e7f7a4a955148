#include "store/log_archive.hpp"

#include "store/durable_file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <re2/re2.h>
#include <tuple>

namespace paws::store {

namespace {

namespace fs = std::filesystem;
using logic::log_row;
using topology::failure;

constexpr std::int64_t most_pattern_memory = 8 << 20; // bytes of one compiled pattern

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return lower(a) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

std::uint64_t size_of(const std::string& path) {
  std::uint64_t out = 0;
  for (const auto* tail : {"", "-wal", "-shm"}) {
    std::error_code failed;
    const auto size = fs::file_size(path + tail, failed);
    out += failed ? 0 : size;
  }
  return out;
}

// "000001234567.db": the id of its first line.
std::string name_of(std::uint64_t first_id) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%012llu.db", static_cast<unsigned long long>(first_id));
  return out.data();
}

constexpr std::size_t most_page_bytes = 4 * 1024 * 1024; // of texts; lines may have 64 KiB each

void leave_out(log_row& row) {
  row.left_out_bytes = row.text.size();
  row.text = std::string{}; // its memory, too
}

} // namespace

log_archive::log_archive(std::string directory, log_limits limits)
    : directory_{std::move(directory)}, limits_{limits} {}

std::optional<failure> log_archive::open() {
  if (opened_)
    return std::nullopt;
  if (auto why = make_directories(directory_))
    return why;
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator at{directory_, failed}, end; !failed && at != end; at.increment(failed))
    if (at->path().extension() == ".db")
      names.push_back(at->path().filename().string());
  std::sort(names.begin(), names.end());
  std::uint64_t next = 1;
  for (const auto& name : names) {
    const auto path = directory_ + "/" + name;
    auto made = log_segment::open(path, next);
    if (std::holds_alternative<failure>(made)) {
      fs::rename(path, path + ".damaged", failed); // what can be read again is collected again
      continue;
    }
    segments_.push_back(std::get<log_segment>(std::move(made)));
    next = segments_.back().last_id() + 1;
  }
  opened_ = true;
  return segments_.empty() ? begin_segment(next) : std::nullopt;
}

std::optional<failure> log_archive::begin_segment(std::uint64_t first_id) {
  auto made = log_segment::open(directory_ + "/" + name_of(first_id), first_id);
  if (auto* why = std::get_if<failure>(&made)) {
    opened_ = !segments_.empty();
    return *why;
  }
  segments_.push_back(std::get<log_segment>(std::move(made)));
  while (segments_.size() > limits_.segments)
    drop_oldest();
  return std::nullopt;
}

std::uint64_t log_archive::drop_oldest() {
  const auto path = segments_.front().path();
  const auto freed = size_of(path);
  segments_.pop_front();
  std::error_code ignored;
  for (const auto* tail : {"", "-wal", "-shm"})
    fs::remove(path + tail, ignored);
  return freed;
}

std::optional<failure> log_archive::append(const std::vector<log_row>& rows, const log_positions& positions) {
  if (auto why = open())
    return why;
  if (segments_.back().lines() >= limits_.segment_lines) {
    const auto known = segments_.back().positions();
    if (auto why = begin_segment(segments_.back().last_id() + 1))
      return why;
    if (auto why = segments_.back().append({}, known))
      return why;
  }
  return segments_.back().append(rows, positions);
}

std::variant<log_positions, failure> log_archive::positions() {
  if (auto why = open())
    return *why;
  return segments_.back().positions();
}

std::uint64_t log_archive::last_id() {
  return open() || segments_.empty() ? 0 : segments_.back().last_id();
}

std::uint64_t log_archive::remove_old(std::int64_t now_us) {
  std::uint64_t freed = 0;
  if (open())
    return freed;
  while (segments_.size() > 1 && segments_.front().newest_us() < now_us - limits_.age_us)
    freed += drop_oldest();
  return freed;
}

std::variant<std::vector<log_row>, failure> log_archive::search(const logic::log_query& what) {
  if (auto why = open())
    return *why;
  std::vector<std::string> words;
  for (const auto& word : what.words) {
    words.emplace_back();
    std::transform(word.begin(), word.end(), std::back_inserter(words.back()), lower);
  }
  RE2::Options quiet;
  quiet.set_log_errors(false);
  quiet.set_max_mem(most_pattern_memory);
  const RE2 pattern{what.pattern, quiet};
  if (!pattern.ok())
    return failure{"ERR_CLI_001", "`" + what.pattern + "` is no regular expression: " + pattern.error(),
                   "see: https://github.com/google/re2/wiki/Syntax"};
  auto any_of = logic::required_literals(what.pattern);
  if (any_of.empty() && !words.empty())
    any_of.emplace_back();
  for (auto& literals : any_of)
    literals.insert(literals.end(), words.begin(), words.end());

  std::vector<log_row> out;
  std::size_t text_bytes = 0;
  const auto take = [&](log_row&& row) {
    if (std::all_of(words.begin(), words.end(), [&](const auto& word) { return contains_word(row.text, word); }) &&
        (what.pattern.empty() || RE2::PartialMatch(row.text, pattern))) {
      out.push_back(std::move(row));
      const bool fitted = text_bytes <= most_page_bytes;
      text_bytes += out.back().text.size();
      if (text_bytes > most_page_bytes)
        std::for_each(fitted ? out.begin() : out.end() - 1, out.end(), leave_out);
    }
    return true;
  };
  // By time, across segments that hardly overlap: each gives as much as could be wanted of it.
  const auto look_into = [&](log_segment& segment) {
    if (segment.last_id() <= what.after_id || (what.since_us > 0 && segment.newest_us() < what.since_us) ||
        (what.until_us > 0 && segment.oldest_us() >= what.until_us))
      return true;
    const auto before = out.size();
    segment.search(what, any_of,
                   [&](log_row&& row) { return take(std::move(row)) && out.size() - before < what.limit; });
    return out.size() < what.limit;
  };
  if (what.newest)
    for (auto at = segments_.rbegin(); at != segments_.rend() && look_into(*at); ++at)
      ;
  else
    for (auto at = segments_.begin(); at != segments_.end() && look_into(*at); ++at)
      ;
  const auto by_time = [](const log_row& a, const log_row& b) {
    return std::tie(a.at_us, a.id) < std::tie(b.at_us, b.id);
  };
  if (!what.newest && what.after_id > 0 && out.size() > what.limit)
    out.resize(what.limit); // they stand as they were collected
  std::sort(out.begin(), out.end(), by_time);
  if (out.size() > what.limit)
    what.newest ? void(out.erase(out.begin(), out.end() - what.limit)) : out.resize(what.limit);
  return out;
}

} // namespace paws::store
