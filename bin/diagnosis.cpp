#include "bin/diagnosis.hpp"

#include "bin/machine.hpp"
#include "bin/paths.hpp"
#include "bin/port_owner.hpp"
#include "bin/preparation.hpp"
#include "bin/runtime_choice.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

constexpr std::uint64_t mib = 1024UL * 1024;

std::uint64_t memory_mib(const std::string& wanted) {
  std::ifstream file{"/proc/meminfo"};
  std::string title, unit;
  for (std::uint64_t kib = 0; file >> title >> kib && std::getline(file, unit);)
    if (title == wanted)
      return kib / 1024;
  return 0;
}

int cgroup_version() {
  std::error_code failed;
  if (fs::exists(fs::path{cgroup_root} / "cgroup.controllers", failed))
    return 2;
  return fs::is_directory(fs::path{cgroup_root} / "memory", failed) ? 1 : 0;
}

void add_cgroups(std::vector<finding>& out) {
  std::string lacking;
  for (const auto& one : process_abilities())
    if (one.name.ends_with("_limit") && !one.lacking.empty())
      lacking += (lacking.empty() ? "" : "; ") + one.name + ": " + one.lacking;
  finding row{"control groups", grade::ok, cgroup_line() + (lacking.empty() ? ", limits are enforced" : ""), "", ""};
  if (!lacking.empty()) {
    row.status = grade::warn;
    row.detail += ", limits are not enforced (" + lacking + ")";
    row.remedy = cgroup_version() == 0 ? "run: sudo mount -t cgroup2 none " + std::string{cgroup_root}
                 : ::geteuid() != 0    ? "run as root: sudo paws-engine start"
                                       : "run: mount -o remount,rw " + std::string{cgroup_root};
  }
  out.push_back(std::move(row));
}

void add_programs(std::vector<finding>& out) {
  bool all = true;
  for (const auto& one : needed_programs())
    if (one.path.empty()) {
      out.push_back({"program " + fs::path{one.name}.filename().string(), grade::fail, "is not installed",
                     "run: apt-get install " + one.package, "ERR_SYS_004"});
      all = false;
    }
  if (all)
    out.push_back({"programs", grade::ok, "all that a topology may need are installed", "", ""});
  const auto keeper = beside_program("paws-keeper");
  if (::access(keeper.c_str(), X_OK) == 0)
    out.push_back({"keeper", grade::ok, keeper, "", ""});
  else
    out.push_back({"keeper", grade::fail, keeper + " is not there or cannot be run", "run: make build", "ERR_SYS_004"});
}

// Each as it was found; one that is simply not there is nobody's fault.
void add_runtimes(const std::vector<runtime_offer>& offers, std::vector<finding>& out) {
  for (const auto& offer : offers) {
    if (!offer.engine)
      continue;
    finding row{"runtime " + offer.name, grade::ok, offer.about, "", ""};
    if (!offer.why_not.empty() && !offer.unreachable && offer.engine->socket.empty())
      row.detail = "is not here: " + offer.why_not;
    else if (!offer.why_not.empty())
      row = {row.name, grade::note, offer.why_not,
             "start or mend it, or use another one: paws-engine start --runtime process", ""};
    else
      for (const auto& one : abilities_of(docker::capabilities_of(*offer.engine)))
        row.detail += one.lacking.empty() ? "" : "; no " + one.name + ": " + one.lacking;
    out.push_back(std::move(row));
  }
}

// The ports of this machine that members take: in containers those that are published.
finding ports_of(const logic::environment_plan& plan) {
  const auto all = listeners();
  std::size_t free = 0;
  std::string held;
  const auto look = [&](const std::string& address, std::uint16_t port) {
    const auto owner = port == 0 ? listener{} : who_holds(all, address, port);
    if (port != 0 && owner.port == 0)
      ++free;
    if (owner.member.starts_with(plan.environment + "/"))
      held += (held.empty() ? "" : ", ") + address + ":" + std::to_string(port) + " " +
              owner.member.substr(plan.environment.size() + 1) + " (pid " + std::to_string(owner.pid) + ")";
  };
  const bool containers = has_containers(plan.runtime);
  for (const auto& route : plan.routes)
    look("127.0.0.1", containers ? 0 : route.route.publish);
  for (const auto& service : plan.services) {
    for (const auto& port : service.spec.published)
      look("127.0.0.1", port.host_port);
    for (const auto& [title, port] : service.spec.ports)
      look(service.spec.address, containers ? 0 : port);
  }
  return {"ports", grade::ok,
          std::to_string(free) + " of " + plan.environment + " are free" +
              (held.empty() ? "" : "; its own members hold " + held),
          "", ""};
}

finding users_of(const logic::environment_plan& plan) {
  if (has_containers(plan.runtime))
    return {"daemon users", grade::ok, "members run as users of their images, never as root", "", ""};
  if (::geteuid() != 0)
    return {"daemon users", grade::ok, "members run as the user who calls", "", ""};
  std::set<std::string> users;
  for (const auto& service : plan.services)
    users.insert(service.spec.user.empty() ? "root" : service.spec.user);
  std::string list;
  for (const auto& user : users)
    list += (list.empty() ? "" : ", ") + user;
  return {"daemon users", grade::ok, list, "", ""};
}

std::string disk_free_mib(const std::string& root) {
  struct statvfs disk {};
  const bool known = ::statvfs(root.c_str(), &disk) == 0;
  return known ? std::to_string(static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize / mib) : "not known how many";
}

// What a start would meet; without a topology what any start would.
void add_preflight(const engine_options& options, std::vector<finding>& out) {
  std::uint16_t control_port = 0;
  logic::environment_plan plan;
  std::optional<docker::engine> engine;
  std::error_code failed;
  std::string root = fs::current_path(failed).string();
  if (!options.topology_file.empty()) {
    auto made = plan_without_secrets(options);
    if (const auto* why = std::get_if<failure>(&made)) {
      out.push_back(row_of(*why, grade::fail));
      return;
    }
    const auto& ready = std::get<prepared>(made);
    plan = ready.plan;
    root = ready.document.root;
    engine = ready.runtime.engine;
    if (topology::listens(ready.document.control, ready.profiles))
      control_port = ready.document.control.port;
    out.push_back({"runtime", grade::ok, sentence_of(ready.runtime), "", ""});
    out.push_back({"topology", grade::ok, options.topology_file + " is valid", "", ""});
    out.push_back(ports_of(plan));
    out.push_back(users_of(plan));
  }
  const auto checked = preflight({plan, root, engine, {}, control_port}, options.services);
  for (const auto& each : checked.failures)
    out.push_back(row_of(each, grade::fail));
  for (const auto& each : checked.shortages)
    out.push_back(row_of(each, grade::warn));
  for (const auto& each : checked.warnings)
    if (each.find("processors") != std::string::npos)
      out.push_back({"processors", grade::warn, each,
                     "lower cpus below resources in the topology, or go on: starts may be slower", ""});
    else
      out.push_back({"disk", grade::warn, each, "run: paws-engine ctl cleanup, or free some space there", ""});
  const auto fine = [&](const std::string& name, std::string detail) {
    if (std::none_of(out.begin(), out.end(), [&](const auto& one) { return one.name == name; }))
      out.push_back({name, grade::ok, std::move(detail), "", ""});
  };
  fine("disk", disk_free_mib(root) + " MiB free below " + root);
  fine("memory", std::to_string(memory_mib("MemAvailable:")) + " MiB available");
  fine("processors", std::to_string(std::thread::hardware_concurrency()));
}

} // namespace

std::string_view to_string(grade what) {
  constexpr std::array<std::string_view, 4> words{"ok", "note", "warn", "fail"};
  return words.at(static_cast<std::size_t>(what));
}

finding row_of(const failure& what, grade status) {
  const auto area = std::string_view{what.code}.substr(0, 11);
  const auto* name = area == "ERR_SYS_001"         ? "memory"
                     : area == "ERR_SYS_002"       ? "disk"
                     : area == "ERR_SYS_003"       ? "directories"
                     : area == "ERR_SYS_004"       ? "prerequisites"
                     : area == "ERR_SYS_006"       ? "processors"
                     : area == "ERR_NET_001"       ? "port taken"
                     : area == "ERR_NET_005"       ? "networks"
                     : area.starts_with("ERR_RUN") ? "runtime"
                                                   : "topology";
  return {name, status, what.message, what.remedy, what.code};
}

std::vector<finding> diagnose(const engine_options& options, const std::vector<runtime_offer>& offers) {
  std::vector<finding> out;
  add_preflight(options, out);
  const bool containers = std::any_of(out.begin(), out.end(), [](const auto& one) {
    return one.name == "runtime" &&
           (one.detail.starts_with("runtime docker") || one.detail.starts_with("runtime podman"));
  });
  if (!containers) {
    add_programs(out);
    add_cgroups(out);
  }
  add_runtimes(offers, out);
  return out;
}

std::string system_line() {
  utsname kernel{};
  ::uname(&kernel);
  std::string distribution = "unknown distribution";
  std::ifstream file{"/etc/os-release"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("PRETTY_NAME=\"") && line.ends_with('"'))
      distribution = line.substr(13, line.size() - 14);
  return std::string{kernel.sysname} + " " + kernel.release + " " + kernel.machine + ", " + distribution + ", " +
         std::to_string(std::thread::hardware_concurrency()) + " processors, " +
         std::to_string(memory_mib("MemTotal:")) + " MiB of memory";
}

std::string cgroup_line() {
  const auto version = cgroup_version();
  return version == 0 ? "no control groups below " + std::string{cgroup_root}
                      : "control groups version " + std::to_string(version) + " below " + cgroup_root;
}

} // namespace paws::bin
