#include "runtimes/docker/images.hpp"

#include "runtimes/docker/names.hpp"

namespace paws::docker {

namespace {

using nlohmann::json;
using topology::failure;

// Docker's older names of processors beside OCI's.
std::string same_platform(std::string text) {
  for (const auto& [old, now] : {std::pair{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"arm64/v8", "arm64"}})
    if (const auto at = text.find(old); at != std::string::npos)
      text.replace(at, std::string_view{old}.size(), now);
  return text;
}

} // namespace

outcome<image_state> look_at_image(api& on, const std::string& name) {
  if (auto why = refuse_image(name))
    return *why;
  image_state out;
  out.name = name;
  const auto answer = on.get("/images/" + name + "/json");
  if (const auto* why = why_not(answer))
    return *why;
  const auto& found = std::get<reply>(answer);
  if (found.status == 404)
    return out;
  const auto said = found.json();
  if (!found.ok() || !said.is_object())
    return on.refused("the image " + name + " cannot be looked at", found);
  out.id = said.value("Id", "");
  out.platform = same_platform(said.value("Os", "") + "/" + said.value("Architecture", ""));
  out.bytes = said.value("Size", std::uint64_t{0});
  const auto labels = said.value("/Config/Labels"_json_pointer, json::object());
  if (labels.is_object())
    for (const auto& [title, value] : labels.items())
      if (value.is_string())
        out.labels[title] = value.get<std::string>();
  return out;
}

std::optional<failure> refuse_missing(const engine& on, const image_state& image, const std::string& platform) {
  if (image.id.empty())
    return failure{"ERR_IMG_001", "the image " + image.name + " is not there on " + on.name,
                   "run: paws-engine images build"};
  const auto wanted = same_platform(platform.empty() ? on.platform : platform);
  if (!wanted.empty() && image.platform != wanted)
    return failure{"ERR_IMG_002", "the image " + image.name + " is for " + image.platform + ", not for " + wanted,
                   "build it anew: paws-engine images build, or correct platform in the topology"};
  return std::nullopt;
}

std::variant<std::vector<image_state>, failure> look_at_images(const engine& on,
                                                               const std::vector<std::string>& names) {
  api to{on};
  std::vector<image_state> out;
  for (const auto& name : names) {
    auto found = look_at_image(to, name);
    if (const auto* why = why_not(found))
      return *why;
    out.push_back(std::get<image_state>(std::move(found)));
  }
  return out;
}

} // namespace paws::docker
