// doctor: prerequisites, and what this machine can and cannot do.
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/machine.hpp"
#include "bin/render.hpp"

#include <algorithm>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;

int doctor(const global_flags& flags) {
  const auto programs = needed_programs();
  const auto abilities = process_abilities();
  const auto missing =
      std::count_if(programs.begin(), programs.end(), [](const auto& one) { return one.path.empty(); });
  if (flags.json()) {
    json found = json::array(), able = json::array();
    for (const auto& one : programs)
      found.push_back(
          {{"name", one.name}, {"path", one.path.empty() ? json(nullptr) : json(one.path)}, {"package", one.package}});
    for (const auto& one : abilities)
      able.push_back({{"name", one.name},
                      {"supported", one.lacking.empty()},
                      {"reason", one.lacking.empty() ? json(nullptr) : json(one.lacking)}});
    print({{"ok", missing == 0}, {"programs", found}, {"runtimes", {{{"name", "process"}, {"abilities", able}}}}});
  } else {
    std::vector<std::vector<std::string>> rows{{"PROGRAM", "FOUND", "PACKAGE"}};
    for (const auto& one : programs)
      rows.push_back({one.name, one.path.empty() ? "NO" : one.path, one.package});
    std::cout << columns(rows) << "\nruntime process\n";
    rows.clear();
    for (const auto& one : abilities)
      rows.push_back({"  " + one.name, one.lacking.empty() ? "yes" : "no: " + one.lacking});
    std::cout << columns(rows) << std::flush;
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
