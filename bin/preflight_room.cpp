// What a start needs of memory, processors and disk, against what there is.
#include "bin/preflight.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace paws::bin {

namespace {

constexpr std::uint64_t mib = 1024ULL * 1024, gib = 1024 * mib;
// Requirements, FR-019: three PostgreSQL members and their WAL do not fit into less.
constexpr std::uint64_t disk_refused_below_bytes = 2 * gib;
constexpr std::uint64_t disk_warned_below_bytes = 5 * gib;
constexpr const char* more_disk = "free some space, or run: make local-cleanup";

std::string short_number(double count) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%g", count);
  return out.data();
}

std::string of_them(double processors) {
  return processors == 1 ? "one processor" : short_number(processors) + " processors";
}

// What runs already is kept from nothing by a full disk: to adopt it is the least that helps.
void judge_disk(bool all_run, const host_stats& has, const std::string& place, preflight_result& out) {
  const auto text = std::to_string(has.disk_available_bytes / mib) + " MiB free below " + place;
  if (has.disk_bytes == 0 || has.disk_available_bytes >= disk_warned_below_bytes)
    return;
  if (has.disk_available_bytes < disk_refused_below_bytes && !all_run)
    out.failures.push_back({"ERR_SYS_002", "only " + text + ", at least 2048 are needed", more_disk});
  else
    out.warnings.push_back("only " + text + "; " + more_disk);
}

// Limits are ceilings, not needs: less than their sum works until all of them are reached at once.
void judge_processors(const std::vector<member_need>& starting, double has, preflight_result& out) {
  double sum = 0;
  const member_need* largest = nullptr;
  for (const auto& need : starting) {
    sum += need.limits.cpus;
    if (largest == nullptr || need.limits.cpus > largest->limits.cpus)
      largest = &need;
  }
  if (largest == nullptr || has <= 0)
    return;
  const std::string remedy = "use a larger machine, lower resources: cpus, or go on with --yes";
  if (has < largest->limits.cpus)
    out.shortages.push_back({"ERR_SYS_006",
                             "this machine has " + of_them(has) + "; " + largest->member + " alone may use " +
                                 short_number(largest->limits.cpus),
                             remedy});
  else if (has < 2)
    out.shortages.push_back(
        {"ERR_SYS_006", "this machine has only " + of_them(has) + ": starts and elections will be slow", remedy});
  else if (has < sum)
    out.warnings.push_back("members may use " + short_number(sum) + " processors together; this machine has " +
                           short_number(has));
}

} // namespace

void judge_room(const std::vector<member_need>& needs, const host_stats& has, const std::string& place,
                preflight_result& out) {
  std::vector<member_need> starting;
  std::copy_if(needs.begin(), needs.end(), std::back_inserter(starting), [](const auto& need) { return !need.runs; });
  judge_disk(starting.empty() && !needs.empty(), has, place, out);
  std::uint64_t reserved = 0;
  for (const auto& need : starting)
    reserved += need.limits.memory_reservation_bytes;
  if (has.memory_available_bytes < reserved)
    out.shortages.push_back({"ERR_SYS_001",
                             "only " + std::to_string(has.memory_available_bytes / mib) +
                                 " MiB of memory are available; the members to be started reserve " +
                                 std::to_string(reserved / mib),
                             "end something else, lower resources: memory_reservation, or go on with --yes"});
  judge_processors(starting, has.cpus, out);
}

} // namespace paws::bin
