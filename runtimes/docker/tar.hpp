// Writes an archive as the Engine API takes it: directories and files with owner and mode, nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace paws::docker {

/// Paths are relative to where the archive is unpacked; any length.
class tar_writer {
public:
  /// Everything belongs to this user and group.
  explicit tar_writer(std::uint32_t owner) : owner_{owner} {}

  void directory(std::string_view path, std::uint32_t mode);
  void file(std::string_view path, std::uint32_t mode, std::string_view content);
  bool empty() const { return bytes_.empty(); }
  /// The archive, with its end.
  std::string finish() &&;

private:
  void entry(std::string_view path, char kind, std::uint32_t mode, std::string_view content);

  std::uint32_t owner_;
  std::string bytes_;
};

} // namespace paws::docker
