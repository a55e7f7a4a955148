#include "store/state_file.hpp"

#include "store/durable_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace paws::store {

using topology::failure;

namespace {

using json = nlohmann::ordered_json;

constexpr std::uint32_t newest_version = 1;
constexpr int most_damaged = 5; // kept beside each other; the last one is overwritten

failure no_state(const std::string& path, const std::string& why) {
  return {"ERR_ENG_008", path + " is no saved state of this engine: " + why,
          "move it away; what runs is found again without it"};
}

// nlohmann's own conversions throw on a wrong type; these are only called for objects that `parse` made.
saved_state state_from_json(const json& from) {
  saved_state out;
  out.version = from.at("version").get<std::uint32_t>();
  out.environment = from.at("environment").get<std::string>();
  out.topology_file = from.at("topology_file").get<std::string>();
  out.runtime = from.at("runtime").get<std::string>();
  out.profiles = from.at("profiles").get<std::vector<std::string>>();
  out.desired = from.at("desired").get<std::map<std::string, std::string>>();
  out.leaders = from.at("leaders").get<std::map<std::string, std::string>>();
  return out;
}

} // namespace

std::variant<saved_state, failure> load_state(const std::string& path) {
  auto opened = open_plain(path, O_RDONLY);
  if (const auto* why = std::get_if<failure>(&opened)) {
    if (errno != ENOENT)
      return *why;
    saved_state none;
    none.version = 0;
    return none;
  }
  const auto content = read_all(std::get<descriptor>(opened).get(), state_file_bytes);
  if (!content)
    return errno == EFBIG ? no_state(path, "it is too large") : file_failure(path, "read", errno);
  const auto read = json::parse(*content, nullptr, false);
  if (!read.is_object())
    return no_state(path, content->empty() ? "it is empty" : "it is no JSON object, or only a part of one");
  const auto version = read.find("version");
  if (version == read.end() || !version->is_number_unsigned() || *version == 0)
    return no_state(path, "it has no version");
  if (*version > newest_version)
    return failure{"ERR_ENG_007", path + ": version " + version->dump() + " was written by a newer engine",
                   "use that engine, or move the file away; what runs is found again without it"};
  try {
    return state_from_json(read);
  } catch (const json::exception& wrong) {
    return no_state(path, wrong.what());
  }
}

std::variant<std::string, failure> set_aside_state(const std::string& path) {
  for (int number = 1; number <= most_damaged; ++number) {
    const auto to = path + ".damaged-" + std::to_string(number);
    std::error_code failed;
    if (std::filesystem::exists(std::filesystem::symlink_status(to, failed)) && number < most_damaged)
      continue;
    std::filesystem::rename(path, to, failed);
    if (failed)
      return file_failure(path, "move away", failed.value());
    return to;
  }
  return failure{"ERR_SYS_003", path + " cannot be moved away", "move it away yourself"};
}

std::optional<failure> save_state(const std::string& path, const saved_state& what) {
  const auto parent = std::filesystem::path{path}.parent_path().string();
  if (auto failed = parent.empty() ? std::nullopt : make_directories(parent))
    return failed;
  const json out{{"version", newest_version}, {"environment", what.environment}, {"topology_file", what.topology_file},
                 {"runtime", what.runtime},   {"profiles", what.profiles},       {"desired", what.desired},
                 {"leaders", what.leaders}};
  const auto written = write_atomically(path, out.dump(2, ' ', false, json::error_handler_t::replace) + "\n", 0600);
  const auto* why = std::get_if<failure>(&written);
  return why == nullptr ? std::nullopt : std::optional{*why};
}

} // namespace paws::store
