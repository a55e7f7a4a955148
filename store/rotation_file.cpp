#include "store/rotation_file.hpp"

#include "store/durable_file.hpp"
#include "store/secrets.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace paws::store {

using logic::rotation_record;
using topology::failure;

namespace {

using json = nlohmann::ordered_json;

constexpr int version = 1;

// Never says what stands there: it would be a secret.
failure no_record(const std::string& path) {
  return {"ERR_SEC_008", path + " is no record of this engine of a change of secrets",
          "it may hold passwords that members have: keep it, move it away, and start again"};
}

// nlohmann's own conversions throw on a wrong type; only called for objects.
rotation_record rotation_from_json(const json& from) {
  rotation_record out;
  out.names = from.at("names").get<std::vector<std::string>>();
  out.before = from.at("before").get<std::map<std::string, std::string>>();
  out.after = from.at("after").get<std::map<std::string, std::string>>();
  out.restarted = from.at("restarted").get<std::vector<std::string>>();
  out.altered = from.at("altered").get<bool>();
  out.begun_at_us = from.at("begun_at_us").get<std::int64_t>();
  return out;
}

} // namespace

std::variant<rotation_record, failure> load_rotation(const std::string& path) {
  auto opened = open_plain(path, O_RDONLY);
  if (const auto* why = std::get_if<failure>(&opened)) {
    if (errno == ENOENT)
      return rotation_record{};
    return *why;
  }
  const auto content = read_all(std::get<descriptor>(opened).get(), rotation_file_bytes);
  if (!content)
    return errno == EFBIG ? no_record(path) : file_failure(path, "read", errno);
  const auto read = json::parse(*content, nullptr, false);
  if (!read.is_object() || read.value("version", json{}) != version)
    return no_record(path);
  try {
    auto out = rotation_from_json(read);
    if (out.names.empty())
      return no_record(path);
    return out;
  } catch (const json::exception&) {
    return no_record(path);
  }
}

std::optional<failure> save_rotation(const std::string& path, const rotation_record& what) {
  const auto parent = std::filesystem::path{path}.parent_path().string();
  if (auto failed = parent.empty() ? std::nullopt : make_directories(parent))
    return failed;
  const json out{
      {"version", version},          {"names", what.names},     {"before", what.before},          {"after", what.after},
      {"restarted", what.restarted}, {"altered", what.altered}, {"begun_at_us", what.begun_at_us}};
  const auto written = write_atomically(path, out.dump(2, ' ', false, json::error_handler_t::replace) + "\n", 0600);
  const auto* why = std::get_if<failure>(&written);
  return why == nullptr ? std::nullopt : std::optional{*why};
}

std::optional<failure> remove_rotation(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return file_failure(path, "removed", errno);
  return std::nullopt;
}

std::variant<rotation_record, failure> begin_rotation(const std::string& path, const std::string& secrets_file,
                                                      const std::vector<std::string>& names) {
  const auto loaded = load_secrets(secrets_file);
  if (const auto* why = std::get_if<failure>(&loaded))
    return *why;
  const auto& known = std::get<secret_map>(loaded);
  rotation_record out;
  out.names = names;
  for (const auto& name : names) {
    const auto at = known.find(name);
    if (at == known.end())
      return failure{"ERR_SEC_001", "Missing secret: " + name + ". Run: make local-gen-secrets", ""};
    out.before[name] = at->second;
    out.after[name] = random_secret();
    if (out.after[name].empty())
      return failure{"ERR_SYS_000", "this machine gives no random numbers", "check that /dev/urandom can be read"};
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  out.begun_at_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  if (auto failed = save_rotation(path, out))
    return *failed;
  return out;
}

} // namespace paws::store
