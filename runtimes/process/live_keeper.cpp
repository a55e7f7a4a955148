#include "runtimes/process/live_keeper.hpp"

#include "runtimes/process/keeper_files.hpp"

#include <array>
#include <fstream>

namespace paws::process {

// Nothing to destroy: members' threads may still read it while the process ends.
std::string_view this_boot() {
  static const auto boot = [] {
    std::array<char, 64> out{};
    std::ifstream{"/proc/sys/kernel/random/boot_id"}.getline(out.data(), out.size());
    return out;
  }();
  return boot.data();
}

std::optional<process_id> live_keeper(const std::string& run_dir) {
  const auto record = read_record(run_dir);
  if (!record || record->boot_id != this_boot())
    return std::nullopt;
  const process_id who{record->keeper_pid, record->keeper_started};
  return is_alive(who) ? std::optional{who} : std::nullopt;
}

} // namespace paws::process
