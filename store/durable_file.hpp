// Small files that survive a power cut whole or not at all, and the descriptors that all of store/ uses. Blocking.
#pragma once

#include "topology/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <variant>

namespace paws::store {

/// Owns one file descriptor.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_{fd} {}
  descriptor(descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

/// What happens when the target exists already.
enum class overwrite : std::uint8_t { yes, no };

/// "<path> cannot be <verb>: <text of errno>" (ERR_SYS_003; ERR_SYS_002 when the disk is full).
topology::failure file_failure(const std::string& path, std::string_view verb, int error_number);

/// Opens `path` with `flags` (mode 0600 when O_CREAT makes it); ERR_SYS_003 for what is no plain file, links included.
/// Never waits for the other end of a FIFO. A failure leaves errno; ENOENT: nothing is there.
std::variant<descriptor, topology::failure> open_plain(const std::string& path, int flags);

/// Creates `path` and what is missing above it, with mode 0755: members with users of their own must pass through.
std::optional<topology::failure> make_directories(const std::string& path);

/// Writes a new file beside `path`, fsyncs it, puts it in place and fsyncs the directory. With overwrite::no an
/// existing target is left alone and false is answered.
std::variant<bool, topology::failure> write_atomically(const std::string& path, std::string_view content, mode_t mode,
                                                       overwrite replace = overwrite::yes);

/// Appends all of `data`, whatever the kernel takes at a time. False with errno set on failure.
bool write_all(int fd, std::string_view data);

/// The whole content of `fd` from its current position, but an error (EFBIG) beyond `most_bytes`; errno on failure.
std::optional<std::string> read_all(int fd, std::size_t most_bytes);

} // namespace paws::store
