// The phrase without which no data is destroyed.
#include "bin/commands/command.hpp"

#include <iostream>
#include <unistd.h>

namespace paws::bin {

namespace {

constexpr const char* phrase = "yes-delete-all-data";

} // namespace

bool confirms_data_loss(const global_flags& flags, const std::string& what) {
  if (::isatty(STDIN_FILENO) != 1 || !flags.talks())
    return false;
  std::cout << "This destroys " << what << ". Type " << phrase << " to go on: " << std::flush;
  std::string typed;
  std::getline(std::cin, typed);
  return typed == phrase;
}

topology::failure unconfirmed() {
  return {"ERR_CLI_001", "data is destroyed only after the phrase " + std::string{phrase},
          "type it when asked, or give --confirm-data-loss"};
}

} // namespace paws::bin
