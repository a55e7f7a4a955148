#include "bin/image_talk.hpp"

#include "actors/view_json.hpp"
#include "bin/layout.hpp"
#include "bin/provision_images.hpp"

#include <chrono>
#include <iostream>
#include <utility>

namespace paws::bin {

namespace {

constexpr std::int64_t silence_ms = 10'000;
constexpr std::size_t columns_most = 120; // a command of a Dockerfile may be as long as it likes

bool is_step(const std::string& line) {
  return line.starts_with("Step ") || line.starts_with("STEP ");
}

// Builders colour what they say whoever reads it: "\x1b[1;31m".
std::string without_colours(const std::string& line) {
  std::string out;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const auto end =
        line.compare(at, 2, "\x1b[") == 0 ? line.find_first_not_of("0123456789;", at + 2) : std::string::npos;
    if (end != std::string::npos && line[end] == 'm')
      at = end;
    else
      out += line[at];
  }
  return out;
}

} // namespace

std::string image_talk::hear(const std::string& words, std::int64_t now_ms) {
  const auto said = without_colours(words);
  const bool detail = said.starts_with(image_detail);
  if (said.find_first_not_of(' ') == std::string::npos)
    return "";
  if (detail && !is_step(said.substr(image_detail.size())) && now_ms - shown_ms_ < silence_ms)
    return "";
  shown_ms_ = now_ms;
  return cut(topic_ + ": " + harmless(said), columns_most) + "\n";
}

namespace {

docker::image_hooks hooks(const global_flags& flags, std::function<bool()> interrupted, const std::string& topic,
                          const std::string& phase) {
  docker::image_hooks out{{}, std::move(interrupted)};
  if (flags.json_lines())
    out.say = [topic, phase](const std::string& said) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      const auto at_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
      if (!said.starts_with(image_detail))
        print(to_json(logic::event{0, at_us, topic, phase, said, {}}));
    };
  else if (flags.talks())
    out.say = [talk = image_talk{topic}](const std::string& said) mutable {
      const auto now = std::chrono::steady_clock::now().time_since_epoch();
      std::cout << talk.hear(said, std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) << std::flush;
    };
  return out;
}

} // namespace

docker::image_hooks image_hooks(const global_flags& flags, std::function<bool()> interrupted) {
  return hooks(flags, std::move(interrupted), "images", "image_pull");
}

docker::image_hooks build_hooks(const global_flags& flags, std::function<bool()> interrupted) {
  return hooks(flags, std::move(interrupted), "build", "service_build");
}

} // namespace paws::bin
