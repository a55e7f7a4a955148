// doctor: what is here, what stands in the way of a start, and the command that mends it.
#include "bin/commands/command.hpp"
#include "bin/diagnosis.hpp"
#include "bin/layout.hpp"
#include "bin/machine.hpp"
#include "bin/target.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;

constexpr std::array later_runtimes{"docker", "podman"};
constexpr const char* not_built = "not built into this version";

json document_of(const std::vector<finding>& all, bool usable) {
  json programs = json::array(), able = json::array(), findings = json::array();
  for (const auto& one : needed_programs())
    programs.push_back({{"name", one.name},
                        {"path", one.path.empty() ? json(nullptr) : json(one.path)},
                        {"version", one.version.empty() ? json(nullptr) : json(one.version)},
                        {"package", one.package}});
  for (const auto& one : process_abilities())
    able.push_back({{"name", one.name},
                    {"supported", one.lacking.empty()},
                    {"reason", one.lacking.empty() ? json(nullptr) : json(one.lacking)}});
  for (const auto& one : all)
    findings.push_back({{"finding", one.name},
                        {"status", to_string(one.status)},
                        {"detail", one.detail},
                        {"remedy", one.remedy.empty() ? json(nullptr) : json(one.remedy)}});
  json runtimes = json::array({{{"name", "process"}, {"usable", usable}, {"abilities", able}}});
  for (const auto* name : later_runtimes)
    runtimes.push_back({{"name", name}, {"usable", false}, {"reason", not_built}});
  return {{"ok", usable},
          {"version", PAWS_VERSION},
          {"programs", programs},
          {"runtimes", runtimes},
          {"findings", findings}};
}

void show(const std::vector<finding>& all, std::size_t width) {
  table rows{{"PROGRAM", "VERSION", "FOUND", "PACKAGE"}};
  for (const auto& one : needed_programs())
    rows.push_back({std::filesystem::path{one.name}.filename().string(), one.version.empty() ? "-" : one.version,
                    one.path.empty() ? "NO" : one.path, one.package});
  std::cout << columns(rows, width) << "\nruntime process\n";
  const auto abilities = process_abilities();
  std::size_t widest = 0;
  for (const auto& one : abilities)
    widest = std::max(widest, one.name.size());
  for (const auto& one : abilities)
    std::cout << paragraph("  " + one.name + std::string(widest - one.name.size() + 2, ' '),
                           one.lacking.empty() ? "yes" : "no: " + one.lacking, widest + 4, width);
  std::cout << "\n";
  for (const auto& one : all) {
    const auto status = std::string{to_string(one.status)};
    std::cout << paragraph(status + std::string(6 - status.size(), ' ') + one.name + ": ", harmless(one.detail), 8,
                           width);
    if (!one.remedy.empty())
      std::cout << paragraph("        -> ", one.remedy, 11, width);
  }
  std::cout << std::flush;
}

int doctor(const global_flags& flags, const std::string& file) {
  engine_options options;
  options.environment = flags.environment;
  options.topology_file = file;
  std::error_code failed;
  if (file.empty() && std::filesystem::exists(default_topology, failed))
    options.topology_file = default_topology;
  const auto all = diagnose(options);
  const auto worst = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.status == grade::fail; });
  const bool usable = worst == all.end();
  if (!flags.json())
    show(all, look_of(flags).width);
  if (!usable)
    return fail(flags, {worst->code, worst->name + ": " + worst->detail, worst->remedy},
                flags.json() ? document_of(all, usable) : json::object());
  if (flags.json())
    print(document_of(all, usable));
  return 0;
}

} // namespace

void add_doctor(CLI::App& parent, command_line& line) {
  auto file = std::make_shared<std::string>();
  auto* sub = parent.add_subcommand("doctor", "What this machine brings along, what a start lacks, and what mends it");
  sub->add_option("TOPOLOGY", *file, "Topology file (config/paws360.yaml when there is one)");
  sub->footer("Examples:\n  paws-engine doctor --format json\n  paws-engine doctor config/paws360.yaml");
  sub->callback([&line, file] { line.action = [&line, file] { return doctor(line.flags, *file); }; });
}

} // namespace paws::bin
