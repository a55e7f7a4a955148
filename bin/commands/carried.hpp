// One command of the control API, from a person's words to its end: what most verbs below `ctl` are.
#pragma once

#include "bin/session.hpp"

#include <string>
#include <variant>

namespace paws::bin {

struct command_words {
  std::string verb, file;
  std::string title = {}, about = {}; // of its progress; "" = the verb, and the environment
  bool temporary = false;             // session::open
  nlohmann::json body = nlohmann::json::object();
};

/// How it ended, whatever that is, and the session in which it did.
struct carried_command {
  session with;
  command_outcome outcome;
};

/// Sends it to its engine, and shows how it goes. An exit code when it came to no end of its own: that was said then.
std::variant<carried_command, int> carry_out(const global_flags& flags, const command_words& what);

/// Says an end in the usual way: what went wrong; else the outcome as JSON, or its notes and `sentence` ("" = none).
/// The exit code.
int say_end(const global_flags& flags, const command_outcome& outcome, const std::string& sentence);

} // namespace paws::bin
