#include "actors/rotator.hpp"

#include "messages/error.hpp"
#include "messages/limits.hpp"

#include <algorithm>

namespace paws {

using logic::rotation_work;

namespace {

// On top of a question's own timeout: the asker answers by then, or it is dead.
constexpr std::chrono::seconds rotation_grace{2};
constexpr std::chrono::seconds health_patience{20}; // the environment itself answers within 15 s

} // namespace

void rotator_state::init(rotator_pointer self, rotator_setup setup) {
  self_ = self;
  setup_ = std::move(setup);
  begun_us_ = now_us(self_, setup_.around);
  run_.emplace(std::move(setup_.steps), setup_.patient ? logic::milliseconds{0} : logic::rotation_patience,
               self_->clock().now());
  self_->set_down_handler([this](const caf::down_msg&) { self_->quit(); }); // nobody is left to be told
  self_->monitor(setup_.environment);
  go_on();
}

void rotator_state::go_on() {
  if (over_)
    return;
  const auto now = self_->clock().now();
  if (run_->over())
    return forget_record();
  if (auto why = run_->stands_still(now)) {
    command_outcome out;
    out.code = topology::exit_code::unhealthy;
    out.what = std::move(*why);
    return end(std::move(out));
  }
  for (const auto& each : run_->due(now))
    carry_out(each);
  self_->delayed_send(self_, run_->wake_at(now) - now, tick_atom_v, ++tick_);
}

void rotator_state::hear_tick(std::uint64_t tick) {
  if (tick == tick_)
    go_on();
}

void rotator_state::carry_out(logic::rotation_run::order what) {
  const auto& step = run_->step(what.step);
  switch (step.work) {
  case rotation_work::ask:
    return ask(what.step, step.tries.at(what.attempt));
  case rotation_work::files:
    return write_files(what.step);
  case rotation_work::publish:
    return publish(what.step);
  case rotation_work::note:
    setup_.record.altered = true;
    return save_record(what.step);
  case rotation_work::renew:
    return renew(what.step);
  case rotation_work::restart:
    return restart(what.step);
  case rotation_work::health:
    return check_health(what.step);
  }
}

void rotator_state::ask(std::size_t step, const logic::ask& question) {
  self_->request(setup_.around.asker, question.timeout + rotation_grace, question)
      .then(
          [this, step, question](const logic::answer& got) {
            if (logic::succeeded(question, got, run_->step(step).fine))
              succeeded(step);
            else
              failed(step, logic::why_not(question, got));
          },
          [this, step](const caf::error& why) { failed(step, why); });
}

void rotator_state::write_files(std::size_t step) {
  self_->request(setup_.around.runtime, runtime_patience, files_atom_v, run_->step(step).spec)
      .then([this, step](const container_info&) { succeeded(step); },
            [this, step](const caf::error& why) { failed(step, why); });
}

void rotator_state::publish(std::size_t step) {
  self_->request(setup_.store, caf::infinite, publish_atom_v, setup_.record)
      .then([this, step] { succeeded(step); }, [this, step](const caf::error& why) { failed(step, why); });
}

void rotator_state::renew(std::size_t step) {
  self_->request(setup_.environment, caf::infinite, renew_atom_v)
      .then([this, step] { succeeded(step); }, [this, step](const caf::error& why) { failed(step, why); });
}

void rotator_state::restart(std::size_t step) {
  const auto title = run_->step(step).where;
  self_->request(setup_.environment, caf::infinite, restart_atom_v, title)
      .then(
          [this, step, title](const command_outcome& got) {
            if (!got.what.code.empty())
              return end(got);
            setup_.record.restarted.push_back(title);
            save_record(step);
          },
          [this, step](const caf::error& why) { failed(step, why); });
}

void rotator_state::save_record(std::size_t step) {
  self_->request(setup_.store, caf::infinite, save_atom_v, setup_.record)
      .then([this, step] { succeeded(step); }, [this, step](const caf::error& why) { failed(step, why); });
}

void rotator_state::check_health(std::size_t step) {
  self_->request(setup_.environment, health_patience, health_atom_v, line_list{})
      .then(
          [this, step](const logic::health_report& report) {
            if (report.status == "healthy")
              return succeeded(step);
            std::string why = report.status;
            for (const auto& component : report.components)
              if (component.status != logic::component_status::healthy)
                why += ", " + component.name + ": " + component.summary;
            failed(step, why);
          },
          [this, step](const caf::error& why) { failed(step, why); });
}

void rotator_state::succeeded(std::size_t step) {
  if (over_)
    return;
  const auto& what = run_->step(step);
  ++told_;
  tell(self_, setup_.around, logic::event_kinds::secrets_step, what.secrets, what.text,
       {{"stage", std::string{to_string(what.stage)}},
        {"where", what.where},
        {"step", std::to_string(std::min(told_, run_->size()))},
        {"steps", std::to_string(run_->size())}});
  run_->done(step, self_->clock().now());
  go_on();
}

void rotator_state::failed(std::size_t step, std::string why) {
  if (over_)
    return;
  run_->failed(step, std::move(why), self_->clock().now());
  go_on();
}

void rotator_state::failed(std::size_t step, const caf::error& why) {
  failed(step, to_failure(why).message);
}

void rotator_state::forget_record() {
  over_ = true;
  auto finish = [this] {
    command_outcome out;
    out.rotated = setup_.record.names;
    out.duration_ms = (now_us(self_, setup_.around) - begun_us_) / 1000;
    end(std::move(out));
  };
  if (!setup_.complete)
    return finish();
  self_->request(setup_.store, caf::infinite, remove_atom_v, rotate_atom_v).then(finish, [this](const caf::error& why) {
    command_outcome out;
    out.code = topology::exit_code::general;
    out.what = to_failure(why);
    end(std::move(out));
  });
}

// Whoever hears of it ends this actor: its end alone would be taken for a defect.
void rotator_state::end(command_outcome outcome) {
  over_ = true;
  outcome.name = "rotate";
  self_->send(setup_.environment, std::move(outcome));
}

rotator_actor::behavior_type rotator(rotator_pointer self, rotator_setup setup) {
  self->state.init(self, std::move(setup));
  return {
      [self](tick_atom, std::uint64_t tick) { self->state.hear_tick(tick); },
      [self](actors_atom) { return own_row(self, "rotator", "rotator"); },
  };
}

} // namespace paws
