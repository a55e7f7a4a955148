#include "bin/preparation.hpp"

#include "bin/assembly.hpp"
#include "bin/preflight.hpp"
#include "store/secrets.hpp"
#include "topology/loader.hpp"
#include "topology/references.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace paws::bin {

namespace {

using topology::document;
using topology::failure;
using secret_map = std::map<std::string, std::string>;

// For a secret that is not there, where nothing is started with it.
constexpr const char* placeholder = "-";

// The first failure, with how many more there are: each is told on its own once the first is mended.
failure worst_of(const std::vector<failure>& all) {
  auto out = all.front();
  for (std::size_t i = 1; i < all.size(); ++i)
    out.message += "\n  also: " + all[i].message;
  return out;
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 31 && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// Every name a secret is wanted by: what is generated is used by the clusters; services name theirs.
std::set<std::string> needed_secrets(const document& doc, const std::vector<std::string>& active) {
  std::set<std::string> out(doc.secrets.generate.begin(), doc.secrets.generate.end());
  for (const auto& service : doc.services)
    if (std::find(active.begin(), active.end(), service.name) != active.end())
      for (const auto& [variable, secret] : service.secrets)
        out.insert(secret);
  return out;
}

} // namespace

std::variant<document, failure> load_document(const engine_options& options) {
  auto loaded = topology::load_topology(options.topology_file);
  if (!loaded.ok())
    return topology::as_failure(loaded);
  if (!options.environment.empty()) {
    if (!is_name(options.environment))
      return failure{"ERR_CLI_001", "\"" + options.environment + "\" cannot name an environment",
                     "use a lower-case letter, then up to 30 lower-case letters, digits and dashes"};
    loaded.doc.name = options.environment;
  }
  return std::move(loaded.doc);
}

std::variant<std::string, failure> choose_runtime(const engine_options& options, const document& doc) {
  const auto& wanted = options.runtime;
  const auto& prefer = doc.runtime_prefer;
  if (wanted == "process" || (wanted == "auto" && std::find(prefer.begin(), prefer.end(), "process") != prefer.end()))
    return "process";
  if (wanted == "auto")
    return failure{"ERR_RUN_001", "none of the topology's runtimes can be used: this version runs `process` only",
                   "add process to runtime.prefer, or run: paws-engine start --runtime process"};
  if (wanted == "docker" || wanted == "podman")
    return failure{"ERR_RUN_001", "the runtime " + wanted + " is not built into this version",
                   "run: paws-engine start --runtime process"};
  return failure{"ERR_CLI_001", "there is no runtime \"" + wanted + "\"", "use auto or process"};
}

std::variant<prepared, failure> make_plan(const engine_options& options, document doc, const secret_map& secrets) {
  const auto runtime = choose_runtime(options, doc);
  if (const auto* why = std::get_if<failure>(&runtime))
    return *why;
  prepared out;
  out.profiles = options.profiles_given ? options.profiles : doc.default_profiles;
  if (const auto missing = topology::inactive_dependencies(doc, out.profiles); !missing.empty())
    return failure{"ERR_TOPO_001", missing.front(), "name that profile with --profile"};
  assembly_input input;
  input.places = topology::place_on_process(doc);
  input.secrets = secrets;
  input.active = topology::active_members(doc, out.profiles);
  input.environment = doc.name;
  input.runtime = std::get<std::string>(runtime);
  input.document = std::move(doc);
  auto plan = assemble(input);
  if (auto* why = std::get_if<failure>(&plan))
    return *why;
  out.document = std::move(input.document);
  out.plan = std::get<logic::environment_plan>(std::move(plan));
  return out;
}

std::variant<prepared, failure> plan_without_secrets(const engine_options& options) {
  auto doc = load_document(options);
  if (auto* why = std::get_if<failure>(&doc))
    return *why;
  auto& from = std::get<document>(doc);
  secret_map placeholders;
  for (const auto& name : needed_secrets(from, topology::active_members(from, options.profiles)))
    placeholders[name] = placeholder;
  for (const auto& name : from.secrets.user_provided)
    placeholders[name] = placeholder;
  return make_plan(options, std::move(from), placeholders);
}

std::variant<preflight_result, failure> check_machine(const engine_options& options) {
  auto made = plan_without_secrets(options);
  if (auto* why = std::get_if<failure>(&made))
    return *why;
  const auto& ready = std::get<prepared>(made);
  auto checked = preflight(ready.plan, ready.document.root, options.services);
  if (!checked.failures.empty())
    return worst_of(checked.failures);
  return checked;
}

std::variant<prepared, failure> prepare(const engine_options& options) {
  auto doc = load_document(options);
  if (auto* why = std::get_if<failure>(&doc))
    return *why;
  auto& from = std::get<document>(doc);
  auto secrets = store::load_secrets(from.root + "/" + from.secrets.file);
  if (auto* why = std::get_if<failure>(&secrets); why != nullptr && options.starts)
    return *why;
  auto known = std::holds_alternative<secret_map>(secrets) ? std::get<secret_map>(std::move(secrets)) : secret_map{};
  const auto profiles = options.profiles_given ? options.profiles : from.default_profiles;
  for (const auto& name : needed_secrets(from, topology::active_members(from, profiles))) {
    if (!known.contains(name) && options.starts)
      return topology::missing_secret(name);
    known.try_emplace(name, placeholder);
  }
  if (!options.starts)
    for (const auto& name : from.secrets.user_provided)
      known.try_emplace(name, placeholder);
  auto made = make_plan(options, std::move(from), known);
  if (!options.starts || std::holds_alternative<failure>(made))
    return made;
  auto& ready = std::get<prepared>(made);
  auto checked = preflight(ready.plan, ready.document.root, options.services);
  if (!checked.failures.empty())
    return worst_of(checked.failures);
  return made;
}

} // namespace paws::bin
