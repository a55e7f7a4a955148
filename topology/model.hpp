// What a topology is: plain values, as validated by the loader. Nothing here does I/O or knows YAML.
// Sizes are bytes, durations milliseconds; zero means "no limit given" for every resource limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace paws::topology {

using std::chrono::milliseconds;

/// Limits of one container. 0 = none given.
struct resource_limits {
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_reservation_bytes = 0;
  double cpus = 0;
};

enum class cluster_kind : std::uint8_t { etcd, patroni, redis_sentinel };

/// What a dependent may wait for. `replicating` (a Redis master with all replicas online) is used between the
/// members of one cluster and cannot be written in a topology file.
enum class condition : std::uint8_t { started, replicating, quorum, ready, completed };

std::string_view to_string(cluster_kind kind);
std::string_view to_string(condition what);

/// "do not start before `on` satisfies `until`". `on` names a cluster, route or service.
struct dependency {
  std::string on;
  condition until = condition::ready;
};

struct etcd_settings {
  milliseconds heartbeat_interval{100};
  milliseconds election_timeout{1000};
};

struct patroni_settings {
  milliseconds ttl{30'000};
  milliseconds loop_wait{10'000};
  milliseconds retry_timeout{10'000};
  bool synchronous_strict = true; // `synchronous: strict`; the only other value is `off`
  std::uint32_t max_connections = 100;
};

struct redis_settings {
  std::string master_name = "mymaster";
  std::uint32_t quorum = 2;
  milliseconds down_after{5000};
  milliseconds failover_timeout{10'000};
  bool appendonly = true;
};

struct database {
  std::string name = "postgres";
  std::string user = "app";
};

struct cluster {
  std::string name;
  cluster_kind kind = cluster_kind::etcd;
  std::vector<std::string> members;   // data-bearing members, in file order
  std::vector<std::string> sentinels; // redis_sentinel only
  std::vector<std::string> networks;
  std::vector<dependency> depends_on; // holds for every member
  std::string image;
  bool tls = false;
  resource_limits resources;
  resource_limits sentinel_resources;
  etcd_settings etcd; // the one of `kind` is meaningful
  patroni_settings patroni;
  redis_settings redis;
  database db; // patroni only
  std::vector<std::string> extra_args;
  std::string at; // "path:line:column" of its name
};

/// A stable name and port that follows a role of a cluster.
struct route {
  std::string name;
  std::string cluster;
  std::string role;          // "leader" (patroni) or "master" (redis_sentinel)
  std::uint16_t port = 0;    // inside the networks
  std::uint16_t publish = 0; // on 127.0.0.1; 0 = not published
  std::vector<std::string> networks;
};

/// The one service that carries all routes. Present when the file has `routes`.
struct routing {
  std::string service = "haproxy"; // name of the service that runs it
  std::string kind = "haproxy";
  std::string image;
  milliseconds check_interval{500};
  resource_limits resources;
  std::string at; // "path:line:column" of the key
};

struct http_probe {
  std::string port; // a key of service::publish
  std::string path = "/";
  std::uint16_t expect_status = 200;
  std::map<std::string, std::string> expect_json; // top-level members that must have these values
  milliseconds timeout{5000};
};

enum class goal : std::uint8_t { running, completed };

/// What a service's container sees at `target`: a volume of the environment, or a file or directory of the project.
struct mount {
  std::string volume; // "" = source is meant
  std::string source; // absolute, below root
  std::string target; // absolute, in the container
  bool read_only = true;
};

struct service {
  std::string name;
  std::string image;
  std::vector<std::string> command;       // process runtime; references not yet expanded
  std::string directory;                  // working directory, absolute, below root; process runtime
  std::vector<std::string> build_command; // process runtime: makes what `command` runs; empty = nothing is to be made
  std::string sources;                    // absolute, below root: what it is built from; "" = it is not built here
  std::string dockerfile = "Dockerfile";  // in `sources`
  std::string platform;                   // "linux/arm64"; "" = the container engine's own
  std::vector<mount> mounts;              // container runtimes
  std::vector<std::string> networks;
  std::vector<dependency> depends_on;
  topology::goal goal = topology::goal::running;
  std::map<std::string, std::string> environment; // references not yet expanded
  std::map<std::string, std::string> secrets;     // variable -> name in the secrets file
  std::map<std::string, std::uint16_t> publish;   // port name -> port on 127.0.0.1
  bool has_probe = false;
  http_probe probe; // without one, a service is ready when it runs
  std::vector<std::string> log_ignore;
  resource_limits resources;
  std::vector<std::string> profiles; // empty = always runs
  std::string at;                    // "path:line:column" of its name
};

struct failover_budget {
  milliseconds detection{30'000}, lease_expiry{10'000}, election{15'000}, promotion{10'000}, stabilization{5'000},
      total{60'000};
};

struct budgets {
  milliseconds image_pull{120'000}, container_creation{30'000}, etcd_formation{45'000}, patroni_initialization{90'000},
      redis_setup{30'000}, application_startup{45'000}, health_validation{15'000};
  milliseconds total_cold{300'000}, total_warm{120'000}, total_hot{30'000};
  failover_budget failover;
};

struct secret_names {
  std::string file = ".local/secrets.env"; // relative to root
  std::vector<std::string> generate;
  std::vector<std::string> user_provided;
};

/// The listener over TCP, which answers questions and carries out nothing.
struct control_listener {
  std::string address; // 127.0.0.1; "" = there is none
  std::uint16_t port = 0;
  std::vector<std::string> profiles; // it listens with one of these; empty = always
};

/// One validated topology file.
struct document {
  std::string name;    // of the environment; what the file says, unless whoever read it wants another
  std::string named;   // what the file says
  std::string file;    // absolute path it was read from
  std::string root;    // absolute, normalised: what the engine keeps lies below it
  std::string project; // likewise: where the paths of services start; the root unless the file says else
  std::vector<std::string> default_profiles;
  std::vector<std::string> runtime_prefer{"process"};
  std::string process_subnet = "127.36.0.0/24";
  control_listener control;
  std::vector<std::string> networks;
  secret_names secrets;
  std::vector<cluster> clusters; // file order
  bool has_routing = false;
  topology::routing routing;
  std::vector<route> routes;
  std::vector<service> services;
  topology::budgets budgets;
};

} // namespace paws::topology
