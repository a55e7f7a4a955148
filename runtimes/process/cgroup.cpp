#include "runtimes/process/cgroup.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <unistd.h>

namespace paws::process {

namespace {

namespace fs = std::filesystem;

// A freezer answers FREEZING until the last task stands still: a few scheduler ticks, more on a loaded machine.
constexpr std::chrono::seconds freeze_patience{5};
constexpr int look_again_ms = 2;
constexpr std::uint64_t period_us = 100'000; // the kernel's own default

bool write_value(const std::string& path, const std::string& value) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  const bool done = ::write(fd, value.data(), value.size()) == static_cast<ssize_t>(value.size());
  const int error = errno;
  ::close(fd);
  errno = error;
  return done;
}

std::string read_value(const std::string& path) {
  std::ifstream file{path};
  std::string out;
  std::getline(file, out);
  return out;
}

std::optional<std::uint64_t> read_number(const std::string& path) {
  std::ifstream file{path};
  std::uint64_t out = 0;
  if (file >> out)
    return out;
  return std::nullopt;
}

bool is_unified(const std::string& root) {
  return fs::exists(root + "/cgroup.controllers");
}

} // namespace

control_group::control_group(std::string root, const std::string& environment, const std::string& member)
    : root_{std::move(root)}, path_{"paws-engine/" + environment + "/" + member}, unified_{is_unified(root_)} {}

std::string control_group::place_of(const std::string& hierarchy) const {
  return unified_ ? root_ + "/" + path_ : root_ + "/" + hierarchy + "/" + path_;
}

void control_group::join(const std::string& hierarchy) {
  const auto place = place_of(hierarchy);
  if (std::find(directories_.begin(), directories_.end(), place) == directories_.end())
    directories_.push_back(place);
}

// A controller reaches a group only through all of its parents, from the root down. Each on its own: one write with a
// controller that this machine lacks would enable none.
void control_group::enable_controllers(const fs::path& place) const {
  std::vector<fs::path> parents;
  for (auto at = place.parent_path(); at.string().size() >= root_.size(); at = at.parent_path())
    parents.push_back(at);
  std::reverse(parents.begin(), parents.end());
  for (const auto& parent : parents)
    for (const auto* controller : {"+memory", "+cpu"})
      write_value(parent.string() + "/cgroup.subtree_control", controller);
}

// "" or why not. The group is made as well.
std::string control_group::set_limit(const std::string& hierarchy,
                                     const std::vector<std::pair<std::string, std::string>>& values) {
  if (!unified_ && !fs::exists(root_ + "/" + hierarchy))
    return "this machine has no control group " + hierarchy;
  const auto place = place_of(hierarchy);
  std::error_code failed;
  fs::create_directories(place, failed);
  if (failed)
    return place + " cannot be made: " + failed.message();
  if (unified_)
    enable_controllers(place);
  for (const auto& [file, value] : values)
    if (!write_value(place + "/" + file, value))
      return place + "/" + file + " cannot be written: " + std::strerror(errno);
  join(hierarchy);
  return "";
}

std::vector<std::string> control_group::apply(const topology::resource_limits& limits) {
  directories_.clear();
  std::vector<std::string> out;
  const auto note = [&](const std::string& limit, const std::string& why) {
    if (!why.empty())
      out.push_back(limit + ": " + why);
  };
  if (limits.memory_bytes > 0) {
    const auto bytes = std::to_string(limits.memory_bytes);
    note("memory_limit", set_limit("memory", {{unified_ ? "memory.max" : "memory.limit_in_bytes", bytes}}));
  }
  if (limits.memory_reservation_bytes > 0) {
    const auto bytes = std::to_string(limits.memory_reservation_bytes);
    note("memory_reservation", set_limit("memory", {{unified_ ? "memory.low" : "memory.soft_limit_in_bytes", bytes}}));
  }
  if (limits.cpus > 0) {
    const auto quota = std::to_string(static_cast<std::uint64_t>(limits.cpus * static_cast<double>(period_us)));
    if (unified_)
      note("cpu_limit", set_limit("cpu", {{"cpu.max", quota + " " + std::to_string(period_us)}}));
    else
      note("cpu_limit",
           set_limit("cpu", {{"cpu.cfs_period_us", std::to_string(period_us)}, {"cpu.cfs_quota_us", quota}}));
  }
  if (set_limit("freezer", {}).empty() && !has_freezer())
    std::erase(directories_, place_of("freezer"));
  return out;
}

bool control_group::has_freezer() const {
  return fs::exists(place_of("freezer") + (unified_ ? "/cgroup.freeze" : "/freezer.state"));
}

bool control_group::is_frozen() const {
  if (!unified_)
    return read_value(place_of("freezer") + "/freezer.state") == "FROZEN";
  std::ifstream events{place_of("freezer") + "/cgroup.events"};
  for (std::string key, value; events >> key >> value;)
    if (key == "frozen")
      return value == "1";
  return false;
}

bool control_group::freeze(bool on) {
  if (!has_freezer())
    return false;
  const auto file = place_of("freezer") + (unified_ ? "/cgroup.freeze" : "/freezer.state");
  const std::string value = unified_ ? (on ? "1" : "0") : (on ? "FROZEN" : "THAWED");
  const auto until = std::chrono::steady_clock::now() + freeze_patience;
  while (write_value(file, value)) {
    if (is_frozen() == on)
      return true;
    if (std::chrono::steady_clock::now() >= until)
      break;
    ::poll(nullptr, 0, look_again_ms); // the kernel tells nobody when a version 1 freezer is done
  }
  return false;
}

std::optional<std::uint64_t> control_group::memory_bytes() const {
  return read_number(place_of("memory") + (unified_ ? "/memory.current" : "/memory.usage_in_bytes"));
}

std::optional<std::uint64_t> control_group::cpu_usec() const {
  if (!unified_) {
    const auto ns = read_number(place_of("cpuacct") + "/cpuacct.usage");
    return ns ? std::optional{*ns / 1000} : std::nullopt;
  }
  std::ifstream file{place_of("cpu") + "/cpu.stat"};
  std::uint64_t value = 0;
  for (std::string key; file >> key >> value;)
    if (key == "usage_usec")
      return value;
  return std::nullopt;
}

namespace {

// The number behind `key` in a file of words and numbers.
std::uint64_t number_in(const std::string& path, const std::string& key) {
  std::ifstream file{path};
  std::uint64_t value = 0;
  for (std::string word; file >> word >> value;)
    if (word == key)
      return value;
  return 0;
}

} // namespace

std::uint64_t control_group::inactive_file_bytes() const {
  return number_in(place_of("memory") + "/memory.stat", unified_ ? "inactive_file" : "total_inactive_file");
}

std::uint64_t control_group::oom_kills() const {
  return number_in(place_of("memory") + (unified_ ? "/memory.events" : "/memory.oom_control"), "oom_kill");
}

std::uint64_t control_group::cpu_stat(const std::string& key) const {
  return number_in(place_of("cpu") + "/cpu.stat", key);
}

void control_group::remove() {
  const auto hierarchies =
      unified_ ? std::vector<std::string>{""} : std::vector<std::string>{"memory", "cpu", "freezer"};
  for (const auto& hierarchy : hierarchies) {
    fs::path place = place_of(hierarchy);
    for (int level = 0; level < 3; ++level, place = place.parent_path()) // member, environment, paws-engine
      if (::rmdir(place.c_str()) != 0)
        break;
  }
}

std::string why_not_enforced(const std::string& root, const std::string& controller) {
  const bool unified = is_unified(root);
  const auto place = unified ? root : root + "/" + controller;
  if (!fs::exists(place))
    return "this machine has no control group " + controller;
  if (unified) {
    std::istringstream words{read_value(root + "/cgroup.controllers")};
    bool known = false;
    for (std::string word; words >> word;)
      known = known || word == controller;
    if (!known)
      return "the controller " + controller + " is not available";
  }
  if (::access(place.c_str(), W_OK) != 0)
    return place + " is not writable";
  return "";
}

} // namespace paws::process
