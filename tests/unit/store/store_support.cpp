#include "store_support.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>

namespace store_test {

scratch::scratch() {
  char name[] = "/tmp/paws-store-XXXXXX";
  if (::mkdtemp(name) == nullptr)
    throw std::runtime_error{"no scratch directory"};
  dir_ = name;
}

scratch::~scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

std::string scratch::write(std::string_view name, std::string_view content) const {
  const auto out = path(name);
  std::filesystem::create_directories(std::filesystem::path{out}.parent_path());
  std::ofstream{out, std::ios::binary} << content;
  ::chmod(out.c_str(), 0600);
  return out;
}

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream{path, std::ios::binary}.rdbuf();
  return out.str();
}

mode_t mode_of(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

} // namespace store_test
