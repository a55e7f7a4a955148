#include "bin/commands/command.hpp"
#include "bin/engine_entry.hpp"

int main(int argc, char** argv) {
  paws::bin::engine_entry = paws::bin::run_engine;
  return paws::bin::run_command_line(argc, argv);
}
