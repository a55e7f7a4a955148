#include "bin/provision_images.hpp"

#include "bin/paths.hpp"
#include "bin/render.hpp"
#include "bin/shell.hpp"
#include "runtimes/docker/build_context.hpp"
#include "topology/placement.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <utility>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;
using topology::failure;

constexpr const char* base_image = "debian:bookworm-slim";
constexpr std::string_view our_prefix = "paws360/", our_tag = ":bookworm";
constexpr std::string_view script_prefix = "images: "; // of the lines of images/base

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(system_clock::now().time_since_epoch()).count();
}

// Where our images' directories lie; "" when this installation has none.
std::string images_directory() {
  std::vector<fs::path> places;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  if (const char* given = std::getenv("PAWS_IMAGES_DIR"); given != nullptr && *given != '\0')
    places.emplace_back(given);
  const auto bin = fs::path{beside_program("x")}.parent_path();
  places.push_back(bin / "../../images");
  places.push_back(bin / "../share/paws-engine/images");
  std::error_code failed;
  for (const auto& place : places)
    if (fs::exists(place / "etcd" / "Dockerfile", failed))
      return fs::weakly_canonical(place, failed).string();
  return "";
}

void add(std::vector<needed_image>& to, const std::string& name, const std::string& platform,
         const std::string& member) {
  if (name.empty())
    return;
  const auto at =
      std::find_if(to.begin(), to.end(), [&](const auto& one) { return one.name == name && one.platform == platform; });
  if (at != to.end())
    at->members.push_back(member);
  else
    to.push_back({name, platform, {member}, directory_of(name)});
}

void add(std::vector<needed_image>& to, const topology::service& service) {
  add(to, service.image, service.platform, service.name);
  if (service.image.empty() || service.sources.empty())
    return;
  const auto made = std::ranges::find(to, service.image, &needed_image::name);
  made->directory = service.sources;
  made->dockerfile = service.dockerfile;
  made->of_service = true;
}

// "linux/arm64/v8" and "linux/arm64" are one.
std::string two_parts(const std::string& platform) {
  const auto first = platform.find('/');
  const auto second = first == std::string::npos ? first : platform.find('/', first + 1);
  return platform.substr(0, second);
}

// What the engine itself says, told apart from what is done.
docker::image_hooks details(const docker::image_hooks& hooks) {
  return {[hooks](const std::string& line) { hooks.tell(std::string{image_detail} + line); }, hooks.interrupted};
}

// The script that makes the base without any registry; its lines are shown as they come.
std::optional<failure> make_base(const docker::engine& on, const docker::image_hooks& hooks) {
  const auto script = images_directory() + "/base";
  const auto host = (on.name == "podman" ? "CONTAINER_HOST=" : "DOCKER_HOST=") + shell_word("unix://" + on.socket);
  std::string last;
  const int ended = run_shell(host + " " + shell_word(script) + " " + on.name, [&](const std::string& line) {
    hooks.tell(line.substr(line.starts_with(script_prefix) ? script_prefix.size() : 0));
    last = line;
  });
  if (ended < 0)
    return failure{"ERR_SYS_001", "not enough memory to run " + script, "close other programs and run again"};
  if (ended == 0)
    return std::nullopt;
  if (hooks.interrupted && hooks.interrupted())
    return failure{"ERR_SYS_005", "making " + std::string{base_image} + " was interrupted; nothing was started",
                   "run it again"};
  return failure{"ERR_IMG_003", std::string{base_image} + ", from which our images are built, is not there: " + last,
                 "run: " + script + " " + on.name};
}

std::optional<failure> provide_base(const docker::engine& on, const std::string& platform,
                                    const docker::image_hooks& hooks) {
  if (!platform.empty() && two_parts(platform) != two_parts(on.platform))
    return std::nullopt; // the engine finds one of that platform, or says so
  const auto found = docker::look_at_images(on, {base_image});
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  if (!std::get<std::vector<docker::image_state>>(found).front().id.empty())
    return std::nullopt;
  hooks.tell(std::string{"providing "} + base_image);
  return make_base(on, hooks);
}

std::optional<failure> carry_out(const char* doing, const char* done, const docker::engine& on,
                                 const needed_image& what, const docker::image_hooks& hooks,
                                 const std::function<std::variant<std::string, failure>()>& work) {
  hooks.tell(std::string{doing} + " " + what.name + " on " + on.name + " ...");
  const auto begun = std::chrono::steady_clock::now();
  const auto ended = work();
  if (const auto* why = std::get_if<failure>(&ended))
    return *why;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  hooks.tell(std::string{done} + " " + what.name + " on " + on.name + " in " + short_duration(took.count()));
  return std::nullopt;
}

} // namespace

std::string directory_of(const std::string& name) {
  if (!name.starts_with(our_prefix) || !name.ends_with(our_tag))
    return "";
  const auto kind = name.substr(our_prefix.size(), name.size() - our_prefix.size() - our_tag.size());
  const auto all = images_directory();
  std::error_code failed;
  if (all.empty() || kind.empty() || kind.find_first_of("/.") != std::string::npos ||
      !fs::exists(fs::path{all} / kind / "Dockerfile", failed))
    return "";
  return all + "/" + kind;
}

std::vector<needed_image> images_of(const topology::document& doc, const std::vector<std::string>& profiles) {
  std::vector<needed_image> out;
  for (const auto& cluster : doc.clusters) {
    for (const auto& member : cluster.members)
      add(out, cluster.image, "", member);
    for (const auto& member : cluster.sentinels)
      add(out, cluster.image, "", member);
  }
  if (doc.has_routing)
    add(out, doc.routing.image, "", doc.routing.service);
  for (const auto& service : doc.services)
    if (topology::is_active(service, profiles))
      add(out, service);
  return out;
}

std::vector<needed_image> images_of(const topology::document& doc, const logic::environment_plan& plan) {
  std::vector<needed_image> out;
  for (const auto& service : plan.services) {
    const auto own = std::ranges::find(doc.services, service.spec.name, &topology::service::name);
    if (own != doc.services.end())
      add(out, *own);
    else
      add(out, service.spec.image, service.spec.platform, service.spec.name);
  }
  return out;
}

std::string_view to_string(image_presence what) {
  switch (what) {
  case image_presence::there:
    return "there";
  case image_presence::missing:
    return "missing";
  case image_presence::changed:
    return "changed";
  case image_presence::other_platform:
    return "other platform";
  }
  return "";
}

image_presence presence_of(const needed_image& needed, const docker::image_state& state, const docker::engine& on,
                           const std::string& source) {
  if (state.id.empty())
    return image_presence::missing;
  const auto wanted = two_parts(needed.platform.empty() ? on.platform : needed.platform);
  if (!wanted.empty() && two_parts(state.platform) != wanted)
    return image_presence::other_platform;
  const auto label = state.labels.find(docker::source_label);
  if (!source.empty() && (label == state.labels.end() || label->second != source))
    return image_presence::changed;
  return image_presence::there;
}

std::variant<std::vector<image_row>, failure> look_at(const docker::engine& on,
                                                      const std::vector<needed_image>& needed) {
  std::vector<std::string> names;
  names.reserve(needed.size());
  for (const auto& one : needed)
    names.push_back(one.name);
  auto found = docker::look_at_images(on, names);
  if (auto* why = std::get_if<failure>(&found))
    return *why;
  const auto& states = std::get<std::vector<docker::image_state>>(found);
  std::vector<image_row> out;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    std::string source;
    if (!needed[i].directory.empty()) {
      const auto context = docker::read_context(needed[i].directory, needed[i].dockerfile);
      if (const auto* why = std::get_if<failure>(&context))
        return *why;
      source = docker::hash_of(std::get<docker::build_context>(context));
    }
    out.push_back({needed[i], states.at(i), presence_of(needed[i], states.at(i), on, source)});
  }
  return out;
}

failure other_platform(const image_row& row, const docker::engine& on) {
  const auto wanted = row.needed.platform.empty() ? on.platform : row.needed.platform;
  return {"ERR_IMG_002",
          "the image " + row.needed.name + " on " + on.name + " is for " + row.state.platform + ", and " +
              row.needed.members.front() + " needs " + wanted,
          row.needed.directory.empty() ? "run: paws-engine images pull --force   or set `platform` in the topology"
                                       : "run: paws-engine images build --force"};
}

std::optional<failure> build(const docker::engine& on, const needed_image& what, const docker::image_hooks& hooks,
                             bool fresh) {
  if (auto why = provide_base(on, what.platform, hooks))
    return why;
  return carry_out("building", "built", on, what, hooks, [&] {
    return docker::build_image(on, {what.directory, what.name, what.platform, fresh, what.dockerfile}, details(hooks));
  });
}

std::optional<failure> pull(const docker::engine& on, const needed_image& what, const docker::image_hooks& hooks) {
  return carry_out("pulling", "pulled", on, what, hooks,
                   [&] { return docker::pull_image(on, what.name, what.platform, details(hooks)); });
}

std::variant<logic::phase_view, failure> provide_images(const docker::engine& on,
                                                        const std::vector<needed_image>& needed, std::int64_t target_ms,
                                                        const docker::image_hooks& hooks) {
  logic::phase_view phase{"image_pull", now_us(), -1, target_ms};
  const auto found = look_at(on, needed);
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  const auto& rows = std::get<std::vector<image_row>>(found);
  // What cannot become right is said before minutes are spent on the others.
  for (const auto& row : rows)
    if (row.presence == image_presence::other_platform)
      return other_platform(row, on);
  for (const auto& row : rows) {
    const bool stale = row.presence == image_presence::changed;
    if (stale && !row.needed.of_service)
      hooks.tell(row.needed.name + " is older than " + row.needed.directory + "; run: paws-engine images build");
    if (row.presence != image_presence::missing && !(stale && row.needed.of_service))
      continue;
    if (!row.needed.directory.empty()) {
      if (auto why = build(on, row.needed, hooks))
        return *why;
      continue;
    }
    if (const auto why = pull(on, row.needed, hooks)) {
      if (why->code != "ERR_IMG_003")
        return *why;
      return failure{"ERR_IMG_001",
                     "the image " + row.needed.name + ", which " + row.needed.members.front() + " runs, is not on " +
                         on.name + ": " + why->message,
                     why->remedy};
    }
  }
  phase.duration_ms = (now_us() - phase.started_us) / 1000;
  return phase;
}

} // namespace paws::bin
