// Passwords are changed while everything runs: the environment admits it, and a rotator below it carries it out. One
// that an earlier engine had begun is completed by the next start.
#include "actors/environment_recovery.hpp"
#include "actors/rotator.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace paws {

using logic::desired_state;

namespace {

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// The names that `what` means.
std::vector<std::string> names_of(const operator_command& what, const rotation_means& with) {
  std::vector<std::string> out;
  for (const auto& name :
       what.secrets.empty() ? logic::secrets_in_use(with.plan_of, with.secrets, with.generated) : what.secrets)
    if (with.secrets.contains(name) && !contains(out, name))
      out.push_back(name);
  return out;
}

std::set<std::string> to_run(const std::map<std::string, desired_state>& wishes) {
  std::set<std::string> out;
  for (const auto& [title, wanted] : wishes)
    if (wanted == desired_state::running)
      out.insert(title);
  return out;
}

topology::failure not_now(std::string why, std::string remedy) {
  return {"ERR_SEC_008", std::move(why), std::move(remedy)};
}

} // namespace

void keep_to_data(environment_setup& setup) {
  const auto& with = setup.rotation;
  if (!with.plan_of || with.pending.names.empty() || with.pending.altered)
    return;
  for (const auto& old : with.plan_of(logic::overlaid(with.secrets, with.pending.before)).services)
    for (auto& mine : setup.plan.services)
      if (mine.spec.name == old.spec.name)
        mine.spec = old.spec;
}

// Nothing: it may begin.
std::optional<topology::failure> environment_state_data::refuses_rotation(const operator_command& what) const {
  const auto& with = setup_.rotation;
  if (!with.plan_of || !setup_.store)
    return not_now("this engine cannot change secrets", "use another one");
  for (const auto& title : what.secrets) {
    if (contains(with.user_provided, title))
      return topology::failure{"ERR_CLI_001", title + " is provided by you: no other value can be made for it",
                               "write the new value into the secrets file, then restart what uses it"};
    if (!contains(with.generated, title)) {
      std::string list;
      for (const auto& each : with.generated)
        list += " " + each;
      return topology::failure{"ERR_CLI_001", "no secret here is called " + title, "choose from:" + list};
    }
  }
  if (!with.pending.names.empty())
    return std::nullopt; // it goes on where it stood, also to heal what it has left
  if (judge() != logic::environment_state::ready) {
    const auto lacking = logic::not_ready(setup_.plan, wished_views(), cluster_views_, route_views_);
    return not_now("secrets are changed while everything is ready" + (lacking.empty() ? "" : ": " + lacking.front()),
                   "run: paws-engine start");
  }
  auto names = names_of(what, setup_.rotation);
  logic::rotation_record pretended;
  pretended.names = names;
  for (const auto& title : names)
    pretended.after[title] = with.secrets.at(title) + "x";
  const auto after = with.plan_of(logic::overlaid(with.secrets, pretended.after));
  const auto before = with.plan_of(with.secrets);
  if (const auto missing = logic::missing_clusters({before, after, pretended, to_run(wishes_)}); !missing.empty())
    return not_now(missing.front() + " does not run, and keeps its passwords in its data",
                   "run: paws-engine start --service " + missing.front());
  return std::nullopt;
}

void environment_state_data::begin_rotation(const operator_command& what) {
  doing_ = activity::rotating;
  if (!setup_.rotation.pending.names.empty())
    return launch_rotator(false);
  auto names = names_of(what, setup_.rotation);
  if (names.empty()) {
    doing_ = activity::idle;
    command_outcome nothing;
    nothing.already = true;
    return finish(std::move(nothing));
  }
  self_->request(setup_.store, caf::infinite, rotate_atom_v, std::move(names))
      .then(
          [this](const logic::rotation_record& record) {
            setup_.rotation.pending = record;
            if (doing_ == activity::rotating) // else it waits for the next start
              launch_rotator(false);
          },
          [this](const caf::error& why) {
            if (doing_ != activity::rotating)
              return;
            command_outcome failed;
            failed.what = to_failure(why);
            failed.code = topology::find_error(failed.what.code).exits_with;
            doing_ = activity::idle;
            finish(std::move(failed));
          });
}

void environment_state_data::launch_rotator(bool patient) {
  const auto& with = setup_.rotation;
  const auto before = with.plan_of(logic::overlaid(with.secrets, with.pending.before));
  const auto after = with.plan_of(logic::overlaid(with.secrets, with.pending.after));
  const logic::rotation_input in{before, after, with.pending, to_run(wishes_)};
  rotator_setup setup;
  setup.record = with.pending;
  setup.steps = logic::rotation_steps(in);
  setup.complete = logic::missing_clusters(in).empty();
  setup.around = setup_.around;
  setup.around.trace_id = current_.trace_id;
  setup.store = setup_.store;
  setup.environment = environment_actor{self_};
  setup.patient = patient;
  rotation_complete_ = setup.complete;
  rotator_ = self_->spawn<caf::monitored>(rotator, std::move(setup));
}

// What has been done stays as it is, and so does the record.
void environment_state_data::end_rotator() {
  if (!rotator_)
    return;
  self_->demonitor(rotator_.address());
  self_->send_exit(rotator_, caf::exit_reason::user_shutdown);
  rotator_ = rotator_actor{};
}

void environment_state_data::renew() {
  auto& with = setup_.rotation;
  with.secrets = logic::overlaid(with.secrets, with.pending.after);
  const auto after = with.plan_of(with.secrets);
  for (const auto& cluster : after.clusters) {
    for (auto& mine : setup_.plan.clusters)
      if (mine.context.cluster.name == cluster.context.cluster.name)
        mine.context.secrets = cluster.context.secrets;
    if (const auto at = clusters_.find(cluster.context.cluster.name); at != clusters_.end())
      self_->send(at->second, renewal{{}, {}, cluster.context.secrets});
  }
  for (const auto& service : after.services) {
    for (auto& mine : setup_.plan.services)
      if (mine.spec.name == service.spec.name)
        mine = service;
    if (const auto at = services_.find(service.spec.name); at != services_.end())
      self_->send(at->second, renewal{service.spec, service.asks, {}});
  }
  for (const auto& route : after.routes)
    if (const auto at = routes_.find(route.route.name); at != routes_.end())
      self_->send(at->second, renewal{{}, route.asks, {}});
}

caf::result<command_outcome> environment_state_data::restart_for_rotation(const std::string& service) {
  auto promise = self_->make_response_promise<command_outcome>();
  operator_command what;
  what.name = "restart";
  what.services = {service};
  what.trace_id = current_.trace_id;
  begin_job(what, promise);
  return promise;
}

void environment_state_data::hear_rotated(const command_outcome& outcome) {
  if (hear_recovered(*this, outcome))
    return;
  if (!rotator_ || caf::actor_cast<caf::actor_addr>(self_->current_sender()) != rotator_.address())
    return; // of one that was ended
  end_rotator();
  if (outcome.what.code.empty() && rotation_complete_)
    setup_.rotation.pending = {};
  if (doing_ == activity::rotating) {
    doing_ = activity::idle;
    finish(outcome);
    return evaluate();
  }
  if (!outcome.what.code.empty() && doing_ == activity::starting)
    return start_failed(outcome.code, outcome.what, outcome.culprit);
  evaluate();
}

} // namespace paws
