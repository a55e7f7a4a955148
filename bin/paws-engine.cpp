#include "bin/commands/command.hpp"
#include "bin/engine_entry.hpp"

#include <sys/resource.h>

int main(int argc, char** argv) {
  // Memory holds passwords: nothing of it goes into a core file, nor that of whatever is started from here.
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  paws::bin::engine_entry = paws::bin::run_engine;
  return paws::bin::run_command_line(argc, argv);
}
