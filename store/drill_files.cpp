#include "store/drill_files.hpp"

#include "store/durable_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <utility>

namespace paws::store {

namespace fs = std::filesystem;
using topology::failure;

namespace {

constexpr std::string_view report_ending = ".json";

// Reports lie with their environment; people look for them in `.local/drills`. What stands there already stays.
void lead_to(const std::string& folder) {
  auto drills = fs::path{folder}.lexically_normal();
  if (!drills.has_filename()) // "…/drills/"
    drills = drills.parent_path();
  const auto environment = drills.parent_path();
  const auto local = environment.parent_path().parent_path();
  if (drills.filename() != "drills" || environment.parent_path().filename() != "env" || local.filename() != ".local")
    return;
  const auto here = local / "drills";
  std::error_code failed;
  fs::create_directory(here, failed);
  if (!fs::is_directory(fs::symlink_status(here, failed)))
    return;
  fs::create_directory_symlink(fs::path{"../env"} / environment.filename() / "drills", here / environment.filename(),
                               failed);
}

} // namespace

std::string drill_json_path(const std::string& folder, const std::string& name) {
  return folder + "/" + name + std::string{report_ending};
}

std::string drill_page_path(const std::string& folder, const std::string& name) {
  return folder + "/" + name + ".html";
}

std::variant<std::string, failure> save_drill(const std::string& folder, const std::string& name,
                                              const std::string& json, const std::string& page) {
  if (auto why = make_directories(folder))
    return *why;
  const auto path = drill_page_path(folder, name);
  for (const auto& [file, content] : {std::pair{path, page}, std::pair{drill_json_path(folder, name), json}}) {
    auto written = write_atomically(file, content, 0600);
    if (const auto* why = std::get_if<failure>(&written))
      return *why;
  }
  lead_to(folder);
  return path;
}

std::variant<std::vector<std::string>, failure> saved_drills(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code failed;
  for (fs::directory_iterator at{folder, failed}, end; !failed && at != end; at.increment(failed)) {
    const auto name = at->path().filename().string();
    if (name.ends_with(report_ending) && !name.starts_with('.')) // drafts begin with a dot
      out.push_back(name.substr(0, name.size() - report_ending.size()));
  }
  if (failed && failed != std::errc::no_such_file_or_directory)
    return file_failure(folder, "read", failed.value());
  std::sort(out.begin(), out.end());
  return out;
}

std::variant<std::string, failure> read_drill(const std::string& folder, const std::string& name) {
  const auto path = drill_json_path(folder, name);
  auto opened = open_plain(path, O_RDONLY);
  if (const auto* why = std::get_if<failure>(&opened))
    return *why;
  auto content = read_all(std::get<descriptor>(opened).get(), most_drill_bytes);
  if (!content)
    return file_failure(path, "read", errno);
  return *std::move(content);
}

} // namespace paws::store
