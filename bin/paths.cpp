#include "bin/paths.hpp"

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace paws::bin {

namespace {

std::string variable(const char* what) {
  const char* value = std::getenv(what); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return value ? value : "";
}

} // namespace

std::string runtime_directory() {
  if (auto given = variable("PAWS_RUNTIME_DIR"); !given.empty())
    return given;
  auto base = variable("XDG_RUNTIME_DIR");
  return (base.empty() ? "/tmp" : base) + "/paws-engine-" + std::to_string(::getuid());
}

environment_paths paths_of(const std::string& root, const std::string& environment) {
  environment_paths out;
  out.directory = root + "/.local/env/" + environment;
  out.lock = out.directory + "/engine.lock";
  out.journal = out.directory + "/journal.jsonl";
  out.state = out.directory + "/state.json";
  out.rotation = out.directory + "/rotation.json";
  out.undo = out.directory + "/undo.jsonl";
  out.drills = out.directory + "/drills";
  out.engine_log = out.directory + "/engine.log";
  out.socket = runtime_directory() + "/" + environment + ".sock";
  return out;
}

std::string beside_program(const std::string& name) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  return (self.parent_path() / name).string();
}

} // namespace paws::bin
