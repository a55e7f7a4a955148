#include "topology/keys.hpp"

#include "topology/limits.hpp"

#include <algorithm>
#include <array>

namespace paws::topology {

namespace {

using enum value_type;

constexpr auto ms(std::chrono::milliseconds what) {
  return static_cast<std::int64_t>(what.count());
}
constexpr auto shortest = ms(limits::shortest_duration);
constexpr auto longest = ms(limits::longest_duration);
constexpr bool must = true;

// clang-format off
constexpr std::array known_keys{
  key_row{"", "name", name, "", "Name of the environment", must},
  key_row{"", "version", count, "", "Version of this format", must, 1, 1},
  key_row{"", "root", root_path, "", "Project root, relative to this file; .local/ lies there. Default: the file's directory"},
  key_row{"", "project", root_path, "", "Where the paths of services start, relative to this file. Default: the root"},
  key_row{"", "default_profiles", names, "", "Profiles that are active when no --profile is given"},
  key_row{"", "runtime", section, "runtime"},
  key_row{"", "control", section, "control"},
  key_row{"", "networks", section_map, "network"},
  key_row{"", "secrets", section, "secrets"},
  key_row{"", "clusters", section_map, "cluster"},
  key_row{"", "routing", section, "routing", "What carries the routes"},
  key_row{"", "routes", section_map, "route", "Stable names that follow a role"},
  key_row{"", "services", section_map, "service"},
  key_row{"", "budgets", section, "budgets", "Targets of the phases; start reports against them"},

  key_row{"runtime", "prefer", choices, "docker|podman|process", "What --runtime auto tries, in order; what this version or machine cannot do is skipped"},
  key_row{"runtime", "process", section, "process runtime"},

  key_row{"process runtime", "subnet", subnet, "", "One address per member, inside 127.0.0.0/8"},

  key_row{"control", "listen", endpoint, "", "127.0.0.1:PORT: /metrics, /health/live and /health/ready over TCP, read only", must},
  key_row{"control", "profiles", names, "", "Listens only with one of these; always when there are none"},

  key_row{"network", "optional", boolean, "", "The environment may run without it"},

  key_row{"secrets", "file", inner_path, "", "Secrets file (mode 0600), relative to the root"},
  key_row{"secrets", "generate", secret_names, "", "Names that the engine generates"},
  key_row{"secrets", "user_provided", secret_names, "", "Names that a person fills in; needed only by what uses them"},

  key_row{"cluster", "kind", choice, "etcd|patroni|redis-sentinel", "", must},
  key_row{"cluster", "members", names, "", "Data-bearing members; of redis-sentinel, the first is the first master", must},
  key_row{"cluster", "sentinels", names, "", "Sentinels of the cluster", false, 0, 0, support::full, "redis-sentinel"},
  key_row{"cluster", "networks", names},
  key_row{"cluster", "depends_on", name_to_condition, "", "What every member waits for"},
  key_row{"cluster", "image", image},
  key_row{"cluster", "tls", boolean, "", "Encrypted connections, and users with passwords in etcd", false, 0, 0, support::full},
  key_row{"cluster", "database", section, "database", "", false, 0, 0, support::full, "patroni"},
  key_row{"cluster", "resources", section, "resources", "Limits of each member"},
  key_row{"cluster", "sentinel_resources", section, "resources", "Limits of each Sentinel", false, 0, 0, support::full, "redis-sentinel"},
  key_row{"cluster", "settings", settings, "", "Settings of this kind"},
  key_row{"cluster", "extra_args", texts, "", "Passed on to each member's daemon as they are"},

  key_row{"database", "name", identifier, "", "Database of the application"},
  key_row{"database", "user", identifier, "", "Its owner"},

  key_row{"settings of etcd", "heartbeat_interval", duration, "", "", false, ms(limits::shortest_heartbeat), longest},
  key_row{"settings of etcd", "election_timeout", duration, "", "At least five heartbeats", false, shortest, ms(limits::longest_election)},

  key_row{"settings of patroni", "ttl", duration, "", "Lease of the leader, whole seconds", false, ms(limits::shortest_ttl), ms(limits::longest_ttl)},
  key_row{"settings of patroni", "loop_wait", duration, "", "Whole seconds; loop_wait + 2 * retry_timeout <= ttl", false, 1000, ms(limits::longest_ttl)},
  key_row{"settings of patroni", "retry_timeout", duration, "", "Whole seconds", false, 1000, ms(limits::longest_ttl)},
  key_row{"settings of patroni", "synchronous", choice, "strict|off", "Synchronous replication: no write without a second copy, or asynchronous"},
  key_row{"settings of patroni", "max_connections", count, "", "", false, limits::lowest_max_connections, limits::highest_max_connections},

  key_row{"settings of redis-sentinel", "master_name", word, "", "What clients ask the Sentinels for"},
  key_row{"settings of redis-sentinel", "quorum", count, "", "Sentinels that must agree that the master is down", false, 1, static_cast<std::int64_t>(limits::sentinels)},
  key_row{"settings of redis-sentinel", "down_after", duration, "", "", false, 100, longest},
  key_row{"settings of redis-sentinel", "failover_timeout", duration, "", "", false, 1000, longest},
  key_row{"settings of redis-sentinel", "appendonly", boolean, "", "Keep data in an append-only file"},

  key_row{"resources", "memory", size},
  key_row{"resources", "memory_reservation", size, "", "At most `memory`"},
  key_row{"resources", "cpus", cpus},

  key_row{"routing", "kind", choice, "haproxy", "", must},
  key_row{"routing", "image", image},
  key_row{"routing", "check_interval", duration, "", "How often a role is checked", false, ms(limits::shortest_check), ms(limits::longest_probe)},
  key_row{"routing", "resources", section, "resources"},

  key_row{"route", "cluster", name, "", "", must},
  key_row{"route", "role", choice, "leader|master", "leader of a patroni cluster, master of a redis-sentinel cluster", must},
  key_row{"route", "port", port, "", "Port inside the networks", must},
  key_row{"route", "publish", port, "", "Port on 127.0.0.1"},
  key_row{"route", "networks", names},

  key_row{"service", "image", image, "", "What its container is made of; its own command runs"},
  key_row{"service", "build", section, "build", "What its image is built from"},
  key_row{"service", "platform", choice, "auto|linux/amd64|linux/arm64", "Of its image; auto: the container engine's own"},
  key_row{"service", "process", section, "process", "How it runs on the process runtime"},
  key_row{"service", "networks", names},
  key_row{"service", "mounts", section_list, "mount", "What its container sees of volumes and of the project"},
  key_row{"service", "depends_on", name_to_condition, "", "What it waits for"},
  key_row{"service", "goal", choice, "running|completed", "completed: a one-shot, done when it exits 0"},
  key_row{"service", "environment", variable_to_text, "", "Values may hold references such as ${route:NAME}"},
  key_row{"service", "secrets", variable_to_secret, "", "Variable -> name in the secrets file"},
  key_row{"service", "publish", name_to_port, "", "Port name -> port on 127.0.0.1"},
  key_row{"service", "probe", section, "probe", "Without one, it is ready when it runs"},
  key_row{"service", "log_scan", section, "log scan"},
  key_row{"service", "resources", section, "resources"},
  key_row{"service", "profiles", names, "", "Runs only with one of these; always when there are none"},

  key_row{"build", "context", inner_path, "", "Directory of its sources, relative to the root", must},
  key_row{"build", "dockerfile", inner_path, "", "Relative to that directory. Default: Dockerfile"},

  key_row{"mount", "volume", name, "", "Volume of the environment; or else `source`"},
  key_row{"mount", "source", inner_path, "", "File or directory of the project, relative to the root"},
  key_row{"mount", "target", container_path, "", "Absolute path in the container", must},
  key_row{"mount", "mode", choice, "ro|rw", "May the container write there? By default it may not (ro)"},

  key_row{"process", "command", texts, "", "Program and arguments; may hold references such as ${address:NAME}", must},
  key_row{"process", "directory", inner_path, "", "Working directory, relative to the root. Default: the root"},
  key_row{"process", "build", texts, "", "Makes what `command` runs, in the directory of `build`, or else in `directory`"},

  key_row{"probe", "http", section, "http probe", "", must},
  key_row{"probe", "timeout", duration, "", "", false, shortest, ms(limits::longest_probe)},

  key_row{"http probe", "port", name, "", "A name of `publish`", must},
  key_row{"http probe", "path", url_path},
  key_row{"http probe", "expect_status", count, "", "", false, 100, 599},
  key_row{"http probe", "expect_json", text_to_text, "", "Top-level members of the answer that must have these values"},

  key_row{"log scan", "ignore", texts, "", "Lines with one of these texts are no errors"},

  key_row{"budgets", "image_pull", duration, "", "", false, shortest, longest},
  key_row{"budgets", "container_creation", duration, "", "", false, shortest, longest},
  key_row{"budgets", "etcd_formation", duration, "", "", false, shortest, longest},
  key_row{"budgets", "patroni_initialization", duration, "", "", false, shortest, longest},
  key_row{"budgets", "redis_setup", duration, "", "", false, shortest, longest},
  key_row{"budgets", "application_startup", duration, "", "", false, shortest, longest},
  key_row{"budgets", "health_validation", duration, "", "", false, shortest, longest},
  key_row{"budgets", "total", section, "total budgets"},
  key_row{"budgets", "failover", section, "failover budgets"},

  key_row{"total budgets", "cold", duration, "", "", false, shortest, longest},
  key_row{"total budgets", "warm", duration, "", "", false, shortest, longest},
  key_row{"total budgets", "hot", duration, "", "", false, shortest, longest},

  key_row{"failover budgets", "detection", duration, "", "", false, shortest, longest},
  key_row{"failover budgets", "lease_expiry", duration, "", "", false, shortest, longest},
  key_row{"failover budgets", "election", duration, "", "", false, shortest, longest},
  key_row{"failover budgets", "promotion", duration, "", "", false, shortest, longest},
  key_row{"failover budgets", "stabilization", duration, "", "", false, shortest, longest},
  key_row{"failover budgets", "total", duration, "", "", false, shortest, longest},
};
// clang-format on

} // namespace

std::span<const key_row> key_table() {
  return known_keys;
}

std::span<const key_row> keys_of(std::string_view section) {
  const auto begin = std::ranges::find(known_keys, section, &key_row::section);
  const auto end = std::find_if(begin, known_keys.end(), [&](const key_row& row) { return row.section != section; });
  return {begin, end};
}

std::vector<std::string_view> alternatives(std::string_view detail) {
  std::vector<std::string_view> out;
  while (!detail.empty()) {
    const auto end = std::min(detail.find('|'), detail.size());
    out.push_back(detail.substr(0, end));
    detail.remove_prefix(std::min(end + 1, detail.size()));
  }
  return out;
}

} // namespace paws::topology
