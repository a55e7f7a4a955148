// A directory of its own for each test, and files in it.
#pragma once

#include "topology/failure.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include <sys/types.h>

namespace store_test {

class scratch {
public:
  scratch();
  ~scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  /// Absolute path of `name` in the directory.
  std::string path(std::string_view name) const { return (dir_ / name).string(); }
  /// Writes a file with mode 0600; its path.
  std::string write(std::string_view name, std::string_view content) const;

private:
  std::filesystem::path dir_;
};

std::string content_of(const std::string& path);
mode_t mode_of(const std::string& path);

/// The failure in `what`; one with the code "none" when it holds a value.
template <typename T>
paws::topology::failure failure_of(const std::variant<T, paws::topology::failure>& what) {
  const auto* why = std::get_if<paws::topology::failure>(&what);
  return why == nullptr ? paws::topology::failure{"none", "", ""} : *why;
}

} // namespace store_test
