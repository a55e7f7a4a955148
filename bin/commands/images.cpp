// images build | pull | list: what the members of a topology are made of, on the container engines that answer.
#include "bin/commands/command.hpp"
#include "bin/image_talk.hpp"
#include "bin/interruption.hpp"
#include "bin/layout.hpp"
#include "bin/preparation.hpp"
#include "bin/provision_images.hpp"
#include "bin/target.hpp"

#include <algorithm>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::failure;

struct image_flags {
  std::string file = default_topology;
  std::string runtime; // "" = every one that answers
  std::vector<std::string> profiles;
  bool force = false;
};

std::variant<std::vector<docker::engine>, failure> engines_meant(const image_flags& given) {
  if (!given.runtime.empty()) {
    auto one = docker::find_engine(given.runtime);
    if (auto* why = std::get_if<failure>(&one))
      return *why;
    return std::vector<docker::engine>{std::get<docker::engine>(std::move(one))};
  }
  auto all = docker::find_engines();
  std::string reasons;
  for (const auto& one : all)
    if (!one.why_not.empty())
      reasons += (reasons.empty() ? "" : "; ") + one.name + ": " + one.why_not;
  std::erase_if(all, [](const auto& one) { return !one.why_not.empty(); });
  if (all.empty())
    return failure{"ERR_RUN_001", "no container engine can be used: " + reasons,
                   "install and start one, such as: apt-get install docker.io"};
  return all;
}

struct question {
  std::vector<needed_image> needed;
  std::vector<docker::engine> engines;
};

std::variant<question, failure> question_of(const global_flags& flags, const image_flags& given) {
  engine_options options;
  options.topology_file = given.file;
  options.environment = flags.environment;
  const auto loaded = load_document(options);
  if (const auto* why = std::get_if<failure>(&loaded))
    return *why;
  const auto& doc = std::get<topology::document>(loaded);
  auto engines = engines_meant(given);
  if (auto* why = std::get_if<failure>(&engines))
    return *why;
  return question{images_of(doc, given.profiles.empty() ? doc.default_profiles : given.profiles),
                  std::get<std::vector<docker::engine>>(std::move(engines))};
}

json row_of(const image_row& row, const docker::engine& on) {
  const auto text = [](const std::string& value) { return value.empty() ? json(nullptr) : json(value); };
  return {{"name", row.needed.name},
          {"engine", on.name},
          {"state", to_string(row.presence)},
          {"platform", text(row.state.platform)},
          {"size_bytes", row.state.id.empty() ? json(nullptr) : json(row.state.bytes)},
          {"id", text(row.state.id)},
          {"members", row.needed.members},
          {"directory", text(row.needed.directory)}};
}

int list(const global_flags& flags, const image_flags& given) {
  const auto asked = question_of(flags, given);
  if (const auto* why = std::get_if<failure>(&asked))
    return fail(flags, *why);
  const auto& what = std::get<question>(asked);
  table rows{{"IMAGE", "ENGINE", "STATE", "PLATFORM", "SIZE", "MEMBERS"}};
  json all = json::array();
  for (const auto& on : what.engines) {
    const auto found = look_at(on, what.needed);
    if (const auto* why = std::get_if<failure>(&found))
      return fail(flags, *why);
    for (const auto& row : std::get<std::vector<image_row>>(found)) {
      all.push_back(row_of(row, on));
      const bool there = !row.state.id.empty();
      rows.push_back({row.needed.name, on.name, std::string{to_string(row.presence)}, there ? row.state.platform : "-",
                      there ? std::to_string(row.state.bytes / 1'000'000) + " MB" : "-", listed(row.needed.members)});
    }
  }
  if (flags.json())
    print({{"images", all}});
  else
    std::cout << columns(rows, look_of(flags).width, {5, 3}) << std::flush;
  return 0;
}

// Whether `row` is to be made anew by this verb.
bool is_due(const image_row& row, bool ours, bool force) {
  if (row.needed.directory.empty() == ours)
    return false;
  return force || row.presence == image_presence::missing || row.presence == image_presence::changed;
}

int bring(const global_flags& flags, const image_flags& given, bool ours) {
  watch_signals();
  const auto asked = question_of(flags, given);
  if (const auto* why = std::get_if<failure>(&asked))
    return fail(flags, *why);
  const auto& what = std::get<question>(asked);
  const auto hooks = image_hooks(flags, is_interrupted);
  json made = json::array(), kept = json::array();
  for (const auto& on : what.engines) {
    const auto found = look_at(on, what.needed);
    if (const auto* why = std::get_if<failure>(&found))
      return fail(flags, *why);
    for (const auto& row : std::get<std::vector<image_row>>(found)) {
      if (row.needed.directory.empty() == ours)
        continue;
      if (!given.force && row.presence == image_presence::other_platform)
        return fail(flags, other_platform(row, on));
      const bool due = is_due(row, ours, given.force);
      if (due)
        if (const auto why = ours ? build(on, row.needed, hooks, given.force) : pull(on, row.needed, hooks))
          return fail(flags, *why);
      (due ? made : kept).push_back({{"name", row.needed.name}, {"engine", on.name}});
    }
  }
  if (flags.json())
    print({{ours ? "built" : "pulled", made}, {"kept", kept}});
  if (flags.talks() && made.empty())
    std::cout << "images: nothing to " << (ours ? "build" : "pull")
              << (!ours && kept.empty() ? ": this project builds all that the topology names"
                                        : ", " + std::to_string(kept.size()) +
                                              (kept.size() == 1 ? " image is" : " images are") + " there")
              << std::endl;
  return 0;
}

int build_ours(const global_flags& flags, const image_flags& given) {
  return bring(flags, given, true);
}

int pull_others(const global_flags& flags, const image_flags& given) {
  return bring(flags, given, false);
}

} // namespace

void add_images(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<image_flags>();
  auto* sub = parent.add_subcommand("images", "What containers are made of: build ours, pull what others made");
  sub->require_subcommand(1);
  sub->fallthrough();
  sub->footer("Examples:\n  paws-engine images list\n  paws-engine images build --runtime docker");
  const auto add = [&](const char* verb, const char* what, int (*carry_out)(const global_flags&, const image_flags&)) {
    auto* one = sub->add_subcommand(verb, what);
    one->add_option("TOPOLOGY,--file", given->file, "Topology file")->capture_default_str();
    one->add_option("--runtime", given->runtime, "Only on docker or on podman; default: on each that answers")
        ->check(CLI::IsMember(std::vector<std::string>{"docker", "podman"}));
    one->add_option("--profile", given->profiles, "Those of the services of this profile as well (repeatable)");
    one->footer(std::string{"Example:\n  paws-engine images "} + verb + " config/paws360.yaml");
    one->callback([&line, given, carry_out] {
      line.action = [&line, given, carry_out] { return carry_out(line.flags, *given); };
    });
    return one;
  };
  add("build", "Build ours that are missing, or whose directory has changed", build_ours)
      ->add_flag("--force", given->force, "Build all of them anew, from the newest packages");
  add("pull", "Pull what others made and is missing", pull_others)
      ->add_flag("--force", given->force, "Pull all of them anew");
  add("list", "Each image of the topology: there or missing, for which platform, on which engine", list);
}

} // namespace paws::bin
