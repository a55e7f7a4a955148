// ctl rebuild: a service is built from its sources, then it alone is replaced by what came of that; and the same
// whenever its sources have changed, for start --watch.
#include "actors/view_json.hpp"
#include "bin/applied_topology.hpp"
#include "bin/commands/carried.hpp"
#include "bin/commands/rebuilding.hpp"
#include "bin/image_talk.hpp"
#include "bin/layout.hpp"
#include "bin/preparation.hpp"
#include "bin/provision_images.hpp"
#include "bin/replace_engine.hpp"
#include "bin/service_builds.hpp"
#include "bin/source_watch.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <utility>

namespace paws::bin {

namespace {

using topology::failure;
using namespace std::chrono_literals;

constexpr auto status_patience = 20s;

failure not_built(const topology::document& doc, const std::string& wanted, const std::string& runtime) {
  std::string known;
  for (const auto& service : doc.services)
    if (is_built(service, runtime))
      known += (known.empty() ? "" : ", ") + service.name;
  return {"ERR_CLI_001", harmless(wanted) + " is no service that " + doc.file + " has a build for on " + runtime,
          known.empty() ? "give one a `build`, or restart it: paws-engine ctl restart" : "one of: " + known};
}

// The topology of `at` as its file says it now.
std::variant<topology::document, failure> document_of(const target& at) {
  engine_options options;
  options.topology_file = at.topology_file;
  options.environment = at.environment;
  return load_document(options);
}

std::optional<failure> build_image_of(const topology::service& service, const std::string& runtime,
                                      const docker::image_hooks& hooks) {
  const auto engine = docker::find_engine(runtime);
  if (const auto* why = std::get_if<failure>(&engine))
    return *why;
  return build(std::get<docker::engine>(engine),
               {service.image, service.platform, {service.name}, service.sources, service.dockerfile, true}, hooks);
}

// What serves now is not touched before the new one is there.
std::optional<failure> build_anew(const global_flags& flags, const topology::document& doc, const std::string& wanted,
                                  const std::string& runtime) {
  const auto service = std::ranges::find(doc.services, wanted, &topology::service::name);
  if (service == doc.services.end() || !is_built(*service, runtime))
    return not_built(doc, wanted, runtime);
  return has_containers(runtime) ? build_image_of(*service, runtime, image_hooks(flags, {}))
                                 : build_services(doc, {wanted}, build_hooks(flags, {}), true);
}

// Services are rebuilt as long as somebody wants it, whichever engine serves them.
class rebuilder {
public:
  rebuilder(const global_flags& flags, const target& at, pid_t engine, const std::function<bool()>& told_to_end)
      : flags_{flags}, at_{at}, engine_{engine}, told_to_end_{told_to_end} {}

  int run();

private:
  std::optional<failure> look();
  bool is_followed();

  const global_flags& flags_;
  const target& at_;
  pid_t engine_;
  const std::function<bool()>& told_to_end_;
  std::string mark_;                      // of what that engine holds
  std::vector<topology::service> wanted_; // that it runs, and that are built
  std::string titles_;
};

// What the engine runs that has a build.
std::optional<failure> rebuilder::look() {
  mark_ = applied_mark(at_.paths);
  bool connected = false;
  const auto status = ask_engine(at_, "/v1/status", status_patience, connected);
  if (const auto* why = std::get_if<failure>(&status))
    return *why;
  const auto view = environment_from_json(std::get<nlohmann::json>(status));
  const auto loaded = document_of(at_);
  if (const auto* why = std::get_if<failure>(&loaded))
    return *why;
  const auto& doc = std::get<topology::document>(loaded);
  wanted_.clear();
  std::vector<std::string> names;
  for (const auto& service : doc.services)
    if (is_built(service, view.runtime) &&
        std::ranges::find(view.services, service.name, &logic::service_view::name) != view.services.end()) {
      wanted_.push_back(service);
      names.push_back(service.name);
    }
  titles_ = listed(names);
  return names.empty() ? std::optional{not_built(doc, "nothing that runs", view.runtime)} : std::nullopt;
}

// True when another engine has taken over.
bool rebuilder::is_followed() {
  if (applied_mark(at_.paths) == mark_)
    return false;
  const auto successor = successor_of(at_, engine_);
  if (successor == 0)
    return false;
  engine_ = successor;
  return true;
}

int rebuilder::run() {
  if (auto why = look())
    return fail(flags_, *why);
  auto made = source_watch::of(wanted_);
  if (const auto* why = std::get_if<failure>(&made))
    return fail(flags_, *why);
  auto& watch = std::get<source_watch>(made);
  const auto say = [&](const std::string& what) {
    if (flags_.talks())
      std::cout << what << std::endl;
  };
  say("watching the sources of " + titles_ + "; Ctrl-C ends the watching, not the environment");
  bool followed = false;
  while (!told_to_end_()) {
    const auto changed = watch.next([&] { return told_to_end_() || (followed = is_followed()); });
    for (const auto& service : changed) {
      say(service + ": its sources have changed");
      static_cast<void>(rebuild(flags_, {at_.topology_file, service, 0})); // said; the next change tries again
    }
    if (!std::exchange(followed, false))
      continue;
    const auto before = titles_;
    auto why = look();
    if (!why)
      why = watch.follow(wanted_);
    if (why) // what was watched is watched on, until a topology can be read again and is in force
      static_cast<void>(fail(flags_, *why));
    else if (titles_ != before)
      say("another topology is in force: watching the sources of " + titles_);
  }
  return 0;
}

} // namespace

bool is_built(const topology::service& what, const std::string& runtime) {
  return has_containers(runtime) ? !what.sources.empty() : !what.build_command.empty();
}

int rebuild(const global_flags& flags, const rebuild_flags& given) {
  const auto begun = std::chrono::steady_clock::now();
  {
    const auto opened = session::open(flags, given.file, false);
    if (const auto* why = std::get_if<failure>(&opened))
      return fail(flags, *why);
    const auto& with = std::get<session>(opened);
    const auto status = with.ask("/v1/status", status_patience);
    if (const auto* why = std::get_if<failure>(&status))
      return fail(flags, *why);
    const auto doc = document_of(with.at());
    if (const auto* why = std::get_if<failure>(&doc))
      return fail(flags, *why);
    if (const auto why = build_anew(flags, std::get<topology::document>(doc), given.service,
                                    environment_from_json(std::get<nlohmann::json>(status)).runtime))
      return fail(flags, *why);
  }
  command_words what{"restart", given.file, "rebuild", given.service};
  what.body["services"] = {given.service};
  if (given.wait_timeout_s > 0)
    what.body["wait_timeout_ms"] = given.wait_timeout_s * 1000;
  auto carried = carry_out(flags, what);
  if (const auto* code = std::get_if<int>(&carried))
    return *code;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  return say_end(flags, std::get<carried_command>(carried).outcome,
                 given.service + ": rebuilt, replaced and ready, after " + short_duration(took.count()));
}

int rebuild_on_change(const global_flags& flags, const target& at, pid_t engine,
                      const std::function<bool()>& told_to_end) {
  return rebuilder{flags, at, engine, told_to_end}.run();
}

void add_ctl_rebuild(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<rebuild_flags>();
  auto* sub = parent.add_subcommand("rebuild", "Build a service from its sources, then replace it, and nothing else");
  sub->add_option("SERVICE", given->service, "A service with a `build`")->required();
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_option("--wait-timeout", given->wait_timeout_s, "Seconds until what is not ready has failed")
      ->check(CLI::Range(1, 86'400));
  sub->footer("Example:\n  paws-engine ctl rebuild backend");
  sub->callback([&line, given] {
    line.flags.task = "rebuild";
    line.action = [&line, given] { return rebuild(line.flags, *given); };
  });
}

} // namespace paws::bin
