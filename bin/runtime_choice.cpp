#include "bin/runtime_choice.hpp"

#include "runtimes/docker/traces.hpp"

#include <algorithm>
#include <filesystem>

namespace paws::bin {

namespace {

using topology::failure;

const runtime_offer* find(const std::vector<runtime_offer>& offers, const std::string& name) {
  const auto at = std::ranges::find(offers, name, &runtime_offer::name);
  return at == offers.end() ? nullptr : &*at;
}

runtime_choice take(const runtime_offer& offer, std::string why) {
  return {offer.name, offer.about, std::move(why), {}, offer.engine};
}

failure unusable(const std::string& name, const runtime_offer* offer) {
  return {offer != nullptr && offer->unreachable ? "ERR_RUN_004" : "ERR_RUN_001",
          "the runtime " + name + " cannot be used here: " + (offer == nullptr ? "there is none" : offer->why_not),
          "mend that, or choose another one with --runtime; paws-engine doctor shows what is here"};
}

// Members that exist are reached where they are, or not at all.
std::variant<runtime_choice, failure> keep(const std::string& name, const std::vector<runtime_offer>& offers) {
  const auto* offer = find(offers, name);
  if (offer != nullptr && offer->why_not.empty())
    return take(*offer, "its members are there");
  return failure{"ERR_RUN_004",
                 "runtime unreachable: its members are on " + name + ", and " +
                     (offer == nullptr ? "there is none" : offer->why_not),
                 "start " + name + " again, then try again; paws-engine doctor shows what is here"};
}

std::variant<runtime_choice, failure> by_preference(std::vector<std::string> prefer, const kept_runtime& kept,
                                                    const std::vector<runtime_offer>& offers) {
  // Where its data is it goes on, as long as it may.
  if (const auto at = std::ranges::find(prefer, kept.name); at != prefer.end())
    std::rotate(prefer.begin(), at, at + 1);
  std::vector<std::string> passed_over;
  for (const auto& name : prefer) {
    const auto* offer = find(offers, name);
    if (offer == nullptr || !offer->why_not.empty()) {
      passed_over.push_back(name + ": " + (offer == nullptr ? "there is none" : offer->why_not));
      continue;
    }
    auto out =
        take(*offer, name == kept.name ? "it ran there before" : "first of runtime.prefer that can be used here");
    out.passed_over = std::move(passed_over);
    return out;
  }
  std::string list;
  for (const auto& each : passed_over)
    list += (list.empty() ? "" : "; ") + each;
  return failure{"ERR_RUN_001", "none of the topology's runtimes can be used here: " + list,
                 "mend one of them, or choose another one with --runtime"};
}

} // namespace

std::variant<runtime_choice, failure> choose_runtime(const std::string& wanted, const std::vector<std::string>& prefer,
                                                     const kept_runtime& kept,
                                                     const std::vector<runtime_offer>& offers) {
  const bool is_auto = wanted.empty() || wanted == "auto";
  if (!is_auto && wanted != "docker" && wanted != "podman" && wanted != "process")
    return failure{"ERR_CLI_001", "there is no runtime \"" + wanted + "\"", "use auto, docker, podman or process"};
  if (kept.members && (is_auto || wanted == kept.name))
    return keep(kept.name, offers);
  if (kept.members)
    return failure{"ERR_RUN_005", "its members are on " + kept.name + ", not on " + wanted,
                   "take them down first: paws-engine ctl down   or start without --runtime " + wanted};
  if (is_auto)
    return by_preference(prefer, kept, offers);
  const auto* offer = find(offers, wanted);
  if (offer == nullptr || !offer->why_not.empty())
    return unusable(wanted, offer);
  return take(*offer, "named by --runtime");
}

std::vector<runtime_offer> offered_runtimes(std::chrono::milliseconds patience) {
  std::vector<runtime_offer> out{{"process", "processes of this machine", "", false, std::nullopt}};
  for (const auto& found : docker::find_engines(patience)) {
    runtime_offer offer;
    offer.name = found.name;
    offer.about = found.name + " " + found.version + " (Engine API " + found.api_version + ") at " + found.socket;
    offer.why_not = found.why_not;
    offer.unreachable = !found.why_not.empty() && !found.socket.empty() && found.version.empty();
    offer.engine = found;
    out.push_back(std::move(offer));
  }
  return out;
}

kept_runtime runtime_kept_by(const target& of, const std::vector<runtime_offer>& offers) {
  if (!of.runtime.empty())
    return {of.runtime, !of.taken_down};
  std::error_code failed;
  const std::filesystem::directory_iterator each{of.paths.directory + "/members", failed};
  if (!failed && each != std::filesystem::directory_iterator{})
    return {"process", true};
  if (!of.exists)
    return {};
  for (const auto& offer : offers) {
    if (!offer.engine || !offer.why_not.empty())
      continue;
    const auto found = docker::traces_of(*offer.engine, of.environment);
    if (const auto* traces = std::get_if<docker::traces>(&found);
        traces != nullptr && (!traces->members.empty() || traces->volumes > 0))
      return {offer.name, !traces->members.empty()};
  }
  return {};
}

bool may_have_traces(const target& of, const std::vector<runtime_offer>& offers) {
  const auto* offer = find(offers, of.runtime);
  if (offer == nullptr || !offer->engine || !offer->why_not.empty())
    return true;
  const auto found = docker::traces_of(*offer->engine, of.environment);
  const auto* traces = std::get_if<docker::traces>(&found);
  return traces == nullptr || !traces->members.empty() || traces->volumes > 0;
}

bool has_containers(const std::string& runtime) {
  return runtime == "docker" || runtime == "podman";
}

std::string sentence_of(const runtime_choice& what) {
  std::string out = "runtime " + what.name + " (" + what.about + "): " + what.why;
  for (const auto& each : what.passed_over)
    out += "; not " + each;
  return out;
}

} // namespace paws::bin
