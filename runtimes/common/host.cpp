#include "runtimes/common/host.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sched.h>
#include <sstream>
#include <sys/statvfs.h>
#include <thread>

namespace paws::common {

namespace {

namespace fs = std::filesystem;

// The first two words of a file of limits, as numbers; a word that is none ("max", -1) is no limit.
std::optional<std::uint64_t> number_at(const fs::path& path, int word) {
  std::ifstream file{path};
  std::string text;
  for (int i = 0; i <= word; ++i)
    if (!(file >> text))
      return std::nullopt;
  std::istringstream digits{text};
  std::uint64_t out = 0;
  if (text.starts_with('-') || !(digits >> out))
    return std::nullopt;
  return out;
}

std::uint64_t number_behind(const fs::path& path, const std::string& key) {
  std::ifstream file{path};
  std::uint64_t value = 0;
  for (std::string word; file >> word >> value;)
    if (word == key)
      return value;
  return 0;
}

// The group that `membership` names for `controller`; "" of version 2's. "/" when it names none.
std::string group_of(const std::string& membership, const std::string& controller) {
  std::istringstream lines{membership};
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      continue;
    std::istringstream names{line.substr(first + 1, second - first - 1)};
    std::string name;
    while (std::getline(names, name, ',') && name != controller)
      ;
    if (name == controller)
      return line.substr(second + 1);
  }
  return "/";
}

// Every group from `group` up to the mount point: each may set a limit.
void each_above(const fs::path& mount, const std::string& group, const std::function<void(const fs::path&)>& look) {
  look(mount);
  fs::path at = mount;
  for (const auto& part : fs::path{group}.relative_path()) {
    at /= part;
    std::error_code failed;
    if (!fs::is_directory(at, failed)) // seen from inside a container, the path may be the outer one
      return;
    look(at);
  }
}

template <class T>
void lower(std::optional<T>& what, T to) {
  what = what ? std::min(*what, to) : to;
}

} // namespace

own_limits limits_around(const std::string& membership, const std::string& cgroup_root) {
  own_limits out;
  const bool unified = fs::exists(cgroup_root + "/cgroup.controllers");
  const auto mount = [&](const char* controller) { return unified ? cgroup_root : cgroup_root + "/" + controller; };
  const auto memory = [&](const fs::path& at) {
    const auto limit = number_at(at / (unified ? "memory.max" : "memory.limit_in_bytes"), 0);
    const auto used = number_at(at / (unified ? "memory.current" : "memory.usage_in_bytes"), 0);
    if (!limit)
      return;
    lower(out.memory_bytes, *limit);
    const auto given_back = number_behind(at / "memory.stat", unified ? "inactive_file" : "total_inactive_file");
    const auto kept = used.value_or(0) - std::min(used.value_or(0), given_back);
    lower(out.memory_available_bytes, *limit - std::min(*limit, kept));
  };
  const auto cpu = [&](const fs::path& at) {
    const auto quota = number_at(at / (unified ? "cpu.max" : "cpu.cfs_quota_us"), 0);
    const auto period = unified ? number_at(at / "cpu.max", 1) : number_at(at / "cpu.cfs_period_us", 0);
    if (quota && period && *period > 0)
      lower(out.cpus, static_cast<double>(*quota) / static_cast<double>(*period));
  };
  each_above(mount("memory"), group_of(membership, unified ? "" : "memory"), memory);
  each_above(mount("cpu"), group_of(membership, unified ? "" : "cpu"), cpu);
  return out;
}

host_stats host_now(const std::string& directory, const std::string& cgroup_root) {
  host_stats out;
  std::ifstream memory{"/proc/meminfo"};
  std::string title, unit;
  for (std::uint64_t kib = 0; memory >> title >> kib && std::getline(memory, unit);)
    (title == "MemTotal:"       ? out.memory_bytes
     : title == "MemAvailable:" ? out.memory_available_bytes
                                : kib) = kib * 1024;
  struct statvfs disk {};
  if (::statvfs(directory.c_str(), &disk) == 0) {
    out.disk_bytes = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
    out.disk_available_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  }
  cpu_set_t ours;
  CPU_ZERO(&ours);
  out.cpus = ::sched_getaffinity(0, sizeof ours, &ours) == 0 ? CPU_COUNT(&ours) : std::thread::hardware_concurrency();
  ::getloadavg(&out.load, 1);

  std::ifstream file{"/proc/self/cgroup"};
  const auto own = limits_around({std::istreambuf_iterator<char>{file}, {}}, cgroup_root);
  out.memory_bytes = std::min(out.memory_bytes, own.memory_bytes.value_or(out.memory_bytes));
  out.memory_available_bytes =
      std::min(out.memory_available_bytes, own.memory_available_bytes.value_or(out.memory_available_bytes));
  out.cpus = std::min(out.cpus, own.cpus.value_or(out.cpus));
  return out;
}

} // namespace paws::common
