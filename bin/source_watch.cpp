#include "bin/source_watch.hpp"

#include "runtimes/docker/build_context.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <poll.h>
#include <set>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

constexpr std::uint32_t wanted = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
constexpr int round_ms = 200;
constexpr std::size_t buffer_bytes = 64 << 10;

struct sources {
  std::vector<std::string> files;
  std::string mark; // "" = they cannot be read now
};

sources read(const std::string& directory, const std::string& dockerfile) {
  const auto found = docker::read_service_sources(directory, dockerfile);
  const auto* all = std::get_if<docker::build_context>(&found);
  sources out;
  if (all == nullptr)
    return out; // half written, maybe: the next event tells
  for (const auto& file : *all)
    out.files.push_back(file.path);
  out.mark = docker::hash_of(*all);
  return out;
}

bool is_readable(int fd, int limit_ms) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, limit_ms) > 0;
}

} // namespace

std::variant<source_watch, failure> source_watch::of(const std::vector<topology::service>& services) {
  source_watch out;
  out.inotify_ = store::descriptor{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  if (!out.inotify_)
    return store::file_failure("inotify", "opened", errno);
  if (auto why = out.follow(services))
    return *why;
  return out;
}

std::optional<failure> source_watch::follow(const std::vector<topology::service>& services) {
  const auto before = std::exchange(services_, {});
  for (const auto& service : services) {
    if (service.sources.empty())
      continue;
    const auto seen = read(service.sources, service.dockerfile);
    const auto same = std::ranges::find_if(before, [&](const watched& each) {
      return each.name == service.name && each.directory == service.sources && each.dockerfile == service.dockerfile;
    });
    const auto& mark = same == before.end() ? seen.mark : same->mark;
    services_.push_back({service.name, service.sources, service.dockerfile, mark});
    if (auto why = add_directories(services_.back(), seen.files))
      return why;
  }
  return std::nullopt;
}

std::optional<failure> source_watch::add(const std::string& directory) {
  const int made = ::inotify_add_watch(inotify_.get(), directory.c_str(), wanted);
  if (made < 0 && errno != ENOENT && errno != ENOTDIR) // else it has gone meanwhile
    return store::file_failure(directory, "watched", errno);
  if (made >= 0)
    directories_[made] = directory;
  return std::nullopt;
}

std::optional<failure> source_watch::add_directories(const watched& of, const std::vector<std::string>& files) {
  std::set<std::string> all{of.directory};
  for (const auto& file : files)
    for (auto above = fs::path{file}.parent_path(); !above.empty(); above = above.parent_path())
      all.insert((fs::path{of.directory} / above).string());
  for (const auto& directory : all)
    if (auto why = add(directory))
      return why;
  return std::nullopt;
}

// True when there was one.
bool source_watch::read_events() {
  alignas(inotify_event) std::array<char, buffer_bytes> buffer{};
  bool any = false;
  for (ssize_t size = 0; (size = ::read(inotify_.get(), buffer.data(), buffer.size())) > 0;) {
    any = true;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      const auto directory = directories_.find(event->wd);
      if ((event->mask & IN_IGNORED) != 0)
        directories_.erase(event->wd);
      else if ((event->mask & IN_ISDIR) != 0 && event->len > 0 && directory != directories_.end())
        static_cast<void>(add(directory->second + "/" + event->name)); // it may get files before it is found otherwise
    }
  }
  return any;
}

std::vector<std::string> source_watch::changed() {
  std::vector<std::string> out;
  for (auto& service : services_) {
    auto seen = read(service.directory, service.dockerfile);
    if (seen.mark.empty() || seen.mark == service.mark)
      continue;
    service.mark = std::move(seen.mark);
    static_cast<void>(add_directories(service, seen.files));
    out.push_back(service.name);
  }
  return out;
}

std::vector<std::string> source_watch::next(const std::function<bool()>& told_to_end) {
  while (!told_to_end()) {
    if (!is_readable(inotify_.get(), round_ms) || !read_events())
      continue;
    while (is_readable(inotify_.get(), static_cast<int>(watch_quiet.count())) && !told_to_end())
      read_events();
    if (auto all = changed(); !all.empty())
      return all;
  }
  return {};
}

} // namespace paws::bin
