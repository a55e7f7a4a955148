#include "runtimes/docker/container_request.hpp"

#include "runtimes/docker/names.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace paws::docker {

namespace {

using nlohmann::json;

// Where a daemon forks per connection, PostgreSQL, this is more than its connections and workers.
constexpr std::int64_t most_pids = 1024;
constexpr const char* log_size = "16m"; // of one file; two are kept
constexpr const char* log_files = "2";
constexpr const char* tmpfs_options = "rw,nosuid,nodev,noexec,mode=1777,size=64m";

bool is_plain_path(const std::string& path) {
  return path.starts_with('/') && path.find("..") == std::string::npos && path.find('\0') == std::string::npos &&
         path.find('\n') == std::string::npos;
}

json variables_of(const logic::member_spec& spec) {
  auto all = spec.variables;
  if (!spec.command.empty()) // the image's own command is found where the image says
    all.try_emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  all.try_emplace("HOME", spec.data_dir.empty() ? "/tmp" : spec.data_dir);
  all.try_emplace("LANG", "C.UTF-8");
  json out = json::array();
  for (const auto& [title, value] : all)
    out.push_back(title + "=" + value);
  return out;
}

json mounts_of(const logic::member_spec& spec) {
  json out = json::array();
  for (const auto& each : volumes_of(spec))
    out.push_back({{"Type", "volume"}, {"Source", each.volume}, {"Target", each.target}, {"ReadOnly", each.read_only}});
  for (const auto& each : spec.mounts)
    if (each.volume.empty())
      out.push_back({{"Type", "bind"}, {"Source", each.source}, {"Target", each.target}, {"ReadOnly", each.read_only}});
  return out;
}

void set_limits(json& host, const topology::resource_limits& limits) {
  if (limits.memory_bytes > 0) {
    host["Memory"] = limits.memory_bytes;
    host["MemorySwap"] = limits.memory_bytes; // memory and swap together: no swap
  }
  if (limits.memory_reservation_bytes > 0)
    host["MemoryReservation"] = limits.memory_reservation_bytes;
  if (limits.cpus > 0)
    host["NanoCpus"] = std::llround(limits.cpus * 1e9);
  host["PidsLimit"] = most_pids;
}

void set_habits(json& host, const request_habits& habits) {
  host["Init"] = habits.init;
  host["LogConfig"] = {{"Type", "json-file"}, {"Config", {{"max-size", log_size}}}};
  if (!habits.podman) // Podman's own log has one file
    host["LogConfig"]["Config"]["max-file"] = log_files;
  host["Ulimits"] = json::array({{{"Name", "core"}, {"Soft", 0}, {"Hard", 0}}}); // a core file would hold secrets
  if (habits.most_files > 0)
    host["Ulimits"].push_back({{"Name", "nofile"}, {"Soft", habits.most_files}, {"Hard", habits.most_files}});
  if (habits.most_processes > 0)
    host["Ulimits"].push_back({{"Name", "nproc"}, {"Soft", habits.most_processes}, {"Hard", habits.most_processes}});
}

} // namespace

json labels_of(const std::string& environment, const std::string& member) {
  return {{environment_label, environment},
          {member_label, member},
          {"com.docker.compose.project", environment},
          {"com.docker.compose.service", member}};
}

json endpoint_of(const logic::member_spec& spec, const logic::network_place& place) {
  json names{spec.name};
  for (const auto& alias : spec.aliases)
    names.push_back(alias);
  json out{{"Aliases", names}};
  if (!place.address.empty())
    out["IPAMConfig"] = {{"IPv4Address", place.address}};
  return out;
}

std::vector<volume_mount> volumes_of(const logic::member_spec& spec) {
  std::vector<volume_mount> out{{shared_name(spec.environment, spec.name + "_files"), files_top}};
  if (!spec.data_dir.empty())
    out.push_back({shared_name(spec.environment, spec.name + "_data"), data_top});
  for (const auto& each : spec.mounts)
    if (!each.volume.empty())
      out.push_back({shared_name(spec.environment, each.volume), each.target, each.read_only});
  return out;
}

std::optional<topology::failure> refuse_spec(const logic::member_spec& spec) {
  const auto wrong = [&](const std::string& what) {
    return topology::failure{"ERR_RUN_002", spec.name + " cannot be created: " + what,
                             "correct the topology, then start again"};
  };
  std::vector<std::pair<std::string_view, std::string>> names{{"an environment", spec.environment},
                                                              {"a member", spec.name}};
  for (const auto& each : spec.networks)
    names.emplace_back("a network", each.network);
  for (const auto& each : spec.aliases)
    names.emplace_back("a member", each);
  for (const auto& each : spec.mounts)
    if (!each.volume.empty())
      names.emplace_back("a volume", each.volume);
  for (const auto& [kind, name] : names)
    if (auto why = refuse_name(kind, name))
      return why;
  if (auto why = refuse_image(spec.image))
    return why;
  if (spec.uid == 0)
    return wrong("it has no user of its own (containers never run as root)");
  for (const auto& each : spec.mounts)
    if (!is_plain_path(each.target) || each.target.find(':') != std::string::npos ||
        (each.volume.empty() && !is_plain_path(each.source)))
      return wrong("the mount \"" + each.source + each.volume + "\" at \"" + each.target + "\" is no absolute path");
  const auto below = [](const std::string& path, const std::string& top) { return path.starts_with(top + "/"); };
  for (const auto& path : {spec.config_dir, spec.run_dir, spec.data_dir})
    if (!path.empty() && (!is_plain_path(path) || (!below(path, files_top) && !below(path, data_top))))
      return wrong("its directory " + path + " is not in a volume of its own");
  for (const auto& file : spec.files)
    if (!is_plain_path(file.path) || (!below(file.path, files_top) && !below(file.path, data_top)))
      return wrong("its file " + file.path + " is not in a volume of its own");
  return std::nullopt;
}

json container_request(const logic::member_spec& spec, const request_habits& habits) {
  const auto user = std::to_string(spec.uid) + ":" + std::to_string(spec.uid);
  json host{{"ReadonlyRootfs", true},
            {"Privileged", false},
            {"CapDrop", {"ALL"}},
            {"SecurityOpt", {"no-new-privileges"}},
            {"RestartPolicy", {{"Name", "no"}}},
            {"AutoRemove", false},
            {"PublishAllPorts", false},
            {"Tmpfs", {{"/tmp", tmpfs_options}}},
            {"Mounts", mounts_of(spec)}};
  set_limits(host, spec.limits);
  // A mode alone is not enough: runc gives a directory that the image has its old one. Podman takes no owner.
  const auto user_id = std::to_string(spec.uid);
  host["Tmpfs"]["/run"] = tmpfs_options + (habits.podman ? std::string{} : ",uid=" + user_id + ",gid=" + user_id);
  set_habits(host, habits);
  const auto grace_s = (spec.stop_grace_ms + 999) / 1000;
  json out{{"Image", spec.image},
           {"Env", variables_of(spec)},
           {"User", user},
           {"Hostname", spec.name},
           {"StopSignal", std::to_string(spec.stop_signal)},
           {"StopTimeout", grace_s},
           {"Healthcheck", {{"Test", {"NONE"}}}},
           {"Labels", labels_of(spec.environment, spec.name)}};
  if (!spec.command.empty()) { // else the image's own, where the image says
    out["Entrypoint"] = json::array();
    out["Cmd"] = spec.command;
    out["WorkingDir"] = spec.working_directory.empty() ? "/" : spec.working_directory;
  }
  for (const auto& each : spec.published) {
    const auto port = std::to_string(each.port) + "/tcp";
    out["ExposedPorts"][port] = json::object();
    host["PortBindings"][port].push_back({{"HostIp", "127.0.0.1"}, {"HostPort", std::to_string(each.host_port)}});
  }
  host["NetworkMode"] = "none";
  if (!spec.networks.empty()) {
    const auto network = shared_name(spec.environment, spec.networks.front().network);
    host["NetworkMode"] = network;
    out["NetworkingConfig"]["EndpointsConfig"][network] = endpoint_of(spec, spec.networks.front());
  }
  out["HostConfig"] = std::move(host);
  return out;
}

} // namespace paws::docker
