#include "runtimes/docker/usage.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace paws::docker {

namespace {

namespace fs = std::filesystem;

std::uint64_t number_in(const std::string& path) {
  std::ifstream file{path};
  std::uint64_t out = 0;
  return file >> out ? out : 0;
}

std::uint64_t number_behind(const std::string& path, const std::string& key) {
  std::ifstream file{path};
  std::uint64_t value = 0;
  for (std::string word; file >> word >> value;)
    if (word == key)
      return value;
  return 0;
}

// Where each controller of version 1, or version 2 as "", has the group.
std::map<std::string, std::string> groups_in(const std::string& membership) {
  std::map<std::string, std::string> out;
  std::istringstream lines{membership};
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      continue;
    std::istringstream names{line.substr(first + 1, second - first - 1)};
    const auto group = line.substr(second + 1);
    if (first + 1 == second)
      out[""] = group;
    for (std::string name; std::getline(names, name, ',');)
      out[name] = group;
  }
  return out;
}

container_stats unified_usage(const std::string& group) {
  container_stats out;
  const auto used = number_in(group + "/memory.current");
  out.memory_bytes = used - std::min(used, number_behind(group + "/memory.stat", "inactive_file"));
  out.oom_kills = number_behind(group + "/memory.events", "oom_kill");
  out.cpu_usec = number_behind(group + "/cpu.stat", "usage_usec");
  out.periods = number_behind(group + "/cpu.stat", "nr_periods");
  out.throttled_periods = number_behind(group + "/cpu.stat", "nr_throttled");
  out.processes = static_cast<std::uint32_t>(number_in(group + "/pids.current"));
  return out;
}

} // namespace

container_stats usage_of(const std::string& membership, const std::string& cgroup_root) {
  const auto groups = groups_in(membership);
  if (fs::exists(cgroup_root + "/cgroup.controllers"))
    return groups.contains("") ? unified_usage(cgroup_root + groups.at("")) : container_stats{};
  const auto at = [&](const std::string& controller) {
    const auto found = groups.find(controller);
    return cgroup_root + "/" + controller + (found == groups.end() ? "/-" : found->second);
  };
  container_stats out;
  const auto memory = at("memory");
  const auto used = number_in(memory + "/memory.usage_in_bytes");
  out.memory_bytes = used - std::min(used, number_behind(memory + "/memory.stat", "total_inactive_file"));
  out.oom_kills = number_behind(memory + "/memory.oom_control", "oom_kill");
  out.cpu_usec = number_in(at("cpuacct") + "/cpuacct.usage") / 1000;
  out.periods = number_behind(at("cpu") + "/cpu.stat", "nr_periods");
  out.throttled_periods = number_behind(at("cpu") + "/cpu.stat", "nr_throttled");
  out.processes = static_cast<std::uint32_t>(number_in(at("pids") + "/pids.current"));
  return out;
}

container_stats usage_of(std::int64_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/cgroup"};
  return usage_of({std::istreambuf_iterator<char>{file}, {}}, "/sys/fs/cgroup");
}

} // namespace paws::docker
