// Control groups of one member, version 1 or 2, where this machine lets us write them: its limits, and a freezer that
// catches every process of it at once.
#pragma once

#include "topology/model.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace paws::process {

class control_group {
public:
  /// `root` is /sys/fs/cgroup; the member's groups are <hierarchy>/paws-engine/<environment>/<member>.
  control_group(std::string root, const std::string& environment, const std::string& member);

  /// Makes the groups and sets the limits. Answers what could not be set: "memory_limit: reason".
  std::vector<std::string> apply(const topology::resource_limits& limits);
  /// Directories whose cgroup.procs a process writes itself into. Empty before apply().
  const std::vector<std::string>& directories() const { return directories_; }

  /// True when everything in it is frozen or thawed now; false when there is no freezer, or it did not come in time.
  bool freeze(bool on);
  bool is_frozen() const;
  bool has_freezer() const;

  /// Bytes and microseconds so far; nullopt without the group.
  std::optional<std::uint64_t> memory_bytes() const;
  std::optional<std::uint64_t> cpu_usec() const;
  /// What the memory limit did and holds, as container_stats has it.
  std::uint64_t inactive_file_bytes() const;
  std::uint64_t oom_kills() const;
  std::uint64_t cpu_stat(const std::string& key) const;

  /// Removes the groups. They must be empty.
  void remove();

private:
  std::string place_of(const std::string& hierarchy) const;
  std::string set_limit(const std::string& hierarchy, const std::vector<std::pair<std::string, std::string>>& values);
  void enable_controllers(const std::filesystem::path& place) const;
  void join(const std::string& hierarchy);

  std::string root_;
  std::string path_; // below a hierarchy: "paws-engine/<environment>/<member>"
  bool unified_ = false;
  std::vector<std::string> directories_;
};

/// Why limits of memory or processors cannot be enforced below `root`; "" when they can.
std::string why_not_enforced(const std::string& root, const std::string& controller);

} // namespace paws::process
