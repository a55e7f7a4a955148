// Images of a container engine: building ours, pulling what others made. Blocks, for minutes; for a process of its own,
// never for an actor.
#pragma once

#include "runtimes/docker/engine.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace paws::docker {

/// Labels of an image that was built from a directory of ours.
inline constexpr const char* source_label = "io.paws-engine.source"; // hash of the directory (build_context.hpp)

/// Until an engine that builds or pulls and says nothing is given up.
inline constexpr std::chrono::minutes silence_limit{10};

struct image_hooks {
  std::function<void(const std::string& line)> say; // what goes on, one line at a time; may be empty
  std::function<bool()> interrupted;                // asked at least once a second; true ends it; may be empty

  void tell(const std::string& line) const {
    if (say)
      say(line);
  }
};

struct build_order {
  std::string directory;                 // with a Dockerfile
  std::string name;                      // "paws360/etcd:bookworm"
  std::string platform;                  // "linux/arm64"; "" = the engine's own
  bool fresh = false;                    // every step is made anew, also one that was made before
  std::string dockerfile = "Dockerfile"; // in `directory`
};

/// Builds it and answers its id. The image carries source_label. ERR_IMG_003 with the last lines of the build, which
/// then leaves the image of that name as it was; ERR_SYS_005 when it was interrupted: Docker ends the step under way,
/// Podman lets it finish.
std::variant<std::string, topology::failure> build_image(const engine& on, const build_order& what,
                                                         const image_hooks& hooks);

/// Pulls `name` and answers its id. ERR_IMG_001 when the registry does not have it, ERR_IMG_003 when it could not be
/// asked; ERR_SYS_005 when it was interrupted.
std::variant<std::string, topology::failure> pull_image(const engine& on, const std::string& name,
                                                        const std::string& platform, const image_hooks& hooks);

/// What an engine says while it builds or pulls: JSON documents, one a line.
class image_stream {
public:
  /// Takes one line; answers what a person is shown of it, "" for nothing.
  std::string hear(std::string_view line);
  /// "" until the engine said that it failed.
  const std::string& error() const { return error_; }
  /// The last lines it said, oldest first.
  const std::vector<std::string>& last_lines() const { return last_; }

private:
  std::string shown(const nlohmann::json& what);

  std::string error_, status_;
  std::vector<std::string> last_;
};

} // namespace paws::docker
