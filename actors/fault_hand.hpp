// How a fault is injected through the runtime, and how it is taken back: for the drill that wants it, and for the
// engine that finds it open.
#pragma once

#include "logic/drill_kit.hpp"
#include "logic/service_plan.hpp"
#include "messages/all.hpp"
#include "messages/limits.hpp"

namespace paws {

/// The command by which `kind`'s postmaster gets `word`; empty when there is none.
inline line_list signal_command(const logic::cluster_plan& of, const std::string& member, const std::string& word) {
  const auto* kit = of.kind->drills;
  return kit == nullptr || kit->signal == nullptr ? line_list{} : kit->signal(of.context, member, word);
}

/// Calls then("") when the fault is there, then(why) when it is not. `signal`: the command for postmaster faults.
template <class Self, class Then>
void inject(Self* self, const runtime_actor& runtime, const logic::injected_fault& what, const line_list& signal,
            Then then) {
  using enum logic::fault_kind;
  const auto done = [then](const container_info&) mutable { then(std::string{}); };
  const auto failed = [then](const caf::error& why) mutable { then(topology::to_string(to_failure(why))); };
  const auto ran = [then](const exec_result& got) mutable {
    then(got.exit_code == 0 ? std::string{} : "the signal could not be sent: " + got.output);
  };
  switch (what.kind) {
  case kill:
    self->request(runtime, runtime_patience, kill_atom_v, what.member).then(done, failed);
    return;
  case stop:
    self->request(runtime, runtime_patience, stop_atom_v, what.member).then(done, failed);
    return;
  case pause:
    self->request(runtime, runtime_patience, pause_atom_v, what.member).then(done, failed);
    return;
  case postmaster_kill:
  case postmaster_freeze:
    self->request(runtime, runtime_patience, exec_atom_v, what.member, signal).then(ran, failed);
    return;
  case partition:
    self->request(runtime, runtime_patience, cut_atom_v, what.member, what.peers).then(done, failed);
    return;
  }
}

/// Calls then("") when what was done is not so any more, then(why) when that cannot be said. What was killed or stopped
/// is taken back by its service, which starts it; here there is nothing to do for it.
template <class Self, class Then>
void take_back(Self* self, const runtime_actor& runtime, const logic::injected_fault& what, const line_list& signal,
               Then then) {
  using enum logic::fault_kind;
  const auto done = [then](const container_info&) mutable { then(std::string{}); };
  const auto failed = [then](const caf::error& why) mutable { then(topology::to_string(to_failure(why))); };
  // Who is gone meanwhile has nothing of the fault left in him.
  const auto if_alive = [self, runtime, what, then, failed](auto go) {
    self->request(runtime, runtime_patience, inspect_atom_v, what.member)
        .then([go, then](const container_info& info) mutable { lives(info) ? go(info) : then(std::string{}); }, failed);
  };
  switch (what.kind) {
  case kill:
  case stop:
  case postmaster_kill:
    return then(std::string{});
  case pause:
    return if_alive([self, runtime, what, done, failed, then](const container_info& info) mutable {
      if (info.status == container_status::running)
        return then(std::string{});
      self->request(runtime, runtime_patience, unpause_atom_v, what.member).then(done, failed);
    });
  case postmaster_freeze:
    return if_alive([self, runtime, what, signal, then, failed](const container_info&) mutable {
      // One that was replaced meanwhile does not stand still: there is no failure that would tell anything.
      self->request(runtime, runtime_patience, exec_atom_v, what.member, signal)
          .then([then](const exec_result&) mutable { then(std::string{}); }, failed);
    });
  case partition:
    return if_alive([self, runtime, what, done, failed](const container_info&) {
      self->request(runtime, runtime_patience, heal_atom_v, what.member).then(done, failed);
    });
  }
}

} // namespace paws
