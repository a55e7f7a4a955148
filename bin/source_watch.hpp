// Waits for changes below a service's sources (inotify). Blocks; for the command line.
#pragma once

#include "store/durable_file.hpp"
#include "topology/failure.hpp"
#include "topology/model.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

/// Until a change is told nothing may have been written for so long: editors and version control write in several
/// steps.
inline constexpr std::chrono::milliseconds watch_quiet{200};

class source_watch {
public:
  /// Of the services that have sources. ERR_SYS_003 when they cannot be watched.
  static std::variant<source_watch, topology::failure> of(const std::vector<topology::service>& services);

  /// Other services from now on. What has changed of those that stay is told none the less.
  std::optional<topology::failure> follow(const std::vector<topology::service>& services);

  /// The services whose sources are others than when they were last told, or than at the beginning; empty when
  /// `told_to_end`, which is asked several times a second.
  std::vector<std::string> next(const std::function<bool()>& told_to_end);

private:
  struct watched {
    std::string name, directory, dockerfile, mark;
  };

  std::optional<topology::failure> add_directories(const watched& of, const std::vector<std::string>& files);
  std::optional<topology::failure> add(const std::string& directory);
  bool read_events();
  std::vector<std::string> changed();

  store::descriptor inotify_;
  std::map<int, std::string> directories_; // watch -> directory
  std::vector<watched> services_;
};

} // namespace paws::bin
