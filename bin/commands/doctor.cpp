// doctor: what is here, what stands in the way of a start, and the command that mends it.
#include "bin/commands/command.hpp"
#include "bin/diagnosis.hpp"
#include "bin/layout.hpp"
#include "bin/machine.hpp"
#include "bin/target.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;

std::vector<ability> abilities_here(const runtime_offer& offer) {
  return offer.engine ? abilities_of(docker::capabilities_of(*offer.engine)) : process_abilities();
}

json row_of(const runtime_offer& offer) {
  json able = json::array();
  const bool usable = offer.why_not.empty();
  if (usable)
    for (const auto& one : abilities_here(offer))
      able.push_back({{"name", one.name},
                      {"supported", one.lacking.empty()},
                      {"reason", one.lacking.empty() ? json(nullptr) : json(one.lacking)}});
  json out{{"name", offer.name},
           {"usable", usable},
           {"abilities", able},
           {"reason", usable ? json(nullptr) : json(offer.why_not)}};
  const auto word = [](const std::string& text) { return text.empty() ? json(nullptr) : json(text); };
  if (offer.engine)
    out.update({{"version", word(offer.engine->version)},
                {"api_version", word(offer.engine->api_version)},
                {"platform", word(offer.engine->platform)},
                {"socket", word(offer.engine->socket)}});
  return out;
}

json document_of(const std::vector<finding>& all, const std::vector<runtime_offer>& offers, bool usable) {
  json programs = json::array(), findings = json::array(), runtimes = json::array();
  for (const auto& one : needed_programs())
    programs.push_back({{"name", one.name},
                        {"path", one.path.empty() ? json(nullptr) : json(one.path)},
                        {"version", one.version.empty() ? json(nullptr) : json(one.version)},
                        {"package", one.package}});
  for (const auto& offer : offers)
    runtimes.push_back(row_of(offer));
  for (const auto& one : all)
    findings.push_back({{"finding", one.name},
                        {"status", to_string(one.status)},
                        {"detail", one.detail},
                        {"remedy", one.remedy.empty() ? json(nullptr) : json(one.remedy)}});
  return {{"ok", usable},
          {"version", PAWS_VERSION},
          {"programs", programs},
          {"runtimes", runtimes},
          {"findings", findings}};
}

void show(const std::vector<finding>& all, const std::vector<runtime_offer>& offers, std::size_t width) {
  table rows{{"PROGRAM", "VERSION", "FOUND", "PACKAGE"}};
  for (const auto& one : needed_programs())
    rows.push_back({std::filesystem::path{one.name}.filename().string(), one.version.empty() ? "-" : one.version,
                    one.path.empty() ? "NO" : one.path, one.package});
  std::cout << columns(rows, width);
  for (const auto& offer : offers) {
    std::cout << "\n"
              << paragraph("runtime " + offer.name + ": ", offer.why_not.empty() ? offer.about : offer.why_not, 4,
                           width);
    const auto able = offer.why_not.empty() ? abilities_here(offer) : std::vector<ability>{};
    std::size_t widest = 0;
    for (const auto& one : able)
      widest = std::max(widest, one.name.size());
    for (const auto& one : able)
      std::cout << paragraph("  " + one.name + std::string(widest - one.name.size() + 2, ' '),
                             one.lacking.empty() ? "yes" : "no: " + one.lacking, widest + 4, width);
  }
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

int doctor(const global_flags& flags, const std::string& file, const std::string& runtime) {
  engine_options options;
  options.environment = flags.environment;
  options.topology_file = file;
  options.runtime = runtime;
  std::error_code failed;
  if (file.empty() && std::filesystem::exists(default_topology, failed))
    options.topology_file = default_topology;
  const auto offers = offered_runtimes();
  const auto all = diagnose(options, offers);
  const auto worst = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.status == grade::fail; });
  const bool usable = worst == all.end();
  if (!flags.json())
    show(all, offers, look_of(flags).width);
  if (!usable)
    return fail(flags, {worst->code, worst->name + ": " + worst->detail, worst->remedy},
                flags.json() ? document_of(all, offers, usable) : json::object());
  if (flags.json())
    print(document_of(all, offers, usable));
  return 0;
}

} // namespace

void add_doctor(CLI::App& parent, command_line& line) {
  auto file = std::make_shared<std::string>();
  auto runtime = std::make_shared<std::string>("auto");
  auto* sub = parent.add_subcommand("doctor", "What this machine brings along, what a start lacks, and what mends it");
  sub->add_option("TOPOLOGY", *file, "Topology file (config/paws360.yaml when there is one)");
  add_runtime_option(*sub, *runtime);
  sub->footer("Examples:\n  paws-engine doctor --format json\n  paws-engine doctor config/paws360.yaml");
  sub->callback(
      [&line, file, runtime] { line.action = [&line, file, runtime] { return doctor(line.flags, *file, *runtime); }; });
}

} // namespace paws::bin
