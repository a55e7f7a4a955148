#include "bin/commands/command.hpp"

#include <iostream>

namespace paws::bin {

void add_version(CLI::App& parent, command_line& line) {
  auto* sub = parent.add_subcommand("version", "This version");
  sub->footer("Example:\n  paws-engine version --format json");
  sub->callback([&line] {
    line.action = [&line] {
      if (line.flags.json())
        print({{"version", PAWS_VERSION}});
      else
        std::cout << "paws-engine " PAWS_VERSION << std::endl;
      return 0;
    };
  });
}

} // namespace paws::bin
