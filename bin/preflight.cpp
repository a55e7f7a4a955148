#include "bin/preflight.hpp"

#include "bin/paths.hpp"
#include "bin/port_owner.hpp"
#include "logic/environment_rules.hpp"
#include "runtimes/common/host.hpp"
#include "runtimes/docker/traces.hpp"
#include "runtimes/process/live_keeper.hpp"
#include "runtimes/process/member_directory.hpp"
#include "runtimes/process/programs.hpp"
#include "store/lock_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;

constexpr int most_looks = 40, look_again_ms = 50; // two seconds for all ports together

// A process that is just ending still listens, and nobody can be seen to own that: it is looked at again.
listener owner_of(const std::vector<listener>& all, const std::string& address, std::uint16_t port, int& looks) {
  auto owner = who_holds(all, address, port);
  for (; owner.port != 0 && owner.pid == 0 && looks > 0; --looks) {
    ::poll(nullptr, 0, look_again_ms);
    owner = who_holds(listeners(), address, port);
  }
  return owner;
}

void check_port(const logic::environment_plan& plan, const std::vector<listener>& all, const std::string& address,
                std::uint16_t port, const std::string& wanted_by, int& looks, preflight_result& out) {
  const auto owner = owner_of(all, address, port, looks);
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

void check_published(const logic::environment_plan& plan, const docker::traces& there, preflight_result& out) {
  const auto all = listeners();
  int looks = most_looks;
  for (const auto& service : plan.services) {
    const auto own = there.members.find(service.spec.name);
    if (own != there.members.end() && own->second)
      continue; // the engine holds its ports for it
    for (const auto& port : service.spec.published)
      check_port(plan, all, "127.0.0.1", port.host_port, "the published port of " + service.spec.name, looks, out);
  }
}

// A path that leads out of the project by a symbolic link is as good as one that says so.
void check_mounts(const logic::environment_plan& plan, const std::string& project, preflight_result& out) {
  std::error_code failed;
  const auto inside = fs::canonical(project, failed);
  for (const auto& service : plan.services)
    for (const auto& mount : service.spec.mounts) {
      if (mount.source.empty())
        continue;
      const auto real = fs::canonical(mount.source, failed);
      const auto leads = real.lexically_relative(inside);
      if (failed)
        out.failures.push_back(
            {"ERR_SYS_003",
             mount.source + ", which " + service.spec.name + " mounts, cannot be found: " + failed.message(),
             "make it, or correct `mounts` in the topology"});
      else if (leads.empty() || *leads.begin() == ".." || *leads.begin() == ".local")
        out.failures.push_back({"ERR_SYS_003",
                                mount.source + ", which " + service.spec.name + " mounts, is a link to " +
                                    real.string() + ": that is not for containers",
                                "mount something inside the project that is no such link"});
    }
}

void check_ports(const logic::environment_plan& plan, preflight_result& out) {
  const auto all = listeners();
  int looks = most_looks;
  for (const auto& route : plan.routes)
    if (route.route.publish != 0)
      check_port(plan, all, "127.0.0.1", route.route.publish, "the route " + route.route.name, looks, out);
  for (const auto& service : plan.services)
    for (const auto& [title, port] : service.spec.ports)
      check_port(plan, all, service.spec.address, port, service.spec.name, looks, out);
}

// An engine of this environment that is about to be replaced gives its listener back.
void check_control(const preflight_input& what, preflight_result& out) {
  if (what.control_port == 0)
    return;
  const auto all = listeners();
  int looks = most_looks;
  const auto holder = owner_of(all, "127.0.0.1", what.control_port, looks);
  if (holder.pid != 0 && holder.pid == store::lock_holder(paths_of(what.root, what.plan.environment).lock))
    return;
  check_port(what.plan, all, "127.0.0.1", what.control_port, "the engine's listener (control: listen)", looks, out);
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

void check_directories(const logic::environment_plan& plan, const std::string& root, bool of_members,
                       preflight_result& out) {
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
  if (of_members && ::geteuid() == 0) {
    std::set<std::string> users;
    for (const auto& service : plan.services)
      if (!service.spec.user.empty())
        users.insert(service.spec.user);
    for (const auto& user : users)
      check_path_of(user, existing, out);
  }
}

// `there`: of a container runtime.
void check_room(const logic::environment_plan& plan, const std::string& root, const docker::traces* there,
                preflight_result& out) {
  const auto own = fs::path{root} / ".local" / "env" / plan.environment;
  std::vector<member_need> needs;
  for (const auto& service : plan.services) {
    const auto& name = service.spec.name;
    const process::member_directory directory{(own / "members" / name).string()};
    const bool runs = there == nullptr ? process::live_keeper(directory.keeper_dir()).has_value()
                                       : there->members.contains(name) && there->members.at(name);
    needs.push_back({name, service.spec.limits, runs});
  }
  const auto place = nearest_existing(own).string();
  judge_room(needs, common::host_now(place, "/sys/fs/cgroup"), place, out);
}

// Of a start of some services only those count, and whatever they need.
void leave_only(logic::environment_plan& plan, const std::vector<std::string>& services) {
  const auto chosen = logic::with_dependencies(plan, logic::services_named(plan, services));
  const auto is_out = [&](const std::string& name) {
    return std::find(chosen.begin(), chosen.end(), name) == chosen.end();
  };
  std::erase_if(plan.services, [&](const auto& service) { return is_out(service.spec.name); });
  std::erase_if(plan.routes, [&](const auto& route) { return is_out(route.service); });
}

} // namespace

preflight_result preflight(const preflight_input& what, const std::vector<std::string>& services) {
  auto wanted = what.plan;
  if (!services.empty() && logic::unknown_name(wanted, services).empty())
    leave_only(wanted, services);
  preflight_result out;
  check_directories(wanted, what.root, !what.engine, out);
  check_control(what, out);
  if (!what.engine) {
    check_programs(wanted, out);
    check_ports(wanted, out);
    check_room(wanted, what.root, nullptr, out);
    return out;
  }
  const auto found = docker::traces_of(*what.engine, wanted.environment);
  if (const auto* why = std::get_if<topology::failure>(&found)) {
    out.failures.push_back(*why);
    return out;
  }
  const auto& there = std::get<docker::traces>(found);
  check_mounts(wanted, what.project.empty() ? what.root : what.project, out);
  check_published(wanted, there, out);
  check_room(wanted, what.root, &there, out);
  return out;
}

} // namespace paws::bin
