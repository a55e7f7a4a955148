// ctl reload: a changed topology file reaches the environment that runs; only what changed is touched. What changed is
// stopped, an engine that knows the new topology takes over what runs, and starts what is to run anew.
#include "actors/view_json.hpp"
#include "bin/applied_topology.hpp"
#include "bin/commands/carried.hpp"
#include "bin/image_talk.hpp"
#include "bin/layout.hpp"
#include "bin/preparation.hpp"
#include "bin/provision_images.hpp"
#include "bin/replace_engine.hpp"
#include "bin/service_builds.hpp"
#include "bin/watching.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using topology::failure;
using topology::service_change;

constexpr auto answer_patience = 20s;

struct reload_flags {
  std::string file;
  bool dry_run = false;
  std::int64_t wait_timeout_s = 0;
};

class reloader {
public:
  reloader(const global_flags& flags, const reload_flags& given, session with)
      : flags_{flags}, given_{given}, with_{std::move(with)}, at_{with_.at()} {}

  int run();

private:
  std::optional<failure> look();
  std::optional<failure> refuses() const;
  std::optional<failure> make_ready();
  int apply();
  std::optional<failure> order(const std::string& verb, const std::vector<std::string>& services);
  json document(const std::string& state) const;
  std::string text() const;
  int failed(failure why);

  const global_flags& flags_;
  const reload_flags& given_;
  session with_;
  target at_;
  engine_options options_;
  logic::environment_view view_;
  topology::topology_changes changes_;
  std::vector<std::string> starting_; // of them, what is to run afterwards
  std::vector<std::string> applied_;  // what has been done, in words
};

// What runs, what the file says, and what lies between them.
std::optional<failure> reloader::look() {
  const auto status = with_.ask("/v1/status", answer_patience);
  if (const auto* why = std::get_if<failure>(&status))
    return *why;
  view_ = environment_from_json(std::get<json>(status));
  options_.topology_file = at_.topology_file;
  options_.environment = at_.environment;
  options_.runtime = view_.runtime;
  options_.profiles = view_.profiles; // those of the environment stay
  options_.profiles_given = true;
  options_.log_level = flags_.log_level;
  options_.log_format = flags_.log_format;
  const auto wanted = load_document(options_);
  if (const auto* why = std::get_if<failure>(&wanted))
    return *why;
  const auto before = applied_values(at_.paths);
  if (before.empty())
    return failure{"ERR_ENG_010",
                   "what " + at_.environment + " was started from is not known: " + at_.paths.directory +
                       "/applied.json is missing or damaged",
                   "run: paws-engine ctl stop   then: paws-engine start " + at_.topology_file};
  changes_ = topology::compare(before, topology::values_of(std::get<topology::document>(wanted), view_.profiles));
  // What was stopped on purpose stays so.
  const auto runs = [&](const std::string& name) {
    const auto service = std::ranges::find(view_.services, name, &logic::service_view::name);
    return service != view_.services.end() && service->desired == logic::desired_state::running;
  };
  starting_ = changes_.named(service_change::added);
  for (const auto& name : changes_.named(service_change::replaced))
    if (runs(name))
      starting_.push_back(name);
  auto begun = begun_reload(at_.paths);
  const auto removed = changes_.named(service_change::removed);
  std::erase_if(begun, [&](const auto& name) {
    return std::ranges::find(removed, name) != removed.end() ||
           std::ranges::find(changes_.services, name, &topology::changed_service::name) == changes_.services.end();
  });
  add_missing(starting_, begun);
  return std::nullopt;
}

std::optional<failure> reloader::refuses() const {
  if (!changes_.refused.empty())
    return failure{"ERR_ENG_010",
                   listed(changes_.refused) + " cannot change while " + at_.environment + " runs; nothing was touched",
                   "take the change back, or run: paws-engine ctl stop   then: paws-engine start " + at_.topology_file +
                       "   (what a cluster's data was made with needs: paws-engine ctl down)"};
  if (!view_.in_progress.empty())
    return failure{"ERR_ENG_004", "cannot reload now: " + view_.in_progress + " is in progress",
                   "wait until it ends, then try again"};
  if (view_.state == logic::environment_state::paused)
    return failure{"ERR_ENG_004", "cannot reload now: everything stands still", "run: paws-engine ctl resume"};
  if (!view_.open_faults.empty())
    return failure{"ERR_DRILL_003", "cannot reload now: a fault of a drill is still open", "run: paws-engine ctl undo"};
  return std::nullopt;
}

// Images, builds, secrets, room: all that may fail does so before anything is touched.
std::optional<failure> reloader::make_ready() {
  auto made = prepare(options_);
  if (const auto* why = std::get_if<failure>(&made))
    return *why;
  const auto& ready = std::get<prepared>(made);
  if (!ready.runtime.engine)
    return build_services(ready.document, starting_, build_hooks(flags_, {}));
  auto plan = ready.plan;
  std::erase_if(plan.services,
                [&](const auto& one) { return std::ranges::find(starting_, one.spec.name) == starting_.end(); });
  const auto brought = provide_images(*ready.runtime.engine, images_of(ready.document, plan),
                                      plan.budgets.image_pull.count(), image_hooks(flags_, {}));
  if (const auto* why = std::get_if<failure>(&brought))
    return *why;
  return std::nullopt;
}

std::optional<failure> reloader::order(const std::string& verb, const std::vector<std::string>& services) {
  if (services.empty())
    return std::nullopt;
  progress shown{
      choose_progress(flags_.progress, flags_.quiet, flags_.json()), look_of(flags_), {"reload", at_.environment}};
  command_hooks hooks;
  hooks.trace_id = flags_.trace_id;
  json body{{"services", services}};
  if (verb == "start")
    body["keep_on_failure"] = true; // what fails is looked at, and reloaded again
  if (verb == "start" && given_.wait_timeout_s > 0)
    body["wait_timeout_ms"] = given_.wait_timeout_s * 1000;
  auto ended = watch_command(at_, verb, body, shown, hooks);
  if (const auto* why = std::get_if<failure>(&ended))
    return *why;
  const auto& what = std::get<command_end>(ended).outcome.what;
  return what.code.empty() ? std::nullopt : std::optional{what};
}

int reloader::apply() {
  if (auto why = make_ready())
    return fail(flags_, *why);
  if (auto why = note_reload(at_.paths, starting_))
    return fail(flags_, *why);
  auto leaving = changes_.named(service_change::removed);
  add_missing(leaving, changes_.named(service_change::replaced));
  std::erase_if(leaving, [&](const auto& name) {
    return std::ranges::find(view_.services, name, &logic::service_view::name) == view_.services.end();
  });
  if (auto why = order("stop", leaving))
    return failed(*why);
  if (!leaving.empty())
    applied_.push_back("stopped " + listed(leaving));
  if (!changes_.none()) {
    const auto made = replace_engine(at_, static_cast<pid_t>(view_.engine_pid), options_);
    if (const auto* why = std::get_if<failure>(&made))
      return failed(*why);
    applied_.emplace_back("the new topology is in force");
  }
  if (auto why = order("start", starting_))
    return failed(*why);
  if (auto why = note_reload(at_.paths, {}))
    return failed(*why);
  if (flags_.json())
    print(document("applied"));
  if (flags_.talks())
    std::cout << at_.environment << ": reloaded"
              << (starting_.empty() ? std::string{} : "; ready: " + listed(starting_)) << std::endl;
  return 0;
}

int reloader::failed(failure why) {
  why.message = "the reload has not come to its end: " + why.message +
                "\n  applied: " + (applied_.empty() ? "nothing" : listed(applied_)) +
                (starting_.empty() ? "" : "\n  not proven ready: " + listed(starting_));
  why.remedy += (why.remedy.empty() ? "" : "; ") + std::string{"go on with it: paws-engine ctl reload"};
  return fail(flags_, why);
}

json reloader::document(const std::string& state) const {
  json out{{"environment", at_.environment}, {"state", state},
           {"topology", at_.topology_file},  {"replaced", json::array()},
           {"continued", json::array()},     {"settings", changes_.settings},
           {"refused", changes_.refused}};
  for (const auto what : {service_change::added, service_change::removed, service_change::kept})
    out[std::string{to_string(what)}] = changes_.named(what);
  for (const auto& each : changes_.services)
    if (each.what == service_change::replaced)
      out["replaced"].push_back({{"service", each.name}, {"keys", each.keys}});
    else if (each.what == service_change::kept && std::ranges::find(starting_, each.name) != starting_.end())
      out["continued"].push_back(each.name);
  return out;
}

std::string reloader::text() const {
  const auto width = look_of(flags_).width;
  std::string out;
  for (const auto& each : changes_.services) {
    const bool continued =
        each.what == service_change::kept && std::ranges::find(starting_, each.name) != starting_.end();
    out +=
        paragraph("  ",
                  (continued ? "continued" : std::string{to_string(each.what)}) + " " + each.name +
                      (each.what == service_change::removed ? ": stopped; what it leaves goes with paws-engine ctl down"
                       : each.keys.empty()                  ? ""
                                                            : ": " + listed(each.keys)),
                  6, width);
  }
  for (const auto& key : changes_.settings)
    out += paragraph("  ", "setting " + key + ": touches no member", 6, width);
  for (const auto& key : changes_.refused)
    out += paragraph("  ", "not while it runs: " + key, 6, width);
  return out;
}

int reloader::run() {
  if (auto why = look())
    return fail(flags_, *why);
  const bool nothing = changes_.none() && starting_.empty();
  if (nothing || (given_.dry_run && changes_.refused.empty())) {
    if (flags_.json())
      print(document(nothing ? "unchanged" : "planned"));
    if (flags_.talks())
      std::cout << (nothing ? at_.environment + " is what " + at_.topology_file + " says: nothing to do\n" : text())
                << std::flush;
    return 0;
  }
  if (flags_.talks())
    std::cout << text() << std::flush;
  if (auto why = refuses())
    return flags_.json() ? fail(flags_, *why, {{"plan", document("refused")}}) : fail(flags_, *why);
  return apply();
}

int reload(const global_flags& flags, const reload_flags& given) {
  auto opened = session::open(flags, given.file, false);
  if (const auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  return reloader{flags, given, std::get<session>(std::move(opened))}.run();
}

} // namespace

void add_ctl_reload(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<reload_flags>();
  auto* sub = parent.add_subcommand("reload", "Apply a changed topology to what runs; only what changed is touched");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_flag("--dry-run", given->dry_run, "Only say what would be done");
  sub->add_option("--wait-timeout", given->wait_timeout_s, "Seconds until what is not ready has failed")
      ->check(CLI::Range(1, 86'400));
  sub->footer("Example:\n  paws-engine ctl reload --dry-run");
  sub->callback([&line, given] {
    line.flags.task = "reload";
    line.action = [&line, given] { return reload(line.flags, *given); };
  });
}

} // namespace paws::bin
