#include "actors/resource_judge.hpp"

#include "logic/event.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace paws {

namespace {

using namespace std::chrono_literals;
namespace kinds = logic::event_kinds;

constexpr std::uint64_t gib = 1024ULL * 1024 * 1024;
// Percent (requirements, FR-019). What was told is over only well below: a figure that sways around a threshold is
// told once.
constexpr int close = 95, near = 85, well_below = 80;
// Requirements, FR-019: whatever the percentage, this little is little (a start is refused below the first).
constexpr std::uint64_t disk_close_bytes = 2 * gib, disk_near_bytes = 5 * gib, disk_well_bytes = 6 * gib;
// Held back in a fifth of its periods, a member is slow because of its limit.
constexpr double much_throttled = 20, little_throttled = 10;
constexpr std::uint64_t least_periods = 50; // fewer say nothing: a start is bursty
constexpr auto least_measured = 1s;         // the kernel counts in ticks: less is noise
constexpr auto judged_span = 25s;           // a burst of seconds is what a limit is for; the watch's pace is 30 s
constexpr auto kill_is_news = 10min;        // a warning cannot be mended away: it ends by itself

double percent(double part, double whole) {
  return whole <= 0 ? 0 : 100.0 * part / whole;
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return percent(static_cast<double>(part), static_cast<double>(whole));
}

std::string rounded(double percent) {
  return std::to_string(std::lround(percent));
}

std::string in_brackets(double percent) {
  return " (" + rounded(percent) + " %)";
}

std::string mib(std::uint64_t bytes) {
  return std::to_string(bytes / (1024 * 1024)) + " MiB";
}

std::string processors(double count) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%.2f", count);
  return out.data();
}

std::string unless(bool enforced) {
  return enforced ? "" : ", which is not enforced here";
}

std::uint64_t since(std::uint64_t now, std::uint64_t before) {
  return now - std::min(now, before);
}

int level_of(double percent, int before) {
  if (percent >= close)
    return close;
  if (percent >= near)
    return std::max(near, before);
  return percent < well_below ? 0 : before;
}

} // namespace

std::vector<resource_news> resource_judge::judge(resource_report& report, logic::steady_time now, bool own_look,
                                                 const std::set<std::string>& unheard) {
  news_.clear();
  for (auto& row : report.services) {
    if (unheard.contains(row.service))
      continue;
    if (row.used.processes == 0)
      forget(row.service);
    else
      judge_service(row, now, own_look);
  }
  if (report.host.disk_bytes > 0)
    judge_host(report.host);
  report.warnings.clear();
  for (const auto& [resource, what] : warned_)
    if (what.level > 0)
      report.warnings.push_back(what.sentence);
  return std::exchange(news_, {});
}

void resource_judge::judge_service(resource_row& row, logic::steady_time now, bool own_look) {
  const auto& used = row.used;
  const auto [at, first] = known_.try_emplace(row.service);
  auto& from = at->second;
  if (first || used.cpu_usec < from.cpu_usec) { // started anew
    from.at = now;
    from.cpu_usec = used.cpu_usec;
  }
  if (first || used.periods < from.periods) {
    from.periods = used.periods;
    from.throttled_periods = used.throttled_periods;
  }
  judge_memory(row, from, now);
  judge_processors(row, from, now, own_look);
  judge_throttling(row, from, own_look);
}

void resource_judge::judge_memory(const resource_row& row, baseline& from, logic::steady_time now) {
  const auto& used = row.used;
  if (used.memory_limit_bytes > 0) {
    const auto full = percent(used.memory_bytes, used.memory_limit_bytes);
    note({row.service + " memory", row.service, full, full,
          row.service + " uses " + mib(used.memory_bytes) + " of its memory limit of " + mib(used.memory_limit_bytes) +
              unless(used.memory_limit_enforced) + in_brackets(full),
          "raise resources: memory"});
  }
  auto& kill = warned_[row.service + " memory kill"];
  const auto killed = since(used.oom_kills, from.oom_kills);
  from.oom_kills = used.oom_kills; // another life counts from nothing
  if (killed > 0) {
    from.killed_at = now;
    const auto what = (killed == 1 ? std::string{"a process was"} : std::to_string(killed) + " processes were") +
                      " killed by its memory limit; raise resources: memory";
    kill = {close, row.service, row.service + ": " + what};
    news_.push_back({kinds::memory_kill, row.service, what, {{"processes", std::to_string(killed)}}});
  } else if (kill.level > 0 && now - from.killed_at >= kill_is_news) {
    kill.level = 0;
  }
}

void resource_judge::judge_processors(resource_row& row, baseline& from, logic::steady_time now, bool own_look) {
  const auto& used = row.used;
  const auto passed = now - from.at;
  if (passed >= least_measured)
    row.cpus = static_cast<double>(used.cpu_usec - from.cpu_usec) /
               static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
  if (!own_look)
    return;
  if (used.cpu_limit > 0 && passed >= judged_span) {
    const auto full = percent(row.cpus, used.cpu_limit);
    note({row.service + " cpu", row.service, full, full,
          row.service + " uses " + processors(row.cpus) + " of its limit of " + processors(used.cpu_limit) +
              " processors" + unless(used.cpu_limit_enforced) + in_brackets(full),
          "raise resources: cpus"});
  }
  from.at = now;
  from.cpu_usec = used.cpu_usec;
}

// Judged anew when enough periods have passed; and over when it was not held back at all between two own looks.
void resource_judge::judge_throttling(const resource_row& row, baseline& from, bool own_look) {
  const auto periods = since(row.used.periods, from.periods);
  const auto held = since(row.used.throttled_periods, from.throttled_periods);
  const bool enough = periods >= least_periods;
  if (!enough && !(own_look && held == 0))
    return;
  const auto share = percent(held, periods);
  const int pressure = share >= much_throttled ? near : share >= little_throttled ? well_below : 0;
  note({row.service + " throttling", row.service, share, static_cast<double>(pressure),
        row.service + " is held back by its processor limit in " + rounded(share) + " % of the time",
        "raise resources: cpus"});
  if (own_look) {
    from.periods = row.used.periods;
    from.throttled_periods = row.used.throttled_periods;
  }
}

void resource_judge::judge_host(const host_stats& host) {
  const auto full = percent(since(host.disk_bytes, host.disk_available_bytes), host.disk_bytes);
  const auto free = host.disk_available_bytes;
  const int least = free < disk_close_bytes  ? close
                    : free < disk_near_bytes ? near
                    : free < disk_well_bytes ? well_below
                                             : 0;
  note({"disk", "", full, std::max<double>(full, least), "the disk has " + mib(free) + " left" + in_brackets(full),
        "free some space, or run: make local-cleanup"});
  const auto used = percent(since(host.memory_bytes, host.memory_available_bytes), host.memory_bytes);
  note({"memory", "", used, used,
        "the machine has " + mib(host.memory_available_bytes) + " of memory left" + in_brackets(used),
        "end something else, or lower resources: memory"});
}

void resource_judge::note(const finding& what) {
  auto& told = warned_[what.resource];
  const int before = std::exchange(told.level, level_of(what.pressure, told.level));
  told.service = what.service;
  told.sentence = what.sentence + "; " + what.remedy;
  if (told.level > before)
    news_.push_back({kinds::resource_low,
                     what.resource,
                     told.sentence,
                     {{"resource", what.resource}, {"percent", rounded(what.percent)}}});
  else if (told.level == 0 && before > 0)
    news_.push_back({kinds::resource_ok,
                     what.resource,
                     what.sentence,
                     {{"resource", what.resource}, {"percent", rounded(what.percent)}}});
}

void resource_judge::forget(const std::string& service) {
  known_.erase(service);
  std::erase_if(warned_, [&](const auto& each) { return each.second.service == service; });
}

} // namespace paws
