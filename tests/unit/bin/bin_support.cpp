#include "tests/unit/bin/bin_support.hpp"

#include "bin/commands/command.hpp"
#include "bin/layout.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <unistd.h>

namespace paws::bin::testing {

namespace fs = std::filesystem;

said run(const std::vector<std::string>& words) {
  std::vector<std::string> all{"paws-engine"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (auto& word : all)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  std::ostringstream out, err;
  auto* const before_out = std::cout.rdbuf(out.rdbuf());
  auto* const before_err = std::cerr.rdbuf(err.rdbuf());
  said what;
  what.code = run_command_line(static_cast<int>(all.size()), argv.data());
  std::cout.rdbuf(before_out);
  std::cerr.rdbuf(before_err);
  what.out = out.str();
  what.err = err.str();
  return what;
}

std::size_t widest_line(const std::string& text) {
  std::istringstream lines{text};
  std::size_t out = 0;
  for (std::string line; std::getline(lines, line);)
    if (const auto word = line.find_first_not_of(' '); line.find(' ', word) != std::string::npos)
      out = std::max(out, width_of(line));
  return out;
}

playground::playground() : before_{fs::current_path()} {
  std::string pattern = "/tmp/paws-bin-XXXXXX";
  root_ = ::mkdtemp(pattern.data());
  fs::permissions(root_, fs::perms{0755});
  fs::current_path(root_);
  ::setenv("PAWS_RUNTIME_DIR", (root_ / "run").c_str(), 1);
  ::setenv("PAWS_RUNTIME", "process", 1); // whatever container engines the machine has
}

playground::~playground() {
  ::unsetenv("PAWS_RUNTIME_DIR");
  ::unsetenv("PAWS_RUNTIME");
  fs::current_path(before_);
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void playground::write(const std::string& path, const std::string& text) const {
  fs::create_directories((root_ / path).parent_path());
  std::ofstream{root_ / path} << text;
}

void playground::write_topology(const std::string& path) const {
  auto text = read(PAWS_SOURCE_DIR "/config/paws360.yaml");
  const auto at = text.find("default_profiles:");
  write(path, text.erase(at, text.find('\n', at) - at));
}

std::string playground::read(const std::string& path) const {
  std::ifstream in{root_ / path}; // an absolute path stays itself
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace paws::bin::testing
