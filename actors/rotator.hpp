// A rotator carries out one change of secrets: it asks, writes files and has services restarted as the steps say, and
// tells what it has done. Whoever dies over it leaves the record, and the steps can be done again.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/rotation_plan.hpp"
#include "logic/rotation_run.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws {

struct rotator_setup {
  logic::rotation_record record;
  std::vector<logic::rotation_step> steps;
  surroundings around;
  store_actor store;
  environment_actor environment;
  bool patient = false; // never stands still: the start that it belongs to has a limit of its own
  bool complete = true; // the record may go when all steps are done
};

using rotator_pointer = rotator_actor::stateful_pointer<struct rotator_state>;

struct rotator_state {
  void init(rotator_pointer self, rotator_setup setup);
  void go_on();
  void carry_out(logic::rotation_run::order what);
  void ask(std::size_t step, const logic::ask& question);
  void write_files(std::size_t step);
  void publish(std::size_t step);
  void renew(std::size_t step);
  void restart(std::size_t step);
  void save_record(std::size_t step);
  void check_health(std::size_t step);
  void succeeded(std::size_t step);
  void failed(std::size_t step, std::string why);
  void failed(std::size_t step, const caf::error& why);
  void forget_record();
  void end(command_outcome outcome);
  void hear_tick(std::uint64_t tick);

  rotator_pointer self_ = nullptr;
  rotator_setup setup_;
  std::optional<logic::rotation_run> run_;
  std::size_t told_ = 0; // steps
  std::int64_t begun_us_ = 0;
  std::uint64_t tick_ = 0;
  bool over_ = false;

  static constexpr const char* name = "rotator";
};

rotator_actor::behavior_type rotator(rotator_pointer self, rotator_setup setup);

} // namespace paws
