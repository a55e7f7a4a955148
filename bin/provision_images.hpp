// The images of a topology on a container engine: which there are, which of them are ours to build, and how what is
// missing comes there. Blocks, for minutes; for the command line.
#pragma once

#include "logic/environment_view.hpp"
#include "logic/service_plan.hpp"
#include "runtimes/docker/building.hpp"
#include "topology/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace paws::bin {

/// An image that members need.
struct needed_image {
  std::string name;                      // "paws360/etcd:bookworm"
  std::string platform;                  // "linux/arm64"; "" = the engine's own
  std::vector<std::string> members;      // in the topology's order
  std::string directory;                 // what it is built from; "" = others made it
  std::string dockerfile = "Dockerfile"; // in there
  bool of_service = false;               // the sources of a service of the topology: built anew when they have changed
};

/// What the members of `doc` that are active with these profiles need; of the plan's members alike.
std::vector<needed_image> images_of(const topology::document& doc, const std::vector<std::string>& profiles);
std::vector<needed_image> images_of(const topology::document& doc, const logic::environment_plan& plan);

/// The directory of the image `name` when it is one of ours, "paws360/<directory>:bookworm", else "". Looked for in
/// $PAWS_IMAGES_DIR, in images/ of the sources that this program was built from, in share/paws-engine/images beside
/// bin/.
std::string directory_of(const std::string& name);

enum class image_presence : std::uint8_t { there, missing, changed, other_platform };
std::string_view to_string(image_presence what);

/// One image on one engine. changed: of ours, and its directory is not what it was built from.
struct image_row {
  needed_image needed;
  docker::image_state state;
  image_presence presence = image_presence::missing;
};

/// What a needed image is, given what the engine has. `source`: hash of its directory, "" for others' images.
image_presence presence_of(const needed_image& needed, const docker::image_state& state, const docker::engine& on,
                           const std::string& source);

std::variant<std::vector<image_row>, topology::failure> look_at(const docker::engine& on,
                                                                const std::vector<needed_image>& needed);

/// ERR_IMG_002: `row` is there for another platform than its members need.
topology::failure other_platform(const image_row& row, const docker::engine& on);

/// What the lines begin with that hooks.say gets of the engine's own words; all others say what is done.
inline constexpr std::string_view image_detail = "  ";

/// Builds ours on `on`, its base first where that is missing; `fresh`: with the newest packages, whatever was built
/// before. ERR_IMG_003, ERR_SYS_005.
std::optional<topology::failure> build(const docker::engine& on, const needed_image& what,
                                       const docker::image_hooks& hooks, bool fresh = false);
/// Pulls what others made. ERR_IMG_001, ERR_IMG_003, ERR_SYS_005.
std::optional<topology::failure> pull(const docker::engine& on, const needed_image& what,
                                      const docker::image_hooks& hooks);

/// The phase image_pull of a start: pulls and builds what is missing of `needed` on `on`, and of services also what has
/// changed, so that nothing is created before all images are there. `target_ms`: what it may take. The row of the
/// report; ERR_IMG_001 (missing, and neither to be built nor pulled), ERR_IMG_002, ERR_IMG_003, ERR_SYS_005.
std::variant<logic::phase_view, topology::failure> provide_images(const docker::engine& on,
                                                                  const std::vector<needed_image>& needed,
                                                                  std::int64_t target_ms,
                                                                  const docker::image_hooks& hooks);

} // namespace paws::bin
