#include "bin/run_place.hpp"

#include "store/durable_file.hpp"
#include "store/secrets.hpp"
#include "topology/derive.hpp"
#include "topology/loader.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

constexpr int most_tries = 32;
constexpr const char* own_secrets = ".local/secrets.env";

// Where outgoing connections take their ports from.
std::uint32_t ephemeral_first() {
  std::ifstream file{"/proc/sys/net/ipv4/ip_local_port_range"};
  std::uint32_t out = 0;
  file >> out;
  return out;
}

std::string text_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

// A suffix that neither a run nor a directory has, and its directory.
std::variant<std::string, failure> make_directory(const std::string& base, claims& into, std::string& directory) {
  const auto above = temporary_directory();
  for (int i = 0; i < most_tries; ++i) {
    const auto suffix = random_suffix();
    directory = above + "/paws-run-" + suffix;
    if (!into.take("name " + run_name(base, suffix)))
      continue;
    // Daemons with users of their own pass through; nobody else sees what is in it.
    if (::mkdir(directory.c_str(), 0700) == 0 && ::chmod(directory.c_str(), ::geteuid() == 0 ? 0711 : 0700) == 0)
      return suffix;
    if (errno != EEXIST)
      return store::file_failure(directory, "made", errno);
  }
  return failure{"ERR_SYS_003", above + " is full of other runs", "remove " + above + "/paws-run-* that nobody needs"};
}

std::variant<topology::derivation, failure> differences(const topology::document& of, claims& into) {
  topology::derivation out;
  const auto all = listeners();
  const auto first = random_number();
  auto subnet = claim_subnet(into, all, first);
  if (auto* why = std::get_if<failure>(&subnet))
    return *why;
  out.subnet = std::get<std::string>(subnet);
  std::vector<std::uint16_t*> published;
  for (const auto& route : of.routes)
    if (route.publish != 0)
      published.push_back(&out.ports[route.name]);
  if (of.control.port != 0)
    published.push_back(&out.control_port);
  for (const auto& service : of.services)
    for (const auto& [title, port] : service.publish)
      published.push_back(&out.service_ports[service.name][title]);
  auto ports = claim_ports(into, all, run_ports(ephemeral_first()), published.size(), first);
  if (auto* why = std::get_if<failure>(&ports))
    return *why;
  for (std::size_t i = 0; i < published.size(); ++i)
    *published[i] = std::get<0>(ports)[i];
  out.root = ".";
  out.project = of.project;
  out.secrets_file = own_secrets;
  return out;
}

// The user's secrets, if there are any, and whatever else is needed.
std::optional<failure> provide_secrets(const topology::document& of, run_room& room) {
  const auto theirs = of.root + "/" + of.secrets.file, ours = room.directory + "/" + own_secrets;
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(theirs, ignored))) {
    auto known = store::load_secrets(theirs);
    if (auto* why = std::get_if<failure>(&known))
      return *why;
    std::string text;
    for (const auto& [name, value] : std::get<store::secret_map>(known))
      text.append(name).append("=").append(value).append("\n");
    if (auto why = store::make_directories(fs::path{ours}.parent_path().string()))
      return why;
    auto written = store::write_atomically(ours, text, 0600);
    if (auto* why = std::get_if<failure>(&written))
      return *why;
  }
  auto made = store::generate_secrets(ours, of.secrets.generate);
  if (auto* why = std::get_if<failure>(&made))
    return *why;
  auto all = store::load_secrets(ours);
  if (auto* why = std::get_if<failure>(&all))
    return *why;
  room.secrets = std::get<store::secret_map>(std::move(all));
  return std::nullopt;
}

std::optional<failure> fill(const topology::document& of, const topology::derivation& changes, run_room& room) {
  auto text = topology::derive_topology(text_of(of.file), of.file, changes);
  if (auto* why = std::get_if<failure>(&text))
    return *why;
  room.topology = room.directory + "/topology.yaml";
  auto written = store::write_atomically(room.topology, std::get<std::string>(text), 0600);
  if (auto* why = std::get_if<failure>(&written))
    return *why;
  auto loaded = topology::load_topology(room.topology);
  if (!loaded.ok())
    return topology::as_failure(loaded);
  room.document = std::move(loaded.doc);
  return provide_secrets(of, room);
}

} // namespace

std::string temporary_directory() {
  const char* given = std::getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  std::error_code failed;
  const std::string wanted = given == nullptr || *given == '\0' ? "/tmp" : given;
  auto out = fs::absolute(wanted, failed).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/')
    out.pop_back();
  return failed ? wanted : out;
}

std::variant<run_room, failure> make_room(const topology::document& of, claims& into) {
  auto changes = differences(of, into);
  if (auto* why = std::get_if<failure>(&changes))
    return *why;
  run_room room;
  const auto suffix = make_directory(of.name, into, room.directory);
  if (const auto* why = std::get_if<failure>(&suffix))
    return *why;
  auto& with = std::get<topology::derivation>(changes);
  with.name = run_name(of.name, std::get<std::string>(suffix));
  if (auto why = fill(of, with, room)) {
    std::error_code ignored;
    fs::remove_all(room.directory, ignored);
    return *why;
  }
  return room;
}

} // namespace paws::bin
