#include "runtimes/process/member_directory.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace paws::process {

namespace {

namespace fs = std::filesystem;
using topology::failure;
using problem = std::optional<failure>;

failure refused(const std::string& path, const std::string& what) {
  return {errno == ENOSPC ? "ERR_SYS_002" : "ERR_SYS_003", path + " cannot be " + what + ": " + std::strerror(errno),
          "correct what the message says, then start again"};
}

// One directory that is no symbolic link; its parents are made as the engine's own, so that members can pass through.
problem make_directory(const std::string& path, mode_t mode, const owner* of) {
  std::error_code failed;
  fs::create_directories(fs::path{path}.parent_path(), failed);
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    return refused(path, "made");
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return refused(path, "used as a directory");
  bool done = ::fchmod(fd, mode) == 0;
  if (of != nullptr && of->change)
    done = ::fchown(fd, of->uid, of->gid) == 0 && done;
  const int error = errno;
  ::close(fd);
  errno = error;
  return done ? problem{} : refused(path, "given to its user");
}

// Nothing but directories is in it: a daemon whose files are gone has no data, whatever directories are left.
bool is_empty(const std::string& path) {
  std::error_code failed;
  fs::recursive_directory_iterator at{path, failed};
  if (failed)
    return true;
  for (; !failed && at != fs::recursive_directory_iterator{}; at.increment(failed)) {
    std::error_code gone;
    if (!fs::is_directory(at->symlink_status(gone)))
      return false;
  }
  return !failed; // what cannot be looked into may hold something
}

bool lies_below(const std::string& path, const std::string& directory) {
  if (directory.empty() || path.size() <= directory.size() + 1 || !path.starts_with(directory + "/"))
    return false;
  for (const auto& part : fs::path{path.substr(directory.size() + 1)})
    if (part == ".." || part == ".")
      return false;
  return true;
}

problem remove_whole(const std::string& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (!failed)
    return std::nullopt;
  return failure{"ERR_SYS_003", path + " cannot be removed: " + failed.message(), "remove it by hand, then try again"};
}

problem write_file(const logic::config_file& file, const owner& of) {
  const auto draft = file.path + ".new";
  ::unlink(draft.c_str());
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return refused(draft, "written");
  bool done = true;
  for (std::size_t at = 0; done && at < file.content.size();) {
    const auto sent = ::write(fd, file.content.data() + at, file.content.size() - at);
    if (sent < 0 && errno == EINTR)
      continue;
    done = sent > 0;
    at += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  }
  if (of.change)
    done = ::fchown(fd, of.uid, of.gid) == 0 && done;
  done = ::fchmod(fd, static_cast<mode_t>(file.mode)) == 0 && done;
  const int error = errno;
  ::close(fd);
  errno = error;
  if (!done || ::rename(draft.c_str(), file.path.c_str()) != 0)
    return refused(file.path, "written");
  return std::nullopt;
}

} // namespace

problem find_owner(const std::string& user, owner& out) {
  out = {};
  if (user.empty() || ::geteuid() != 0)
    return std::nullopt;
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16 * 1024> room{};
  if (::getpwnam_r(user.c_str(), &entry, room.data(), room.size(), &found) != 0 || found == nullptr)
    return failure{"ERR_SYS_004", "the user " + user + " does not exist", "run: make setup"};
  out = {true, entry.pw_uid, entry.pw_gid};
  return std::nullopt;
}

bool member_directory::exists() const {
  std::error_code failed;
  return fs::is_directory(fs::symlink_status(keeper_dir(), failed));
}

problem member_directory::make(const logic::member_spec& spec, const owner& of, bool& fresh_data) const {
  fresh_data = is_empty(spec.data_dir);
  if (auto why = remove_whole(destroyed_dir()))
    return why;
  // The member's own first: the parents must let its user pass.
  if (auto why = make_directory(base_, 0755, nullptr))
    return why;
  for (const auto& path : {spec.config_dir, spec.run_dir})
    if (auto why = make_directory(path, 0750, &of))
      return why;
  if (auto why = make_directory(spec.data_dir, 0700, &of))
    return why;
  if (auto why = make_directory(log_dir(), 0750, nullptr))
    return why;
  return make_directory(keeper_dir(), 0700, nullptr);
}

problem member_directory::write_files(const logic::member_spec& spec, const owner& of) const {
  for (const auto& file : spec.files) {
    if (!lies_below(file.path, spec.config_dir) && !lies_below(file.path, spec.data_dir) &&
        !lies_below(file.path, spec.run_dir))
      return failure{"ERR_RUN_002", file.path + " lies outside the directories of " + spec.name,
                     "correct the path in the topology"};
    struct stat found {};
    if (file.keep_existing && ::lstat(file.path.c_str(), &found) == 0)
      continue;
    if (auto why = write_file(file, of))
      return why;
  }
  return std::nullopt;
}

problem member_directory::remove(bool with_data) const {
  if (auto why = remove_whole(destroyed_dir()))
    return why;
  const auto data = base_ + "/data";
  if (with_data && ::rename(data.c_str(), destroyed_dir().c_str()) != 0 && errno != ENOENT)
    return refused(data, "moved aside");
  for (const auto& path : {base_ + "/config", base_ + "/run", log_dir(), keeper_dir(), destroyed_dir()})
    if (auto why = remove_whole(path))
      return why;
  ::rmdir(base_.c_str()); // only when the data is gone as well
  return std::nullopt;
}

} // namespace paws::process
