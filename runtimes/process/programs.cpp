#include "runtimes/process/programs.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <unistd.h>
#include <vector>

namespace paws::process {

std::string find_program(const std::string& wanted) {
  const auto usable = [](const std::string& path) {
    std::error_code failed;
    return ::access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path, failed);
  };
  if (wanted.empty())
    return "";
  if (wanted.find('/') != std::string::npos)
    return usable(wanted) ? wanted : "";
  std::vector<std::string> places;
  const char* path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  std::istringstream words{path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"};
  for (std::string one; std::getline(words, one, ':');)
    if (one.starts_with('/'))
      places.push_back(one);
  places.insert(places.end(), {"/usr/lib/postgresql/15/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"});
  for (const auto& place : places)
    if (usable(place + "/" + wanted))
      return place + "/" + wanted;
  return "";
}

} // namespace paws::process
