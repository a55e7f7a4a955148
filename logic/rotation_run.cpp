#include "logic/rotation_run.hpp"

#include <algorithm>
#include <utility>

namespace paws::logic {

namespace {

bool repeats(rotation_work what) {
  return what != rotation_work::restart && what != rotation_work::publish;
}

// Once it fails, whether the new value is known there at all.
bool is_doubted(const rotation_step& what) {
  return what.stage == rotation_stage::verify && what.work == rotation_work::ask;
}

std::string remedy_of(const rotation_step& what) {
  if (what.where.empty())
    return "look at: paws-engine ctl health; then run: paws-engine secrets rotate, which goes on where it stood";
  return "see what " + what.where + " says: paws-engine ctl logs " + what.where +
         "; bring it up, then run: paws-engine secrets rotate, which goes on where it stood";
}

} // namespace

rotation_run::rotation_run(std::vector<rotation_step> steps, milliseconds patience, steady_time now)
    : patience_{patience}, progressed_at_{now} {
  std::stable_sort(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.stage < b.stage; });
  for (auto& each : steps)
    steps_.push_back({std::move(each), state::waiting, false, 0, now, {}});
}

std::optional<rotation_stage> rotation_run::stage() const {
  for (const auto& each : steps_)
    if (each.at != state::done)
      return each.what.stage;
  return std::nullopt;
}

bool rotation_run::first_of_lane(std::size_t number) const {
  const auto& mine = steps_[number].what;
  return std::none_of(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(number), [&](const entry& other) {
    return other.at != state::done && other.what.stage == mine.stage && other.what.lane_name() == mine.lane_name();
  });
}

std::vector<rotation_run::order> rotation_run::due(steady_time now) {
  std::vector<order> out;
  if (doubted_since_ && now - *doubted_since_ >= rotation_doubt)
    go_back();
  const auto current = stage();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    auto& each = steps_[i];
    if (each.at != state::waiting || each.what.stage != current || each.due > now || !first_of_lane(i))
      continue;
    each.at = state::under_way;
    out.push_back({i, each.attempt});
  }
  return out;
}

void rotation_run::done(std::size_t step, steady_time now) {
  auto& each = steps_.at(step);
  if (each.at != state::under_way)
    return;
  each.at = state::done;
  each.attempt = 0;
  each.why.clear();
  if (!std::exchange(each.ever_done, true))
    progressed_at_ = now;
  if (std::none_of(steps_.begin(), steps_.end(),
                   [](const entry& other) { return is_doubted(other.what) && !other.why.empty(); }))
    doubted_since_.reset();
}

void rotation_run::failed(std::size_t step, std::string why, steady_time now) {
  auto& each = steps_.at(step);
  if (each.at != state::under_way)
    return;
  each.at = state::waiting;
  each.why = std::move(why);
  each.due = now;
  if (++each.attempt >= each.what.tries.size()) {
    each.attempt = 0;
    each.due = now + rotation_retry;
  }
  if (is_doubted(each.what) && !doubted_since_)
    doubted_since_ = now;
}

// Only between two attempts: what is under way is heard first.
void rotation_run::go_back() {
  if (std::any_of(steps_.begin(), steps_.end(), [](const entry& each) { return each.at == state::under_way; }))
    return;
  doubted_since_.reset();
  for (auto& each : steps_)
    if (repeats(each.what.work)) {
      each.at = state::waiting;
      each.attempt = 0;
    }
}

bool rotation_run::over() const {
  return !stage();
}

steady_time rotation_run::wake_at(steady_time now) const {
  auto out = patience_.count() > 0 ? progressed_at_ + patience_ : now + rotation_patience;
  const auto current = stage();
  for (const auto& each : steps_)
    if (each.at == state::waiting && each.what.stage == current && each.due > now)
      out = std::min(out, each.due);
  return std::max(out, now + milliseconds{1});
}

std::optional<topology::failure> rotation_run::stands_still(steady_time now) const {
  if (patience_.count() == 0 || now - progressed_at_ < patience_)
    return std::nullopt;
  const auto current = stage();
  const entry* culprit = nullptr;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto& each = steps_[i];
    if (each.what.stage != current || each.at == state::done || !first_of_lane(i))
      continue;
    if (each.what.work == rotation_work::restart && each.at == state::under_way)
      return std::nullopt; // a service takes as long as it takes to be ready; its restart has a limit of its own
    if (culprit == nullptr || culprit->why.empty())
      culprit = &each;
  }
  if (culprit == nullptr)
    return std::nullopt;
  const auto& what = culprit->what;
  return topology::failure{"ERR_SEC_007",
                           "the change of " + (what.secrets.empty() ? std::string{"secrets"} : what.secrets) +
                               " stands still at the step \"" + std::string{to_string(what.stage)} + "\"" +
                               (what.where.empty() ? "" : " of " + what.where) + ": " +
                               (culprit->why.empty() ? "no answer" : culprit->why) + "; old and new values are kept",
                           remedy_of(what)};
}

} // namespace paws::logic
