// doctor: prerequisites, and what this machine can and cannot do.
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/machine.hpp"
#include "bin/render.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;

constexpr std::array later_runtimes{"docker", "podman"};
constexpr const char* not_built = "not built into this version";

int doctor(const global_flags& flags) {
  const auto programs = needed_programs();
  const auto abilities = process_abilities();
  const auto missing =
      std::count_if(programs.begin(), programs.end(), [](const auto& one) { return one.path.empty(); });
  if (flags.json()) {
    json found = json::array(), able = json::array();
    for (const auto& one : programs)
      found.push_back({{"name", one.name},
                       {"path", one.path.empty() ? json(nullptr) : json(one.path)},
                       {"version", one.version.empty() ? json(nullptr) : json(one.version)},
                       {"package", one.package}});
    for (const auto& one : abilities)
      able.push_back({{"name", one.name},
                      {"supported", one.lacking.empty()},
                      {"reason", one.lacking.empty() ? json(nullptr) : json(one.lacking)}});
    json runtimes = json::array({{{"name", "process"}, {"usable", missing == 0}, {"abilities", able}}});
    for (const auto* name : later_runtimes)
      runtimes.push_back({{"name", name}, {"usable", false}, {"reason", not_built}});
    print({{"ok", missing == 0}, {"version", PAWS_VERSION}, {"programs", found}, {"runtimes", runtimes}});
  } else {
    const auto width = look_of(flags).width;
    table rows{{"PROGRAM", "VERSION", "FOUND", "PACKAGE"}};
    for (const auto& one : programs)
      rows.push_back({std::filesystem::path{one.name}.filename().string(), one.version.empty() ? "-" : one.version,
                      one.path.empty() ? "NO" : one.path, one.package});
    std::cout << columns(rows, width) << "\nruntime process\n";
    std::size_t widest = 0;
    for (const auto& one : abilities)
      widest = std::max(widest, one.name.size());
    for (const auto& one : abilities)
      std::cout << paragraph("  " + one.name + std::string(widest - one.name.size() + 2, ' '),
                             one.lacking.empty() ? "yes" : "no: " + one.lacking, widest + 4, width);
    for (const auto* name : later_runtimes)
      std::cout << "runtime " << name << ": " << not_built << "\n";
    std::cout << std::flush;
  }
  if (missing == 0)
    return 0;
  std::string packages;
  for (const auto& one : programs)
    if (one.path.empty())
      packages += " " + one.package;
  return fail(flags, {"ERR_SYS_004", "programs are missing", "run: apt-get install" + packages});
}

} // namespace

void add_doctor(CLI::App& parent, command_line& line) {
  auto* sub = parent.add_subcommand("doctor", "Prerequisites, and what each runtime can and cannot do here");
  sub->footer("Example:\n  paws-engine doctor --format json");
  sub->callback([&line] { line.action = [&line] { return doctor(line.flags); }; });
}

} // namespace paws::bin
