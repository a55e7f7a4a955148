// The place of the control socket on disk: a directory that is ours alone, and in it one listening Unix socket that
// no other living engine has. Nothing here waits.
#pragma once

#include "topology/failure.hpp"

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace paws::net {

/// A listening Unix socket. Move-only; the end of it closes the descriptor and leaves the file.
struct control_socket {
  int fd = -1;
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;
};

/// How an attempt to listen ended. `busy`: another process is setting up a socket in this directory right now; try
/// again in some milliseconds.
struct listen_outcome {
  control_socket socket;     // fd >= 0 on success
  topology::failure failure; // code "" on success
  bool busy = false;
};

/// Creates the directory of `path` (0700, last level only), verifies that it is a directory, not a link, ours, closed
/// to others; removes a socket file nobody listens on; listens with mode 0600. Errors: ERR_ENG_001 (somebody listens
/// there), ERR_SYS_003 (directory or path unusable). `own` is the effective user.
listen_outcome listen_on(const std::string& path, uid_t own);

/// Removes the socket's file when it is still the one that was made.
void unlink_own(const control_socket& socket);

/// Closes the descriptor if there is one.
void close_socket(control_socket& socket);

/// The user at the other end of a connected Unix socket; (uid_t)-1 when it cannot be told.
uid_t peer_user(int fd);

} // namespace paws::net
