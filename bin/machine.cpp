#include "bin/machine.hpp"

#include "bin/preflight.hpp"

#include <filesystem>
#include <unistd.h>

namespace paws::bin {

namespace {

std::string lacking(const char* controller) {
  const std::string root = "/sys/fs/cgroup";
  std::error_code failed;
  const bool unified = std::filesystem::exists(root + "/cgroup.controllers", failed);
  const auto place = unified ? root : root + "/" + controller;
  if (!std::filesystem::exists(place, failed))
    return std::string{"this machine has no control group "} + controller;
  return ::access(place.c_str(), W_OK) == 0 ? "" : place + " is not writable";
}

} // namespace

std::vector<found_program> needed_programs() {
  std::vector<found_program> out{{"etcd", "", "etcd-server"},
                                 {"patroni", "", "patroni"},
                                 {"/usr/lib/postgresql/15/bin/postgres", "", "postgresql-15"},
                                 {"redis-server", "", "redis-server"},
                                 {"haproxy", "", "haproxy"}};
  for (auto& one : out)
    one.path = find_program(one.name);
  return out;
}

std::vector<ability> process_abilities() {
  return {{"memory_limit", lacking("memory")},
          {"cpu_limit", lacking("cpu")},
          {"pause", ""},
          {"partition", "all members share this machine's network"}};
}

} // namespace paws::bin
