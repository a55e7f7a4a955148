#include "bin/preflight.hpp"

#include "bin/port_owner.hpp"
#include "runtimes/process/programs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <pwd.h>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <thread>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t gib = 1024ULL * 1024 * 1024;
// Requirements, FR-019: three PostgreSQL members and their WAL do not fit into less.
constexpr std::uint64_t disk_refused_below_bytes = 2 * gib;
constexpr std::uint64_t disk_warned_below_bytes = 5 * gib;

void check_port(const logic::environment_plan& plan, const std::vector<listener>& all, const std::string& address,
                std::uint16_t port, const std::string& wanted_by, preflight_result& out) {
  const auto owner = who_holds(all, address, port);
  if (owner.port == 0 || owner.member.starts_with(plan.environment + "/"))
    return;
  const auto where = address + ":" + std::to_string(port);
  std::string who = "a process of another user";
  if (owner.pid != 0)
    who = "pid " + std::to_string(owner.pid) + " (" + owner.program +
          (owner.member.empty() ? ")" : ", of the environment " + owner.member.substr(0, owner.member.find('/')) + ")");
  out.failures.push_back({"ERR_NET_001", "port " + where + ", needed by " + wanted_by + ", is taken by " + who,
                          "end that program, or choose another port (routes: publish) or subnet (runtime: process) "
                          "in the topology"});
}

void check_ports(const logic::environment_plan& plan, preflight_result& out) {
  const auto all = listeners();
  for (const auto& route : plan.routes)
    if (route.route.publish != 0)
      check_port(plan, all, "127.0.0.1", route.route.publish, "the route " + route.route.name, out);
  for (const auto& service : plan.services)
    for (const auto& [title, port] : service.spec.ports)
      check_port(plan, all, service.spec.address, port, service.spec.name, out);
}

void check_programs(const logic::environment_plan& plan, preflight_result& out) {
  std::set<std::string> told;
  for (const auto& service : plan.services) {
    const auto& spec = service.spec;
    if (spec.command.empty() || !process::find_program(spec.command[0]).empty() || !told.insert(spec.command[0]).second)
      continue;
    out.failures.push_back(
        {"ERR_SYS_004", spec.command[0] + ", which " + spec.name + " runs, is not installed",
         spec.package.empty() ? "install it, or correct the command" : "run: apt-get install " + spec.package});
  }
}

fs::path nearest_existing(fs::path path) {
  std::error_code ignored;
  while (!path.empty() && path != path.root_path() && !fs::exists(fs::symlink_status(path, ignored)))
    path = path.parent_path();
  return path;
}

// May the user pass through `directory`? Only permission bits count: root's privilege is gone when a member runs.
bool may_enter(const struct stat& directory, const passwd& user) {
  if (directory.st_uid == user.pw_uid)
    return (directory.st_mode & S_IXUSR) != 0;
  std::vector<gid_t> groups(64);
  auto count = static_cast<int>(groups.size());
  if (::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) < 0)
    count = static_cast<int>(groups.size());
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  if (std::find(groups.begin(), groups.end(), directory.st_gid) != groups.end())
    return (directory.st_mode & S_IXGRP) != 0;
  return (directory.st_mode & S_IXOTH) != 0;
}

void check_path_of(const std::string& user, const fs::path& existing, preflight_result& out) {
  const auto* entry = ::getpwnam(user.c_str()); // NOLINT(concurrency-mt-unsafe): before any thread asks
  if (entry == nullptr) {
    out.failures.push_back({"ERR_SYS_004", "the user " + user + " does not exist", "run: make setup"});
    return;
  }
  fs::path at = "/";
  for (const auto& part : existing) {
    at /= part;
    struct stat found {};
    if (::stat(at.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || may_enter(found, *entry))
      continue;
    std::ostringstream mode;
    mode << std::oct << (found.st_mode & 07777U);
    out.failures.push_back({"ERR_SYS_003",
                            "the user " + user + ", whose data would lie below it, cannot pass through " + at.string() +
                                " (mode 0" + mode.str() + ")",
                            "run: chmod o+x " + at.string() + "   or move the project, or set `root` elsewhere"});
    return;
  }
}

void check_directories(const logic::environment_plan& plan, const std::string& root, preflight_result& out) {
  const auto existing = nearest_existing(fs::path{root} / ".local" / "env" / plan.environment);
  struct stat found {};
  if (::stat(existing.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    out.failures.push_back(
        {"ERR_SYS_003", existing.string() + " is in the way: it is no directory", "move it away, then try again"});
    return;
  }
  if (::faccessat(AT_FDCWD, existing.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    out.failures.push_back({"ERR_SYS_003", existing.string() + " cannot be written: " + std::strerror(errno),
                            "give yourself write permission there, or set `root` elsewhere"});
    return;
  }
  if (::geteuid() == 0) {
    std::set<std::string> users;
    for (const auto& service : plan.services)
      if (!service.spec.user.empty())
        users.insert(service.spec.user);
    for (const auto& user : users)
      check_path_of(user, existing, out);
  }
  struct statvfs disk {};
  if (::statvfs(existing.c_str(), &disk) != 0)
    return;
  const auto free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  const auto text = std::to_string(free_bytes / (gib / 1024)) + " MiB free below " + existing.string();
  if (free_bytes < disk_refused_below_bytes)
    out.failures.push_back({"ERR_SYS_002", "only " + text + ", at least 2048 are needed",
                            "free some space, or run: make local-down VOLUMES=1"});
  else if (free_bytes < disk_warned_below_bytes)
    out.warnings.push_back("only " + text);
}

// Limits are ceilings, not needs: less than their sum works until all of them are reached at once.
void check_size(const logic::environment_plan& plan, preflight_result& out) {
  std::uint64_t reserved = 0;
  for (const auto& service : plan.services)
    reserved += service.spec.limits.memory_reservation_bytes;
  std::ifstream file{"/proc/meminfo"};
  std::string title, unit;
  std::uint64_t kib = 0;
  while (file >> title >> kib) {
    std::getline(file, unit);
    if (title == "MemAvailable:" && kib * 1024 < reserved)
      out.shortages.push_back({"ERR_SYS_001",
                               "only " + std::to_string(kib / 1024) +
                                   " MiB of memory are available; the members reserve " +
                                   std::to_string(reserved / (1024 * 1024)),
                               "end something else, lower resources: memory_reservation, or go on with --yes"});
  }
  if (std::thread::hardware_concurrency() < 2)
    out.shortages.push_back({"ERR_SYS_006", "only one processor: starts and elections will be slow",
                             "use a larger machine, or go on with --yes"});
}

} // namespace

preflight_result preflight(const logic::environment_plan& plan, const std::string& root) {
  preflight_result out;
  check_programs(plan, out);
  check_directories(plan, root, out);
  check_ports(plan, out);
  check_size(plan, out);
  return out;
}

} // namespace paws::bin
