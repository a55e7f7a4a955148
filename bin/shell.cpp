#include "bin/shell.hpp"

#include <cstdio>
#include <sys/wait.h>
#include <utility>

namespace paws::bin {

std::string shell_word(const std::string& word) {
  std::string out = "'";
  for (const char c : word)
    out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

int run_shell(const std::string& command, const std::function<void(const std::string& line)>& on_line) {
  auto* out = ::popen(("{ " + command + "; } 2>&1 </dev/null").c_str(), "re");
  if (out == nullptr)
    return -1;
  std::string line;
  for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out))
    if (c == '\n')
      on_line(std::exchange(line, ""));
    else
      line += static_cast<char>(c);
  if (!line.empty())
    on_line(line);
  const int ended = ::pclose(out);
  return WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}

} // namespace paws::bin
