#include "store/log_archive.hpp"

#include "store/durable_file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <sys/stat.h>

namespace paws::store {

namespace {

namespace fs = std::filesystem;
using logic::log_row;
using topology::failure;

constexpr std::array<const char*, 3> file_tails{"", "-wal", "-shm"};
constexpr std::uint64_t piece_lines = 10'000; // of one addition to the index: about 0.15 s
constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;

// "000001234567.db": the id of its first line.
std::string name_of(std::uint64_t first_id) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%012llu.db", static_cast<unsigned long long>(first_id));
  return out.data();
}

void move_aside(const std::string& path) {
  std::error_code ignored;
  fs::rename(path, path + ".damaged", ignored); // what can be read again is collected again
  fs::remove(path + "-wal", ignored);
  fs::remove(path + "-shm", ignored);
}

} // namespace

log_archive::log_archive(std::string directory, log_limits limits)
    : directory_{std::move(directory)}, limits_{limits} {}

std::optional<failure> log_archive::open() {
  if (opened_)
    return std::nullopt;
  if (auto why = make_directories(directory_))
    return why;
  if (::chmod(directory_.c_str(), 0700) != 0) // members say all kinds of things
    return file_failure(directory_, "made private", errno);
  auto why = open_segments();
  if (why)
    segments_.clear();
  opened_ = !why;
  return why;
}

std::optional<failure> log_archive::open_segments() {
  std::uint64_t next = 1;
  for (const auto& [first_id, path] : segment_files(directory_)) {
    auto made = log_segment::open(path, std::max(first_id, next));
    if (const auto* none = std::get_if<no_segment>(&made)) {
      if (!none->damaged)
        return none->why;
      move_aside(path);
      continue;
    }
    segments_.push_back(std::get<log_segment>(std::move(made)));
    next = segments_.back().last_id() + 1;
  }
  return segments_.empty() ? begin_segment(next) : std::nullopt;
}

std::optional<failure> log_archive::begin_segment(std::uint64_t first_id) {
  auto made = log_segment::open(directory_ + "/" + name_of(first_id), first_id);
  if (const auto* none = std::get_if<no_segment>(&made))
    return none->why;
  if (!segments_.empty())
    segments_.back().shrink();
  segments_.push_back(std::get<log_segment>(std::move(made)));
  return std::nullopt;
}

std::uint64_t log_archive::drop_oldest() {
  const auto path = segments_.front().path();
  segments_.pop_front();
  std::uint64_t freed = 0;
  for (const auto* tail : file_tails) {
    std::error_code none;
    const auto size = fs::file_size(path + tail, none);
    freed += none ? 0 : size;
    fs::remove(path + tail, none);
  }
  return freed;
}

std::uint64_t log_archive::remove_surplus() {
  std::uint64_t all = 0, freed = 0;
  for (auto& each : segments_)
    all += each.size_bytes();
  while (segments_.size() > 1 && all - std::min(all, freed) > limits_.all_bytes)
    freed += drop_oldest();
  return freed;
}

bool log_archive::is_full(const std::vector<log_row>& rows) {
  auto& last = segments_.back();
  if (last.lines() == 0 || rows.empty())
    return false;
  return last.size_bytes() >= limits_.segment_bytes || last.newest_us() / day_us < rows.back().at_us / day_us;
}

std::optional<failure> log_archive::append(const std::vector<log_row>& rows, const log_positions& positions) {
  if (auto why = open())
    return why;
  const bool full = is_full(rows);
  if (full)
    if (auto why = begin_segment(segments_.back().last_id() + 1))
      return why;
  // A segment's first lines bring all positions with them: without lines it knows none.
  auto all = positions;
  if (segments_.back().lines() == 0)
    all.merge(known_positions());
  if (auto why = segments_.back().append(rows, all))
    return why;
  if (full)
    remove_surplus();
  return std::nullopt;
}

// An engine may have died between the making of a segment and its first lines.
log_positions log_archive::known_positions() {
  log_positions out;
  for (auto at = segments_.rbegin(); at != segments_.rend() && out.empty(); ++at)
    out = at->positions();
  return out;
}

std::variant<log_positions, failure> log_archive::positions() {
  if (auto why = open())
    return *why;
  return known_positions();
}

std::uint64_t log_archive::last_id() {
  return open() || segments_.empty() ? 0 : segments_.back().last_id();
}

std::uint64_t log_archive::remove_old(std::int64_t now_us) {
  if (open())
    return 0;
  const auto is_old = [&](const log_segment& each) { return each.newest_us() < now_us - limits_.age_us; };
  if (is_old(segments_.back())) { // nobody has said anything since: what is known goes on without the lines
    if (segments_.back().lines() > 0 && begin_segment(segments_.back().last_id() + 1))
      return 0;
    if (segments_.back().append({}, known_positions()))
      return 0;
  }
  std::uint64_t freed = remove_surplus();
  while (segments_.size() > 1 && is_old(segments_.front()))
    freed += drop_oldest();
  for (auto& each : segments_)
    each.shrink();
  return freed;
}

bool log_archive::index_piece() {
  if (open())
    return false;
  const auto wants = [](const log_segment& each) { return each.not_indexed() >= piece_lines; };
  const auto at = std::find_if(segments_.begin(), segments_.end(), wants);
  if (at == segments_.end() || at->index_more(piece_lines))
    return false;
  if (!wants(*at))
    at->shrink();
  return true;
}

std::variant<found_logs, failure> log_archive::search(const logic::log_query& what) const {
  return search_logs(directory_, what);
}

} // namespace paws::store
