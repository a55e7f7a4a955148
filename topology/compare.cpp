#include "topology/compare.hpp"

#include "topology/placement.hpp"
#include "topology/references.hpp"

#include <algorithm>
#include <set>

namespace paws::topology {

namespace {

constexpr std::string_view services_prefix = "services.";

std::string one_text(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : "\n") + word;
  return out;
}

std::string one_text(milliseconds what) {
  return std::to_string(what.count()) + "ms";
}

// What is empty or 0 says the same as what is not there.
void put(topology_values& to, const std::string& key, const std::string& value) {
  if (!value.empty())
    to[key] = value;
}

void put(topology_values& to, const std::string& key, const resource_limits& limits) {
  if (limits.memory_bytes != 0)
    to[key + ".memory"] = std::to_string(limits.memory_bytes);
  if (limits.memory_reservation_bytes != 0)
    to[key + ".memory_reservation"] = std::to_string(limits.memory_reservation_bytes);
  if (limits.cpus != 0)
    to[key + ".cpus"] = std::to_string(limits.cpus);
}

void put(topology_values& to, const std::string& key, const std::vector<dependency>& all) {
  for (const auto& each : all)
    to[key + "." + each.on] = to_string(each.until);
}

void put_cluster(topology_values& to, const cluster& of) {
  const auto key = "clusters." + of.name;
  to[key + ".kind"] = to_string(of.kind);
  put(to, key + ".members", one_text(of.members));
  put(to, key + ".sentinels", one_text(of.sentinels));
  put(to, key + ".networks", one_text(of.networks));
  put(to, key + ".depends_on", of.depends_on);
  put(to, key + ".image", of.image);
  put(to, key + ".tls", of.tls ? "true" : "");
  put(to, key + ".resources", of.resources);
  put(to, key + ".sentinel_resources", of.sentinel_resources);
  put(to, key + ".extra_args", one_text(of.extra_args));
  const auto set = key + ".settings.";
  if (of.kind == cluster_kind::etcd) {
    to[set + "heartbeat_interval"] = one_text(of.etcd.heartbeat_interval);
    to[set + "election_timeout"] = one_text(of.etcd.election_timeout);
  } else if (of.kind == cluster_kind::patroni) {
    to[set + "ttl"] = one_text(of.patroni.ttl);
    to[set + "loop_wait"] = one_text(of.patroni.loop_wait);
    to[set + "retry_timeout"] = one_text(of.patroni.retry_timeout);
    to[set + "synchronous"] = of.patroni.synchronous_strict ? "strict" : "off";
    to[set + "max_connections"] = std::to_string(of.patroni.max_connections);
    put(to, key + ".database.name", of.db.name);
    put(to, key + ".database.user", of.db.user);
  } else {
    to[set + "master_name"] = of.redis.master_name;
    to[set + "quorum"] = std::to_string(of.redis.quorum);
    to[set + "down_after"] = one_text(of.redis.down_after);
    to[set + "failover_timeout"] = one_text(of.redis.failover_timeout);
    to[set + "appendonly"] = of.redis.appendonly ? "true" : "false";
  }
}

void put_routes(topology_values& to, const document& doc) {
  if (doc.has_routing) {
    to["routing.service"] = doc.routing.service;
    to["routing.kind"] = doc.routing.kind;
    put(to, "routing.image", doc.routing.image);
    to["routing.check_interval"] = one_text(doc.routing.check_interval);
    put(to, "routing.resources", doc.routing.resources);
  }
  for (const auto& route : doc.routes) {
    const auto key = "routes." + route.name;
    to[key + ".cluster"] = route.cluster;
    to[key + ".role"] = route.role;
    to[key + ".port"] = std::to_string(route.port);
    to[key + ".publish"] = std::to_string(route.publish);
    put(to, key + ".networks", one_text(route.networks));
  }
}

void put_budgets(topology_values& to, const budgets& all) {
  const auto add = [&](const std::string& name, milliseconds value) { to["budgets." + name] = one_text(value); };
  add("image_pull", all.image_pull);
  add("container_creation", all.container_creation);
  add("etcd_formation", all.etcd_formation);
  add("patroni_initialization", all.patroni_initialization);
  add("redis_setup", all.redis_setup);
  add("application_startup", all.application_startup);
  add("health_validation", all.health_validation);
  add("total_cold", all.total_cold);
  add("total_warm", all.total_warm);
  add("total_hot", all.total_hot);
  add("failover.detection", all.failover.detection);
  add("failover.lease_expiry", all.failover.lease_expiry);
  add("failover.election", all.failover.election);
  add("failover.promotion", all.failover.promotion);
  add("failover.stabilization", all.failover.stabilization);
  add("failover.total", all.failover.total);
}

class service_values {
public:
  explicit service_values(const document& doc) : doc_{doc}, places_{place_on_process(doc)} {
    for (const auto* names : {&doc.secrets.generate, &doc.secrets.user_provided})
      for (const auto& name : *names)
        secrets_[name] = "${secret:" + name + "}";
  }

  void put_service(topology_values& to, const service& of) const {
    const auto key = std::string{services_prefix} + of.name;
    to[key + ".image"] = of.image; // also an empty one: each service has at least one key
    to[key + ".address"] = places_.members.at(of.name).address;
    std::vector<std::string> words;
    for (const auto& word : of.command)
      words.push_back(expanded(word));
    put(to, key + ".process.command", one_text(words));
    put(to, key + ".process.directory", of.directory);
    put(to, key + ".process.build", one_text(of.build_command));
    if (!of.sources.empty()) {
      to[key + ".build.context"] = of.sources;
      to[key + ".build.dockerfile"] = of.dockerfile;
    }
    put(to, key + ".platform", of.platform);
    for (const auto& each : of.mounts)
      to[key + ".mounts." + each.target] =
          (each.volume.empty() ? each.source : "volume " + each.volume) + (each.read_only ? "" : ", writable");
    put(to, key + ".networks", one_text(of.networks));
    put(to, key + ".depends_on", of.depends_on);
    put(to, key + ".goal", of.goal == goal::completed ? "completed" : "");
    for (const auto& [name, value] : of.environment)
      to[key + ".environment." + name] = expanded(value);
    for (const auto& [variable, secret] : of.secrets)
      to[key + ".secrets." + variable] = secret;
    for (const auto& [name, port] : of.publish)
      to[key + ".publish." + name] = std::to_string(port);
    put_probe(to, key + ".probe", of);
    put(to, key + ".log_ignore", one_text(of.log_ignore));
    put(to, key + ".resources", of.resources);
    put(to, key + ".profiles", one_text(of.profiles));
  }

private:
  static void put_probe(topology_values& to, const std::string& key, const service& of) {
    if (!of.has_probe)
      return;
    to[key + ".http.port"] = of.probe.port;
    to[key + ".http.path"] = of.probe.path;
    to[key + ".http.expect_status"] = std::to_string(of.probe.expect_status);
    for (const auto& [name, value] : of.probe.expect_json)
      to[key + ".http.expect_json." + name] = value;
    to[key + ".timeout"] = one_text(of.probe.timeout);
  }

  std::string expanded(const std::string& text) const {
    const auto filled = expand(text, doc_, places_, secrets_);
    const auto* whole = std::get_if<std::string>(&filled);
    return whole == nullptr ? text : *whole;
  }

  const document& doc_;
  placement places_;
  std::map<std::string, std::string> secrets_;
};

// "backend" of "services.backend.image"; "" of what is no service's. Names have no dots.
std::string service_in(const std::string& key) {
  if (!key.starts_with(services_prefix))
    return "";
  return key.substr(services_prefix.size(), key.find('.', services_prefix.size()) - services_prefix.size());
}

std::set<std::string> services_in(const topology_values& all) {
  std::set<std::string> out;
  for (const auto& [key, value] : all)
    if (auto name = service_in(key); !name.empty())
      out.insert(std::move(name));
  return out;
}

bool is_setting_of_service(std::string_view key) {
  return key == ".profiles" || key == ".log_ignore";
}

// The engine alone goes by it.
bool is_setting(const std::string& key) {
  if (const auto name = service_in(key); !name.empty())
    return is_setting_of_service(key.substr(services_prefix.size() + name.size()));
  return key.starts_with("budgets.") || key.starts_with("control.") || key == "default_profiles";
}

// Keys whose values differ, or that only one of them has.
std::vector<std::string> differing(const topology_values& before, const topology_values& after) {
  std::vector<std::string> out;
  for (const auto& [key, value] : before)
    if (const auto at = after.find(key); at == after.end() || at->second != value)
      out.push_back(key);
  for (const auto& [key, value] : after)
    if (!before.contains(key))
      out.push_back(key);
  std::ranges::sort(out);
  return out;
}

} // namespace

topology_values values_of(const document& doc, const std::vector<std::string>& profiles) {
  topology_values out;
  out["name"] = doc.named;
  out["root"] = doc.root;
  out["project"] = doc.project;
  put(out, "default_profiles", one_text(doc.default_profiles));
  put(out, "runtime.prefer", one_text(doc.runtime_prefer));
  out["runtime.process.subnet"] = doc.process_subnet;
  if (!doc.control.address.empty()) {
    out["control.listen"] = doc.control.address + ":" + std::to_string(doc.control.port);
    put(out, "control.profiles", one_text(doc.control.profiles));
  }
  put(out, "networks", one_text(doc.networks));
  put(out, "secrets.file", doc.secrets.file);
  put(out, "secrets.generate", one_text(doc.secrets.generate));
  put(out, "secrets.user_provided", one_text(doc.secrets.user_provided));
  for (const auto& cluster : doc.clusters)
    put_cluster(out, cluster);
  put_routes(out, doc);
  put_budgets(out, doc.budgets);
  const service_values services{doc};
  for (const auto& service : doc.services)
    if (is_active(service, profiles))
      services.put_service(out, service);
  return out;
}

std::string_view to_string(service_change what) {
  switch (what) {
  case service_change::added:
    return "added";
  case service_change::removed:
    return "removed";
  case service_change::replaced:
    return "replaced";
  case service_change::kept:
    break;
  }
  return "kept";
}

bool topology_changes::none() const {
  return settings.empty() && refused.empty() &&
         std::ranges::all_of(services, [](const auto& each) { return each.what == service_change::kept; });
}

std::vector<std::string> topology_changes::named(service_change what) const {
  std::vector<std::string> out;
  for (const auto& each : services)
    if (each.what == what)
      out.push_back(each.name);
  return out;
}

topology_changes compare(const topology_values& before, const topology_values& after) {
  topology_changes out;
  const auto had = services_in(before);
  const auto has = services_in(after);
  auto all = had;
  all.insert(has.begin(), has.end());
  std::map<std::string, std::vector<std::string>> changed;
  for (const auto& key : differing(before, after)) {
    const auto name = service_in(key);
    if (!name.empty() && had.contains(name) != has.contains(name))
      continue; // all of it comes or goes
    if (is_setting(key))
      out.settings.push_back(key);
    else if (name.empty())
      out.refused.push_back(key);
    else
      changed[name].push_back(key);
  }
  for (const auto& name : all) {
    const auto at = changed.find(name);
    const auto what = !had.contains(name)   ? service_change::added
                      : !has.contains(name) ? service_change::removed
                      : at != changed.end() ? service_change::replaced
                                            : service_change::kept;
    out.services.push_back({name, what, at == changed.end() ? std::vector<std::string>{} : at->second});
  }
  return out;
}

topology_values adopted_values(const topology_values& before, const topology_values& now,
                               const std::vector<std::string>& running) {
  if (before.empty() || running.empty())
    return now;
  const auto had = services_in(before);
  const auto has = services_in(now);
  const auto stays = [&](const std::string& key) {
    const auto name = service_in(key);
    return !is_setting(key) && (name.empty() || (had.contains(name) && has.contains(name) &&
                                                 std::ranges::find(running, name) != running.end()));
  };
  topology_values out;
  for (const auto& [key, value] : before)
    if (stays(key))
      out[key] = value;
  for (const auto& [key, value] : now)
    if (!stays(key))
      out[key] = value;
  return out;
}

} // namespace paws::topology
