#include "net/control_socket.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace paws::net {

namespace {

class descriptor {
public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

private:
  int fd_;
};

const std::string choose_another = "set PAWS_RUNTIME_DIR to a directory of your own";

listen_outcome unusable(std::string message, std::string remedy = choose_another) {
  listen_outcome out;
  out.failure = {"ERR_SYS_003", std::move(message), std::move(remedy)};
  return out;
}

std::string reason() {
  return std::strerror(errno);
}

topology::failure held(const std::string& path) {
  return {"ERR_ENG_001", "another engine answers on " + path,
          "run: make local-status, or end it with: make local-down"};
}

bool address_of(const std::string& path, sockaddr_un& out) {
  out = {};
  out.sun_family = AF_UNIX;
  if (path.size() >= sizeof out.sun_path)
    return false;
  std::memcpy(out.sun_path, path.data(), path.size());
  return true;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// "" when the open directory is one that nobody else can reach into.
std::string directory_fault(int fd, uid_t own) {
  struct stat info {};
  if (fstat(fd, &info) != 0)
    return "cannot be read: " + reason();
  if (info.st_uid != own)
    return "belongs to user " + std::to_string(info.st_uid) + ", not to us";
  if ((info.st_mode & 077) != 0)
    return "is open to other users";
  return {};
}

// Somebody listens: 1. Nobody does, or there is no file: 0. It is something else or cannot be told: -1.
int somebody_listens(const sockaddr_un& address) {
  struct stat info {};
  if (lstat(address.sun_path, &info) != 0)
    return errno == ENOENT ? 0 : -1;
  if (!S_ISSOCK(info.st_mode))
    return -1;
  descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.get() < 0)
    return -1;
  // A full backlog (EAGAIN) has a listener too.
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
    return 1;
  return errno == ECONNREFUSED || errno == ENOENT ? 0 : -1;
}

listen_outcome bind_and_listen(const std::string& path, const sockaddr_un& address) {
  int taken = somebody_listens(address);
  if (taken < 0)
    return unusable(path + " exists and is not a control socket that can be replaced",
                    "remove it, or " + choose_another);
  listen_outcome out;
  if (taken > 0) {
    out.failure = held(path);
    return out;
  }
  ::unlink(address.sun_path);
  descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  struct stat info {};
  if (made.get() < 0 || ::bind(made.get(), generic(address), sizeof address) != 0 ||
      ::chmod(address.sun_path, 0600) != 0 || ::lstat(address.sun_path, &info) != 0 ||
      ::listen(made.get(), SOMAXCONN) != 0)
    return unusable("cannot listen on " + path + ": " + reason());
  out.socket = {made.release(), path, info.st_dev, info.st_ino};
  return out;
}

} // namespace

listen_outcome listen_on(const std::string& path, uid_t own) {
  sockaddr_un address;
  auto slash = path.rfind('/');
  if (path.empty() || path[0] != '/' || slash == 0 || slash + 1 == path.size() || path.find('\0') != std::string::npos)
    return unusable("the control socket's path is not usable: '" + path + "'");
  if (!address_of(path, address))
    return unusable("the control socket's path is longer than " + std::to_string(sizeof address.sun_path - 1) +
                    " bytes: " + path);
  auto folder = path.substr(0, slash);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return unusable("cannot create " + folder + ": " + reason());
  descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (directory.get() < 0)
    return unusable(folder + " is not a directory of ours: " + reason());
  if (auto fault = directory_fault(directory.get(), own); !fault.empty())
    return unusable(folder + " " + fault, "run: chmod 700 " + folder + ", or " + choose_another);
  // Two engines that both found a stale file must not remove each other's new one.
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    auto out = unusable(folder + " is locked by another program");
    out.busy = errno == EWOULDBLOCK;
    return out;
  }
  return bind_and_listen(path, address);
}

void unlink_own(const control_socket& socket) {
  struct stat info {};
  if (::lstat(socket.path.c_str(), &info) == 0 && info.st_dev == socket.device && info.st_ino == socket.inode)
    ::unlink(socket.path.c_str());
}

void close_socket(control_socket& socket) {
  if (int fd = std::exchange(socket.fd, -1); fd >= 0)
    ::close(fd);
}

uid_t peer_user(int fd) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 ? who.uid : static_cast<uid_t>(-1);
}

} // namespace paws::net
