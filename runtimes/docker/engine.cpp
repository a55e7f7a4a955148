#include "runtimes/docker/engine.hpp"

#include "runtimes/docker/api.hpp"
#include "runtimes/docker/partition.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::docker {

namespace {

using nlohmann::json;
using topology::failure;

constexpr int oldest_api_minor = 41; // of version 1
constexpr std::string_view unix_scheme = "unix://";

// Where one of the two is expected, in the order in which they are looked at.
struct place {
  std::string name;
  std::string path;
};

std::string variable(const char* title) {
  const auto* value = std::getenv(title);
  return value != nullptr ? value : "";
}

// What `title` says: a path, or in `why` that it is none.
std::string named_by(const char* title, std::string& why) {
  const auto value = variable(title);
  if (value.empty())
    return "";
  if (value.starts_with(unix_scheme))
    return value.substr(unix_scheme.size());
  why = std::string{title} + " is " + value + ", and only " + std::string{unix_scheme} +
        " sockets are supported: unset it, or let it name one";
  return "";
}

std::vector<place> places(std::string& docker_why, std::string& podman_why) {
  std::vector<place> out;
  const auto docker_host = named_by("DOCKER_HOST", docker_why);
  if (!docker_host.empty())
    out.push_back({"docker", docker_host});
  else if (docker_why.empty())
    out.insert(out.end(), {{"docker", "/run/docker.sock"}, {"docker", "/var/run/docker.sock"}});
  const auto container_host = named_by("CONTAINER_HOST", podman_why);
  if (!container_host.empty()) {
    out.push_back({"podman", container_host});
  } else if (podman_why.empty()) {
    if (const auto own = variable("XDG_RUNTIME_DIR"); !own.empty())
      out.push_back({"podman", own + "/podman/podman.sock"});
    out.push_back({"podman", "/run/podman/podman.sock"});
  }
  return out;
}

bool is_podman(const json& version) {
  for (const auto& each : version.value("Components", json::array()))
    if (each.is_object() && each.value("Name", "").starts_with("Podman"))
      return true;
  return false;
}

int minor_of(const std::string& api_version) {
  int out = 0;
  if (api_version.starts_with("1."))
    std::from_chars(api_version.data() + 2, api_version.data() + api_version.size(), out);
  else if (api_version.size() > 1 && api_version.front() >= '2')
    out = oldest_api_minor;
  return out;
}

// Who answers at `at.socket`; nobody: why_not.
engine ask_version(const place& at, std::chrono::milliseconds patience) {
  engine out{.name = at.name, .socket = at.path, .version = {}, .api_version = {}, .platform = {}, .why_not = {}};
  if (::access(at.path.c_str(), R_OK | W_OK) != 0) {
    out.why_not = "this user may not use " + at.path + ": run as root, or as a member of its group";
    return out;
  }
  api to{out};
  const auto answer = to.call({.path = "/version", .patience = patience});
  if (const auto* why = why_not(answer)) {
    out.why_not = why->message + "; " + why->remedy;
    return out;
  }
  const auto said = std::get<reply>(answer).json();
  if (!said.is_object() || !said.contains("ApiVersion")) {
    out.why_not = "what answers at " + at.path + " is no container engine";
    return out;
  }
  out.name = is_podman(said) ? "podman" : "docker";
  out.version = said.value("Version", "");
  out.api_version = said.value("ApiVersion", "");
  out.platform = said.value("Os", "") + "/" + said.value("Arch", "");
  if (minor_of(out.api_version) < oldest_api_minor)
    out.why_not = out.name + " " + out.version + " speaks version " + out.api_version + " of the Engine API, and 1." +
                  std::to_string(oldest_api_minor) + " is needed: install a newer one";
  return out;
}

engine ask_safely(const place& at, std::chrono::milliseconds patience) {
  try {
    return ask_version(at, patience);
  } catch (const json::exception&) {
    engine out{.name = at.name, .socket = at.path, .version = {}, .api_version = {}, .platform = {}, .why_not = {}};
    out.why_not = "what answers at " + at.path + " is no container engine";
    return out;
  }
}

// The better of two that were found for the same name.
void keep(engine& best, const engine& found) {
  if (best.socket.empty() || (!best.why_not.empty() && found.why_not.empty()))
    best = found;
}

std::string limit_reason(const json& info, const char* key, const std::string& what) {
  return info.value(key, true) ? "" : "the kernel that the container engine runs on has no limit for " + what;
}

} // namespace

std::vector<engine> find_engines(std::chrono::milliseconds patience) {
  engine docker{.name = "docker", .socket = {}, .version = {}, .api_version = {}, .platform = {}, .why_not = {}};
  engine podman{.name = "podman", .socket = {}, .version = {}, .api_version = {}, .platform = {}, .why_not = {}};
  std::string looked_at_docker, looked_at_podman;
  std::vector<std::string> asked;
  for (const auto& at : places(docker.why_not, podman.why_not)) {
    (at.name == "docker" ? looked_at_docker : looked_at_podman) += " " + at.path;
    std::error_code failed;
    const auto real = std::filesystem::canonical(at.path, failed).string();
    if (failed || !std::filesystem::is_socket(real, failed) ||
        std::find(asked.begin(), asked.end(), real) != asked.end())
      continue;
    asked.push_back(real);
    const auto found = ask_safely(at, patience);
    keep(found.name == "docker" ? docker : podman, found);
  }
  if (docker.socket.empty() && docker.why_not.empty())
    docker.why_not = "no Docker was found (looked at" + looked_at_docker + "): install docker.io, or start it";
  if (podman.socket.empty() && podman.why_not.empty())
    podman.why_not = "no Podman was found (looked at" + looked_at_podman + "): install podman, or start podman.socket";
  return {docker, podman};
}

std::variant<engine, failure> find_engine(const std::string& name) {
  for (auto& each : find_engines())
    if (each.name == name) {
      if (each.why_not.empty())
        return each;
      return failure{"ERR_RUN_001", "the container engine " + name + " cannot be used: " + each.why_not,
                     "or choose another runtime: --runtime process"};
    }
  return failure{"ERR_RUN_001", "there is no container engine called " + name, "use docker or podman"};
}

runtime_capabilities capabilities_of(const engine& on) {
  runtime_capabilities out;
  out.name = on.name;
  api to{on};
  const auto known = understood(on, [&]() -> outcome<json> {
    const auto answer = to.get("/info");
    if (const auto* why = why_not(answer))
      return *why;
    const auto info = std::get<reply>(answer).json();
    if (!info.is_object())
      return to.refused("its capabilities cannot be asked for", std::get<reply>(answer));
    return info;
  });
  if (const auto* why = why_not(known)) {
    out.memory_limit = out.cpu_limit = out.pause = out.partition = out.networks = out.images = why->message;
    return out;
  }
  const auto& info = std::get<json>(known);
  out.memory_limit = limit_reason(info, "MemoryLimit", "memory");
  out.cpu_limit = limit_reason(info, "CpuCfsQuota", "processors");
  out.partition = why_no_partition();
  return out;
}

} // namespace paws::docker
