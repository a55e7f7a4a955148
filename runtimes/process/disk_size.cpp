#include "runtimes/process/disk_size.hpp"

#include <filesystem>
#include <sys/stat.h>

namespace paws::process {

std::uint64_t size_below(const std::string& path) {
  namespace fs = std::filesystem;
  std::uint64_t out = 0;
  std::error_code failed;
  for (fs::recursive_directory_iterator at{path, fs::directory_options::skip_permission_denied, failed}, end;
       !failed && at != end; at.increment(failed)) {
    struct stat about {};
    if (::lstat(at->path().c_str(), &about) == 0 && S_ISREG(about.st_mode))
      out += static_cast<std::uint64_t>(about.st_blocks) * 512;
  }
  return out;
}

} // namespace paws::process
