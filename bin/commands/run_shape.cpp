#include "bin/commands/run_shape.hpp"

#include "bin/layout.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

constexpr std::size_t shown_columns = 60;

bool can_be_run(const fs::path& program) {
  std::error_code failed;
  return fs::is_regular_file(program, failed) && ::access(program.c_str(), X_OK) == 0;
}

// As execvp(3) looks for it.
bool is_found(const std::string& program) {
  if (program.find('/') != std::string::npos)
    return can_be_run(program);
  const char* given = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  std::istringstream places{given == nullptr ? "/bin:/usr/bin" : given};
  for (std::string place; std::getline(places, place, ':');)
    if (can_be_run(fs::path{place.empty() ? "." : place} / program))
      return true;
  return false;
}

} // namespace

std::optional<failure> check_run(const run_flags& given) {
  const auto& program = given.words.front();
  if (!is_found(program))
    return failure{"ERR_CLI_005", "there is no program `" + harmless(program) + "` that could be run",
                   "install it, or name it with its path"};
  if (given.junit.empty())
    return std::nullopt;
  const auto above = fs::absolute(given.junit).parent_path();
  if (fs::is_directory(given.junit) || ::access(above.c_str(), W_OK | X_OK) != 0)
    return failure{"ERR_SYS_003",
                   given.junit + " cannot be written: " +
                       (fs::is_directory(given.junit) ? "it is a directory" : std::strerror(errno)),
                   "name a file in a directory that can be written"};
  return std::nullopt;
}

std::vector<std::string> engine_words(const global_flags& flags, const std::string& environment,
                                      std::vector<std::string> verb) {
  std::vector<std::string> out{"/proc/self/exe", "--env",         environment,    "--format",      "text",
                               "--log-level",    flags.log_level, "--log-format", flags.log_format};
  if (flags.yes)
    out.emplace_back("--yes");
  out.insert(out.end(), std::make_move_iterator(verb.begin()), std::make_move_iterator(verb.end()));
  return out;
}

std::vector<std::string> start_words(const global_flags& flags, const run_flags& given, const std::string& topology) {
  std::vector<std::string> out{"--progress", "json", "start", topology, "--runtime", given.runtime, "--thrown-away"};
  for (const auto& profile : given.profiles)
    out.insert(out.end(), {"--profile", profile});
  if (given.wait_timeout_s > 0)
    out.insert(out.end(), {"--wait-timeout", std::to_string(given.wait_timeout_s)});
  if (flags.quiet)
    out.emplace_back("--without-warnings");
  if (given.keep)
    out.emplace_back("--keep-on-failure");
  return out;
}

variable_map engine_variables(const char* const* inherited) {
  auto out = with_inherited({}, inherited);
  for (const auto* name : {"PAWS_ENV", "PAWS_FORMAT", "PAWS_PROGRESS", "PAWS_QUIET", "PAWS_RUNTIME"})
    out.erase(name);
  return out;
}

std::string shown_command(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : " ") + word;
  return "`" + cut(harmless(all), shown_columns) + "`";
}

std::string down_command(const std::string& environment, const std::string& topology) {
  return "paws-engine --env " + environment + " ctl down --file " + topology + " --volumes --confirm-data-loss";
}

} // namespace paws::bin
