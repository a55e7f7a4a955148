// plan: what a start would create, in dependency layers. Changes nothing.
#include "bin/plan_view.hpp"

#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/preparation.hpp"
#include "bin/target.hpp"

#include <iostream>

namespace paws::bin {

namespace {

struct plan_flags {
  std::string file = default_topology;
  std::string runtime = "auto";
  std::vector<std::string> profiles;
};

int plan(const global_flags& flags, const plan_flags& given) {
  engine_options options;
  options.topology_file = given.file;
  options.environment = flags.environment;
  options.runtime = given.runtime;
  options.profiles = given.profiles;
  options.profiles_given = !given.profiles.empty();
  const auto made = plan_without_secrets(options);
  if (const auto* why = std::get_if<topology::failure>(&made))
    return fail(flags, *why);
  const auto found = plan_document(std::get<prepared>(made));
  if (flags.json())
    print(found);
  else
    std::cout << plan_text(found, look_of(flags).width) << std::flush;
  return 0;
}

} // namespace

void add_plan(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<plan_flags>();
  auto* sub = parent.add_subcommand("plan", "What would be created, in dependency layers; changes nothing");
  sub->add_option("TOPOLOGY", given->file, "Topology file")->capture_default_str();
  add_runtime_option(*sub, given->runtime);
  sub->add_option("--profile", given->profiles, "Services of this profile run as well (repeatable)");
  sub->footer("Examples:\n  paws-engine plan --format json\n  paws-engine plan --runtime docker");
  sub->callback([&line, given] { line.action = [&line, given] { return plan(line.flags, *given); }; });
}

} // namespace paws::bin
