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
// For a container engine, by a command that starts nothing.
constexpr std::chrono::seconds adoption_patience{1};

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

std::variant<runtime_choice, failure> runtime_of(const engine_options& options, const document& doc) {
  // Who only looks at what runs is not kept waiting by an engine that does not answer.
  const auto offers = options.starts ? offered_runtimes() : offered_runtimes(adoption_patience);
  auto kept = runtime_kept_by(target_of(doc.root, doc.name, doc.file), offers);
  kept.members = kept.members || (!options.starts && !kept.name.empty());
  return choose_runtime(options.runtime, doc.runtime_prefer, kept, offers);
}

namespace {

// Where everybody lives; in containers that takes free addresses, and a topology that says enough.
std::variant<topology::placement, failure> place(const document& doc, prepared& out) {
  if (!has_containers(out.runtime.name))
    return topology::place_on_process(doc);
  if (const auto wrong = topology::container_problems(doc, out.profiles); !wrong.empty()) {
    std::string all;
    for (const auto& each : wrong)
      all += (all.empty() ? "" : "\n") + each;
    return failure{"ERR_TOPO_001", all, "correct the topology, or choose another runtime with --runtime"};
  }
  auto subnets = docker::choose_subnets(*out.runtime.engine, doc.name, topology::joined_networks(doc));
  if (auto* why = std::get_if<failure>(&subnets))
    return *why;
  out.networks = std::get<0>(std::move(subnets));
  std::map<std::string, std::string> cidrs;
  for (const auto& [name, subnet] : out.networks)
    cidrs[name] = subnet.cidr;
  return topology::place_on_containers(doc, cidrs);
}

} // namespace

std::vector<std::string> tcp_endpoints(const prepared& of) {
  const auto& control = of.document.control;
  if (!topology::listens(control, of.profiles))
    return {};
  const auto port = ":" + std::to_string(control.port);
  std::vector<std::string> out{control.address + port};
  if (!of.control_address.empty() && of.control_address != control.address)
    out.push_back(of.control_address + port);
  return out;
}

std::variant<prepared, failure> make_plan(const engine_options& options, document doc, const secret_map& secrets,
                                          certificate_use certificates) {
  auto runtime = runtime_of(options, doc);
  if (const auto* why = std::get_if<failure>(&runtime))
    return *why;
  prepared out;
  out.runtime = std::get<runtime_choice>(std::move(runtime));
  out.profiles = options.profiles_given ? options.profiles : doc.default_profiles;
  if (const auto missing = topology::inactive_dependencies(doc, out.profiles); !missing.empty())
    return failure{"ERR_TOPO_001", missing.front(), "name that profile with --profile"};
  assembly_input input;
  auto places = place(doc, out);
  if (auto* why = std::get_if<failure>(&places))
    return *why;
  input.places = std::get<topology::placement>(std::move(places));
  out.control_address = input.places.control_address;
  if (certificates == certificate_use::provided && !has_containers(out.runtime.name))
    if (auto why = check_etcd_data(doc, input.places))
      return *why;
  auto material = certificates_for(doc, input.places, certificates);
  if (auto* why = std::get_if<failure>(&material))
    return *why;
  input.certificates = std::get<logic::tls_material>(std::move(material));
  input.secrets = secrets;
  input.active = topology::active_members(doc, out.profiles);
  input.environment = doc.name;
  input.runtime = out.runtime.name;
  input.document = std::move(doc);
  auto plan = assemble(input);
  if (auto* why = std::get_if<failure>(&plan))
    return *why;
  out.document = input.document;
  out.plan = std::get<logic::environment_plan>(std::move(plan));
  out.secrets = secrets;
  out.plan_of = [in = std::move(input)](const secret_map& values) {
    auto other = in;
    other.secrets = values;
    auto made = assemble(other);
    auto* ready = std::get_if<logic::environment_plan>(&made);
    return ready == nullptr ? logic::environment_plan{} : std::move(*ready);
  };
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

namespace {

preflight_input to_check(const prepared& ready) {
  const bool control = topology::listens(ready.document.control, ready.profiles);
  return {ready.plan, ready.document.root, ready.runtime.engine, ready.document.project,
          control ? ready.document.control.port : std::uint16_t{0}};
}

} // namespace

std::variant<preflight_result, failure> check_machine(const engine_options& options) {
  auto made = plan_without_secrets(options);
  if (auto* why = std::get_if<failure>(&made))
    return *why;
  const auto& ready = std::get<prepared>(made);
  auto checked = preflight(to_check(ready), options.services);
  if (!checked.failures.empty())
    return worst_of(checked.failures);
  checked.runtime = ready.runtime;
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
  auto made =
      make_plan(options, std::move(from), known, options.starts ? certificate_use::provided : certificate_use::found);
  if (!options.starts || std::holds_alternative<failure>(made))
    return made;
  auto& ready = std::get<prepared>(made);
  auto checked = preflight(to_check(ready), options.services);
  if (!checked.failures.empty())
    return worst_of(checked.failures);
  return made;
}

} // namespace paws::bin
