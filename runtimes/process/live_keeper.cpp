#include "runtimes/process/live_keeper.hpp"

#include "runtimes/process/keeper_files.hpp"

#include <fstream>

namespace paws::process {

const std::string& this_boot() {
  static const std::string boot = [] {
    std::ifstream file{"/proc/sys/kernel/random/boot_id"};
    std::string out;
    std::getline(file, out);
    return out;
  }();
  return boot;
}

std::optional<process_id> live_keeper(const std::string& run_dir) {
  const auto record = read_record(run_dir);
  if (!record || record->boot_id != this_boot())
    return std::nullopt;
  const process_id who{record->keeper_pid, record->keeper_started};
  return is_alive(who) ? std::optional{who} : std::nullopt;
}

} // namespace paws::process
