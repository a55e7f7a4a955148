#include "bin/commands/command.hpp"
#include "bin/target.hpp"

#include "topology/keys.hpp"
#include "topology/loader.hpp"
#include "topology/problem.hpp"

#include <iostream>

namespace paws::bin {

namespace {

struct validate_flags {
  std::string file = default_topology;
  bool schema = false;
};

int validate(const global_flags& flags, const validate_flags& given) {
  if (given.schema) {
    std::cout << topology::json_schema() << std::flush;
    return 0;
  }
  const auto loaded = topology::load_topology(given.file);
  if (!loaded.ok()) {
    if (flags.json()) {
      nlohmann::json list = nlohmann::json::array();
      for (const auto& one : loaded.problems)
        list.push_back({{"path", one.path}, {"line", one.line}, {"column", one.column}, {"message", one.message}});
      return fail(flags, topology::as_failure(loaded), {{"valid", false}, {"problems", list}});
    }
    return fail(flags, topology::as_failure(loaded));
  }
  const auto& doc = loaded.doc;
  if (flags.json())
    print({{"valid", true}, {"name", doc.name}, {"problems", nlohmann::json::array()}});
  else if (!flags.quiet)
    std::cout << given.file << ": valid (" << doc.name << ": " << doc.clusters.size() << " clusters, "
              << doc.routes.size() << " routes, " << doc.services.size() << " services)" << std::endl;
  return 0;
}

} // namespace

void add_validate(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<validate_flags>();
  auto* sub = parent.add_subcommand("validate", "Check a topology file; every problem with path:line:column");
  sub->add_option("TOPOLOGY", given->file, "Topology file")->capture_default_str();
  sub->add_flag("--schema", given->schema, "Print the JSON Schema of topology files");
  sub->footer("Example:\n  paws-engine validate config/paws360.yaml");
  sub->callback([&line, given] { line.action = [&line, given] { return validate(line.flags, *given); }; });
}

} // namespace paws::bin
