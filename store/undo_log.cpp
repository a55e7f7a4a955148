#include "store/undo_log.hpp"

#include "store/durable_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace paws::store {

using logic::injected_fault;
using topology::failure;

namespace {

using json = nlohmann::ordered_json;

failure unreadable(const std::string& path, std::size_t line) {
  return {"ERR_ENG_009", path + ":" + std::to_string(line) + " cannot be understood",
          "see in it what a drill did to which member, take that back by hand, then move the file away"};
}

json fault_to_json(const injected_fault& what) {
  return {{"id", what.id},         {"drill", what.drill}, {"fault", to_string(what.kind)},
          {"member", what.member}, {"peers", what.peers}, {"at_us", what.at_us}};
}

// 0 for what is none.
std::uint64_t id_at(const json& line, const char* key) {
  const auto at = line.find(key);
  return at != line.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}

// Throws json::exception for what has not this form; std::nullopt for a fault of another kind.
std::optional<injected_fault> fault_from_json(const json& line) {
  injected_fault out;
  out.id = id_at(line, "id");
  out.drill = line.at("drill").get<std::string>();
  out.member = line.at("member").get<std::string>();
  out.peers = line.at("peers").get<std::vector<std::string>>();
  out.at_us = line.at("at_us").get<std::int64_t>();
  if (out.id == 0 || !logic::read_fault(line.at("fault").get<std::string>(), out.kind))
    return std::nullopt;
  return out;
}

// Applies one line to what is open; false when it is none.
bool apply(const json& line, fault_list& open, std::uint64_t& last) {
  if (!line.is_object())
    return false;
  try {
    if (line.contains("undone")) {
      const auto id = id_at(line, "undone");
      std::erase_if(open, [&](const auto& each) { return each.id == id; });
      return id != 0;
    }
    auto fault = fault_from_json(line);
    if (!fault)
      return false;
    last = std::max(last, fault->id);
    open.push_back(std::move(*fault));
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

struct content {
  fault_list open;
  std::uint64_t last = 0;
};

std::variant<content, failure> read(const std::string& path) {
  auto opened = open_plain(path, O_RDONLY);
  if (const auto* why = std::get_if<failure>(&opened))
    return errno == ENOENT ? std::variant<content, failure>{content{}} : *why;
  const auto text = read_all(std::get<descriptor>(opened).get(), undo_log_bytes);
  if (!text)
    return file_failure(path, "read", errno);
  content out;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text->size();) {
    const auto end = text->find('\n', at);
    if (end == std::string::npos)
      break; // never finished, so what it says was never done
    ++number;
    if (!apply(json::parse(text->substr(at, end - at), nullptr, false), out.open, out.last))
      return unreadable(path, number);
    at = end + 1;
  }
  return out;
}

// Behind the last whole line: what an engine left unfinished would spoil the next one.
std::optional<failure> append(const std::string& path, const json& line) {
  auto opened = open_plain(path, O_RDWR | O_CREAT);
  if (const auto* why = std::get_if<failure>(&opened))
    return *why;
  const auto& file = std::get<descriptor>(opened);
  const auto text = read_all(file.get(), undo_log_bytes);
  if (!text)
    return file_failure(path, "read", errno);
  const auto whole = text->rfind('\n') == std::string::npos ? 0 : text->rfind('\n') + 1;
  if ((whole < text->size() && ::ftruncate(file.get(), static_cast<off_t>(whole)) != 0) ||
      ::lseek(file.get(), static_cast<off_t>(whole), SEEK_SET) < 0 || !write_all(file.get(), line.dump() + "\n") ||
      ::fsync(file.get()) != 0)
    return file_failure(path, "written", errno);
  // The name must be as durable as what is below it.
  const auto folder = std::filesystem::path{path}.parent_path().string();
  const descriptor parent{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!parent || ::fsync(parent.get()) != 0)
    return file_failure(folder, "written", errno);
  return std::nullopt;
}

} // namespace

std::variant<fault_list, failure> open_faults(const std::string& path) {
  auto found = read(path);
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  return std::get<content>(std::move(found)).open;
}

std::variant<std::uint64_t, failure> note_fault(const std::string& path, injected_fault what) {
  const auto found = read(path);
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  what.id = std::get<content>(found).last + 1;
  if (auto failed = append(path, fault_to_json(what)))
    return *failed;
  return what.id;
}

std::optional<failure> note_undone(const std::string& path, std::uint64_t id) {
  auto found = read(path);
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  auto& open = std::get<content>(found).open;
  if (std::erase_if(open, [&](const auto& each) { return each.id == id; }) == 0)
    return std::nullopt;
  if (!open.empty())
    return append(path, {{"undone", id}});
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return file_failure(path, "removed", errno);
  return std::nullopt;
}

} // namespace paws::store
