#include "bin/applied_topology.hpp"

#include "store/durable_file.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::failure;
using topology::topology_values;

constexpr std::size_t most_bytes = 16UL << 20U; // a topology file has at most a fraction of it
constexpr mode_t owner_only = 0600;             // an environment's variables may be nobody else's business

std::string applied_path(const environment_paths& paths) {
  return paths.directory + "/applied.json";
}

std::string reload_path(const environment_paths& paths) {
  return paths.directory + "/reload.json";
}

template <class T>
T read_as(const std::string& path) {
  const auto opened = store::open_plain(path, O_RDONLY);
  const auto* file = std::get_if<store::descriptor>(&opened);
  if (file == nullptr)
    return {};
  const auto text = store::read_all(file->get(), most_bytes);
  try {
    return json::parse(text.value_or("")).get<T>();
  } catch (const json::exception&) {
    return {};
  }
}

std::optional<failure> write(const std::string& path, const json& what) {
  const auto written =
      store::write_atomically(path, what.dump(1, ' ', false, json::error_handler_t::replace) + "\n", owner_only);
  if (const auto* why = std::get_if<failure>(&written))
    return *why;
  return std::nullopt;
}

} // namespace

std::optional<failure> note_applied(const environment_paths& paths, const topology::document& doc,
                                    const std::vector<std::string>& profiles,
                                    const std::map<std::string, std::string>& desired) {
  std::vector<std::string> running;
  for (const auto& [service, wanted] : desired)
    if (wanted == "running" || wanted == "paused")
      running.push_back(service);
  return write(applied_path(paths),
               topology::adopted_values(applied_values(paths), topology::values_of(doc, profiles), running));
}

topology_values applied_values(const environment_paths& paths) {
  return read_as<topology_values>(applied_path(paths));
}

std::string applied_mark(const environment_paths& paths) {
  struct stat found {};
  if (::stat(applied_path(paths).c_str(), &found) != 0)
    return "";
  return std::to_string(found.st_ino) + " " + std::to_string(found.st_mtim.tv_sec) + " " +
         std::to_string(found.st_mtim.tv_nsec);
}

std::vector<std::string> begun_reload(const environment_paths& paths) {
  return read_as<std::vector<std::string>>(reload_path(paths));
}

std::optional<failure> note_reload(const environment_paths& paths, const std::vector<std::string>& services) {
  return write(reload_path(paths), services);
}

} // namespace paws::bin
