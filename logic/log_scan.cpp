#include "logic/log_scan.hpp"

#include <algorithm>
#include <memory>
#include <re2/re2.h>

namespace paws::logic {

namespace {

constexpr std::size_t most_shown_bytes = 200; // of the line that is shown

std::vector<std::unique_ptr<RE2>> compiled(const std::vector<std::string>& patterns) {
  std::vector<std::unique_ptr<RE2>> out;
  for (const auto& pattern : patterns) {
    auto made = std::make_unique<RE2>(pattern, RE2::Quiet);
    if (!made->ok())
      made = std::make_unique<RE2>(RE2::QuoteMeta(pattern), RE2::Quiet);
    out.push_back(std::move(made));
  }
  return out;
}

bool was_planned(std::int64_t at_us, const std::vector<log_span>& planned) {
  return std::any_of(planned.begin(), planned.end(), [&](const log_span& span) {
    return at_us >= span.from_us && (span.until_us == 0 || at_us <= span.until_us);
  });
}

// Never ends within a character of UTF-8.
std::string shortened(const std::string& line) {
  if (line.size() <= most_shown_bytes)
    return line;
  auto end = most_shown_bytes;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80U)
    --end;
  return line.substr(0, end) + "…";
}

} // namespace

check scan_log(const std::vector<log_row>& rows, const log_scan& by) {
  const auto ignored = compiled(by.ignore);
  std::size_t errors = 0;
  const log_row *newest = nullptr, *last = nullptr;
  for (const auto& row : rows) {
    if (row.level < log_level::error || row.at_us <= by.since_us || was_planned(row.at_us, by.planned) ||
        std::any_of(ignored.begin(), ignored.end(),
                    [&](const auto& each) { return RE2::PartialMatch(row.text, *each); }))
      continue;
    // What belongs to one error, a statement or a detail, is written at the same moment: its first line says what it
    // is.
    if (last != nullptr && last->service == row.service && last->at_us == row.at_us)
      continue;
    last = &row;
    ++errors;
    if (newest == nullptr || row.at_us >= newest->at_us)
      newest = &row;
  }
  check out;
  out.name = "log";
  out.status = errors == 0 ? check_status::pass : check_status::warn;
  out.value = errors == 0 ? "no errors" : errors == 1 ? "1 error" : std::to_string(errors) + " errors";
  if (newest != nullptr)
    out.error = newest->service + ": " + shortened(newest->text);
  return out;
}

} // namespace paws::logic
