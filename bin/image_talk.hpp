// What a person who waits for images is shown: each thing that is done at once; of the engine's own words the steps of
// a build, and the last one of a long silence.
#pragma once

#include "bin/commands/command.hpp"
#include "runtimes/docker/building.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace paws::bin {

class image_talk {
public:
  /// `topic` begins each line.
  explicit image_talk(std::string topic = "images") : topic_{std::move(topic)} {}
  /// The line that is shown of `words` (provision_images.hpp), without their colours, with its break; "" for nothing.
  [[nodiscard]] std::string hear(const std::string& words, std::int64_t now_ms);

private:
  std::string topic_;
  std::int64_t shown_ms_ = 0; // when the last line was shown
};

/// Shows it on stdout as these flags want it: lines, events as JSON, or nothing.
docker::image_hooks image_hooks(const global_flags& flags, std::function<bool()> interrupted);
/// The same of what services are built from.
docker::image_hooks build_hooks(const global_flags& flags, std::function<bool()> interrupted);

} // namespace paws::bin
