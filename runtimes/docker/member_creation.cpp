// How a member's container comes to be: its networks, volumes, directories and files.
#include "runtimes/docker/images.hpp"
#include "runtimes/docker/member_container.hpp"
#include "runtimes/docker/names.hpp"
#include "runtimes/docker/volume_content.hpp"
#include "runtimes/docker/volumes.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <tuple>
#include <unistd.h>

namespace paws::docker {

namespace {

using topology::failure;

// Podman's default limits are beyond what a container inside a container may set.
constexpr std::uint64_t most_files = 65'536, most_processes = 32'768;

std::uint64_t own_limit(int which, std::uint64_t most) {
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource>(which), &now) != 0 || now.rlim_max == RLIM_INFINITY)
    return most;
  return std::min<std::uint64_t>(now.rlim_max, most);
}

request_habits habits_of(const engine& on, bool init) {
  request_habits out;
  out.podman = on.name == "podman";
  out.init = init;
  if (out.podman) {
    out.most_files = own_limit(RLIMIT_NOFILE, most_files);
    out.most_processes = own_limit(RLIMIT_NPROC, most_processes);
  }
  return out;
}

// No program to be process 1 is installed beside the engine: the member is process 1 itself.
bool lacks_init(const reply& said) {
  return !said.ok() && said.message().find("init binary") != std::string::npos;
}

std::vector<std::string> unsupported_of(const shared_ground& ground, const topology::resource_limits& limits) {
  std::vector<std::string> out;
  if (limits.memory_bytes > 0 && !ground.memory_limit.empty())
    out.push_back("memory_limit: " + ground.memory_limit);
  if (limits.cpus > 0 && !ground.cpu_limit.empty())
    out.push_back("cpu_limit: " + ground.cpu_limit);
  return out;
}

bool is_below(const std::string& path, const std::string& top) {
  return path.starts_with(top + "/");
}

} // namespace

outcome<container_info> member_container::create(const logic::member_spec& spec) {
  if (auto why = refuse_spec(spec))
    return *why;
  const auto answer = api_.get(path("json"));
  if (const auto* why = why_not(answer))
    return *why;
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  const auto& old = std::get<std::optional<container_state>>(found);
  if (!old && std::get<reply>(answer).ok())
    return failure{"ERR_RUN_002",
                   "a container called " + container_name(ground_->environment, name_) +
                       " exists that is not this environment's",
                   "remove or rename it, or give the environment another name"};
  if (old && (old->status == container_status::running || old->status == container_status::paused))
    return failed("runs already: it cannot be created anew");
  if (auto why = prepare(spec))
    return *why;
  if (old)
    if (auto why = remove_container(old->id))
      return *why;
  spec_ = spec;
  const auto made = post_create(spec);
  if (const auto* why = why_not(made))
    return *why;
  if (!std::get<reply>(made).ok())
    return api_.refused(name_ + " could not be created", std::get<reply>(made));
  if (auto why = join_networks(spec))
    return *why;
  const auto fresh = is_fresh(spec);
  if (const auto* why = why_not(fresh))
    return *why;
  if (auto why = put_files(spec, true, std::get<bool>(fresh)))
    return *why;
  own_shared_volumes(spec);
  ground_->notes.created(name_, std::get<bool>(fresh), unsupported_of(*ground_, spec.limits));
  return inspect();
}

// What the container needs before it can be made.
std::optional<failure> member_container::prepare(const logic::member_spec& spec) {
  auto image = look_at_image(api_, spec.image);
  if (const auto* why = why_not(image))
    return *why;
  if (auto why = refuse_missing(ground_->engine, std::get<image_state>(image), spec.platform))
    return why;
  for (const auto& each : spec.networks)
    if (auto why = ground_->nets.ensure(api_, each.network))
      return why;
  std::map<std::string, std::string> ranges;
  for (const auto& each : spec.networks)
    ranges[each.network] = ground_->nets.cidr_of(each.network);
  std::size_t own = spec.data_dir.empty() ? 1 : 2;
  for (const auto& each : volumes_of(spec)) {
    const bool of_member = own > 0;
    own -= of_member ? 1 : 0;
    const auto made = ensure_volume(api_, each.volume, spec.environment, of_member ? spec.name : "", ranges);
    if (const auto* why = why_not(made))
      return *why;
    mountpoints_[each.target] = std::get<std::string>(made);
  }
  return std::nullopt;
}

outcome<reply> member_container::post_create(const logic::member_spec& spec) {
  auto path = "/containers/create?name=" + container_name(spec.environment, spec.name);
  if (!spec.platform.empty())
    path += "&platform=" + escape(spec.platform);
  auto out = api_.post(path, container_request(spec, habits_of(ground_->engine, true)));
  const auto* said = std::get_if<reply>(&out);
  if (said != nullptr && said->status == 404 && said->message().find("network") != std::string::npos) {
    ground_->nets.forget(); // somebody removed it
    for (const auto& each : spec.networks)
      if (auto why = ground_->nets.ensure(api_, each.network))
        return *why;
    out = api_.post(path, container_request(spec, habits_of(ground_->engine, true)));
    said = std::get_if<reply>(&out);
  }
  if (said != nullptr && lacks_init(*said))
    out = api_.post(path, container_request(spec, habits_of(ground_->engine, false)));
  return out;
}

std::optional<failure> member_container::join_networks(const logic::member_spec& spec) {
  for (std::size_t i = 1; i < spec.networks.size(); ++i) {
    const auto& place = spec.networks[i];
    const auto answer = api_.post(
        "/networks/" + shared_name(spec.environment, place.network) + "/connect",
        {{"Container", container_name(spec.environment, spec.name)}, {"EndpointConfig", endpoint_of(spec, place)}});
    if (const auto* why = why_not(answer))
      return *why;
    if (const auto& said = std::get<reply>(answer); !said.ok())
      return api_.refused(name_ + " could not join the network " + place.network, said);
  }
  return std::nullopt;
}

outcome<bool> member_container::has(const std::string& file) {
  const auto answer = api_.call({.method = "HEAD", .path = path("archive?path=" + escape(file))});
  if (const auto* why = why_not(answer))
    return *why;
  return std::get<reply>(answer).ok();
}

// The data directory is missing, or nothing is in it.
outcome<bool> member_container::is_fresh(const logic::member_spec& spec) {
  if (spec.data_dir.empty())
    return true;
  const auto there = has(spec.data_dir);
  if (const auto* why = why_not(there))
    return *why;
  if (!std::get<bool>(there))
    return true;
  // An archive of it: its own entry, then the first of what is in it, then the end.
  constexpr std::size_t entry = 512;
  const auto answer = api_.call({.path = path("archive?path=" + escape(spec.data_dir)), .most_bytes = 2 * entry});
  if (const auto* why = why_not(answer))
    return *why;
  const auto& content = std::get<reply>(answer);
  if (!content.ok())
    return api_.refused("the data of " + name_ + " cannot be looked at", content);
  const auto second = content.body.size() > entry ? content.body.substr(entry) : std::string{};
  return second.find_first_not_of('\0') == std::string::npos;
}

std::optional<failure> member_container::put_files(const logic::member_spec& spec, bool with_directories, bool fresh) {
  for (const auto* top : {files_top, data_top}) {
    volume_content content{top, spec.uid};
    if (!fresh)
      content.there(spec.data_dir); // as it is
    for (const auto& directory : {spec.config_dir, spec.run_dir, spec.data_dir})
      if (with_directories)
        content.directory(directory);
      else
        content.there(directory);
    for (const auto& file : spec.files) {
      if (!is_below(file.path, top))
        continue;
      const auto kept = file.keep_existing ? has(file.path) : outcome<bool>{false};
      if (const auto* why = why_not(kept))
        return *why;
      if (!std::get<bool>(kept))
        content.file(file);
    }
    if (content.empty())
      continue;
    if (auto why = put(content, with_directories ? mountpoints_[top] : ""))
      return why;
  }
  return std::nullopt;
}

// A volume begins as root's or with the owner that its image gave the directory, and nobody in a container is root.
// Only root can change that, and only where the engine's machine is this one.
void member_container::own_shared_volumes(const logic::member_spec& spec) {
  for (const auto& mount : spec.mounts)
    if (!mount.volume.empty() && !mount.read_only && ::geteuid() == 0)
      std::ignore = ::lchown(mountpoints_[mount.target].c_str(), spec.uid, spec.uid);
}

// `mountpoint` "": the volume is in use.
std::optional<failure> member_container::put(const volume_content& content, const std::string& mountpoint) {
  if (!mountpoint.empty() && content.fill(mountpoint)) {
    const auto seen = has(content.first()); // it is the engine's file system, not another one of the same name
    if (const auto* why = why_not(seen))
      return *why;
    if (std::get<bool>(seen))
      return std::nullopt;
  }
  const auto answer = api_.call({.method = "PUT",
                                 .path = path("archive?path=" + escape(content.top())),
                                 .body = content.archive(),
                                 .content_type = "application/x-tar",
                                 .patience = work_patience});
  if (const auto* why = why_not(answer))
    return *why;
  if (const auto& said = std::get<reply>(answer); !said.ok())
    return api_.refused("the files of " + name_ + " cannot be written", said);
  return std::nullopt;
}

outcome<container_info> member_container::write_files(const logic::member_spec& spec) {
  if (auto why = refuse_spec(spec))
    return *why;
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  if (!std::get<std::optional<container_state>>(found))
    return failed("does not exist: create it first");
  if (auto why = put_files(spec, false, false))
    return *why;
  return inspect();
}

} // namespace paws::docker
