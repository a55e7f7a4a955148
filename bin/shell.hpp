// A command of the shell as something that is done meanwhile: what it prints, line by line, and how it ended.
#pragma once

#include <functional>
#include <string>

namespace paws::bin {

/// `word` as the shell takes it for one, whatever it holds.
std::string shell_word(const std::string& word);

/// Runs `command` with nothing to read; each line of its output and errors goes to `on_line` as it comes. Its exit
/// code; 128 + n when signal n ended it, -1 when there was no memory for it. Blocks.
int run_shell(const std::string& command, const std::function<void(const std::string& line)>& on_line);

} // namespace paws::bin
