#include "bin/service_builds.hpp"

#include "bin/provision_images.hpp"
#include "bin/render.hpp"
#include "bin/shell.hpp"
#include "runtimes/docker/build_context.hpp"
#include "store/durable_file.hpp"
#include "store/git_ignore.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/file.h>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

constexpr std::size_t lines_kept = 20;
constexpr int not_found = 127; // of a shell

// What a build is known by: its sources and its command.
std::variant<std::string, failure> mark_of(const topology::service& service) {
  auto files = docker::read_service_sources(service.sources, service.dockerfile);
  if (auto* why = std::get_if<failure>(&files))
    return failure{"ERR_IMG_004", service.name + " cannot be built: " + why->message, why->remedy};
  auto& all = std::get<docker::build_context>(files);
  for (const auto& word : service.build_command)
    all.push_back({"", word, false});
  return docker::hash_of(all);
}

std::string text_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

// Its exit code; -1 when there was no memory for it. Each line it prints is shown and kept.
int run(const topology::service& service, const fs::path& log, const docker::image_hooks& hooks,
        std::deque<std::string>& last) {
  std::string command = "cd " + shell_word(service.sources) + " && exec";
  for (const auto& word : service.build_command)
    command += " " + shell_word(word);
  std::ofstream kept{log, std::ios::trunc};
  return run_shell(command, [&](const std::string& line) {
    kept << line << '\n' << std::flush;
    hooks.tell(std::string{image_detail} + line);
    last.push_back(line);
    if (last.size() > lines_kept)
      last.pop_front();
  });
}

std::optional<failure> build(const topology::service& service, const fs::path& log, const docker::image_hooks& hooks) {
  hooks.tell("building " + service.name + " ...");
  const auto begun = std::chrono::steady_clock::now();
  std::deque<std::string> last;
  const int code = run(service, log, hooks, last);
  if (hooks.interrupted && hooks.interrupted())
    return failure{"ERR_SYS_005", "building " + service.name + " was interrupted", "run it again"};
  if (code == not_found)
    return failure{"ERR_IMG_004",
                   service.name + " is built with `" + service.build_command.front() +
                       "`, and that, or what it needs, is not installed",
                   "run: make setup   or install it, or start without this service: --profile infra"};
  if (code != 0) {
    auto message = service.name + " could not be built: `" + service.build_command.front() + "` in " + service.sources +
                   " ended with " + std::to_string(code);
    for (const auto& line : last)
      message += "\n  " + line;
    return failure{"ERR_IMG_004", message, "correct what it says; all of it: " + log.string()};
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  hooks.tell("built " + service.name + " in " + short_duration(took.count()));
  return std::nullopt;
}

std::optional<failure> bring(const topology::service& service, const fs::path& place, const docker::image_hooks& hooks,
                             bool anew) {
  const auto stamp = place / (service.name + ".built"), lock = place / (service.name + ".lock");
  const store::descriptor held{::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!held)
    return store::file_failure(lock.string(), "opened", errno);
  if (::flock(held.get(), LOCK_EX | LOCK_NB) != 0) {
    hooks.tell("waiting for another build of " + service.name);
    if (::flock(held.get(), LOCK_EX) != 0)
      return failure{"ERR_SYS_005", "waiting for another build of " + service.name + " was interrupted",
                     "run it again"};
  }
  auto mark = mark_of(service);
  if (auto* why = std::get_if<failure>(&mark))
    return *why;
  if (!anew && text_of(stamp) == std::get<std::string>(mark))
    return std::nullopt;
  std::error_code ignored;
  fs::remove(stamp, ignored); // from now on nobody knows
  if (auto why = build(service, place / (service.name + ".log"), hooks))
    return why;
  // Of what it was built from: an edit meanwhile is a change.
  auto written = store::write_atomically(stamp.string(), std::get<std::string>(mark), 0600);
  if (auto* why = std::get_if<failure>(&written))
    return *why;
  return std::nullopt;
}

} // namespace

std::optional<failure> build_services(const topology::document& doc, const std::vector<std::string>& names,
                                      const docker::image_hooks& hooks, bool anew) {
  const auto place = fs::path{doc.project} / ".local/builds";
  for (const auto& service : doc.services) {
    if (service.build_command.empty() || std::ranges::find(names, service.name) == names.end())
      continue;
    if (auto why = store::make_directories(place.string()))
      return why;
    if (auto ignored_by_git = store::ensure_git_ignore(doc.project); std::holds_alternative<failure>(ignored_by_git))
      return std::get<failure>(ignored_by_git);
    if (auto why = bring(service, place, hooks, anew))
      return why;
  }
  return std::nullopt;
}

} // namespace paws::bin
