#include "runtimes/docker/volume_content.hpp"

#include "runtimes/docker/tar.hpp"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::docker {

namespace {

constexpr std::uint32_t directory_mode = 0700;

bool write_file(const std::string& path, std::uint32_t mode, std::uint32_t owner, const std::string& content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return false;
  std::size_t done = 0;
  while (done < content.size()) {
    const auto some = ::write(fd, content.data() + done, content.size() - done);
    if (some <= 0)
      break;
    done += static_cast<std::size_t>(some);
  }
  const bool good = done == content.size() && ::fchown(fd, owner, owner) == 0 && ::fchmod(fd, mode) == 0;
  ::close(fd);
  return good;
}

bool make_directory(const std::string& path, std::uint32_t mode, std::uint32_t owner) {
  return ::mkdir(path.c_str(), 0700) == 0 && ::lchown(path.c_str(), owner, owner) == 0 &&
         ::chmod(path.c_str(), mode) == 0;
}

} // namespace

void volume_content::directory(const std::string& path) {
  if (!path.starts_with(top_ + "/") || !known_.insert(path).second)
    return;
  directory(path.substr(0, path.rfind('/')));
  entries_.push_back({path.substr(top_.size() + 1), directory_mode, true, {}});
}

void volume_content::file(const logic::config_file& what) {
  directory(what.path.substr(0, what.path.rfind('/')));
  entries_.push_back({what.path.substr(top_.size() + 1), what.mode, false, what.content});
}

std::string volume_content::archive() const {
  tar_writer tar{owner_};
  for (const auto& each : entries_)
    if (each.is_directory)
      tar.directory(each.path, each.mode);
    else
      tar.file(each.path, each.mode, each.content);
  return std::move(tar).finish();
}

bool volume_content::fill(const std::string& mountpoint) const {
  std::error_code failed;
  if (::geteuid() != 0 || !std::filesystem::is_directory(mountpoint, failed) ||
      !std::filesystem::is_empty(mountpoint, failed) || failed)
    return false;
  for (const auto& each : entries_) {
    const auto path = mountpoint + "/" + each.path;
    if (each.is_directory ? !make_directory(path, each.mode, owner_)
                          : !write_file(path, each.mode, owner_, each.content))
      return false; // the engine writes over what is there
  }
  return true;
}

} // namespace paws::docker
