// Hidden: the engine itself, as `start` and `ctl` run it.
#include "bin/commands/command.hpp"
#include "bin/engine_entry.hpp"

namespace paws::bin {

void add_engine(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<engine_options>();
  auto* sub = parent.add_subcommand("engine", "The engine process (started by `start`)")->group("");
  sub->add_option("--file", given->topology_file)->required();
  sub->add_option("--runtime", given->runtime);
  sub->add_option("--profile", given->profiles);
  sub->add_option("--service", given->services);
  sub->add_flag("--profiles-given", given->profiles_given);
  sub->add_flag_callback("--adopt-only", [given] { given->starts = false; });
  sub->add_option("--report-fd", given->report_fd);
  sub->callback([&line, given] {
    line.action = [&line, given] {
      given->environment = line.flags.environment;
      given->log_level = line.flags.log_level;
      given->log_format = line.flags.log_format;
      return engine_entry(*given);
    };
  });
}

} // namespace paws::bin
