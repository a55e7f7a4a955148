#include "bin/target.hpp"

#include "logic/environment_view.hpp"
#include "store/state_file.hpp"
#include "topology/loader.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

// The nearest directory upwards that holds environments.
std::string nearest_root() {
  std::error_code failed;
  for (auto at = fs::current_path(failed); !at.empty(); at = at.parent_path()) {
    if (fs::is_directory(at / ".local" / "env", failed))
      return at.string();
    if (at == at.root_path())
      break;
  }
  return "";
}

std::vector<std::string> environments_below(const std::string& root) {
  std::vector<std::string> out;
  std::error_code failed;
  for (fs::directory_iterator at{root + "/.local/env", failed}, end; !failed && at != end; at.increment(failed))
    if (at->is_directory(failed))
      out.push_back(at->path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

// What the environment itself remembers; nothing when it cannot be read.
void recall(target& of) {
  const auto state = store::load_state(of.paths.state);
  const auto* known = std::get_if<saved_state>(&state);
  if (known == nullptr || known->version == 0) {
    // Lost or damaged: the topology that everybody means, if it is this environment's.
    const auto usual = of.root + "/" + default_topology;
    std::error_code failed;
    if (of.topology_file.empty() && fs::exists(usual, failed))
      if (const auto loaded = topology::load_topology(usual); loaded.ok() && loaded.doc.name == of.environment)
        of.topology_file = loaded.doc.file;
    return;
  }
  if (of.topology_file.empty())
    of.topology_file = known->topology_file;
  of.runtime = known->runtime;
  of.profiles = known->profiles;
  of.profiles_known = true;
  of.taken_down = std::all_of(known->desired.begin(), known->desired.end(),
                              [](const auto& row) { return row.second == to_string(logic::desired_state::removed); });
}

} // namespace

target target_of(const std::string& root, const std::string& environment, const std::string& topology_file) {
  target out;
  out.environment = environment;
  out.root = root;
  out.topology_file = topology_file;
  out.paths = paths_of(root, environment);
  std::error_code failed;
  out.exists = fs::is_directory(out.paths.directory, failed);
  recall(out);
  return out;
}

std::variant<target, failure> find_target(const std::string& environment, const std::string& file) {
  std::error_code failed;
  // Within `run` its own environment is meant, unless another one is named.
  const char* around = std::getenv("PAWS_FILE"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  std::string topology = file.empty() && environment.empty() && around != nullptr ? around : file;
  std::string root, name = environment;
  const bool named_file = !topology.empty();
  if (!named_file && nearest_root().empty() && fs::exists(default_topology, failed))
    topology = default_topology;
  if (!topology.empty()) {
    const auto loaded = topology::load_topology(topology);
    if (!loaded.ok())
      return topology::as_failure(loaded);
    root = loaded.doc.root;
    name = name.empty() ? loaded.doc.name : name;
    topology = loaded.doc.file;
  } else {
    root = nearest_root();
  }
  const auto nothing = failure{"ERR_CLI_002", "there is no environment here", "start one: paws-engine start"};
  if (name.empty()) {
    const auto all = environments_below(root);
    if (all.empty())
      return nothing;
    if (all.size() > 1) {
      std::string list;
      for (const auto& one : all)
        list += " " + one;
      return failure{"ERR_CLI_003", "several environments are here:" + list, "choose one with --env NAME"};
    }
    name = all.front();
  }
  if (root.empty())
    root = fs::current_path(failed).string();
  return target_of(root, name, topology);
}

} // namespace paws::bin
