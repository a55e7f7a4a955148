// A recovery carries out one thing that an operator has asked of a cluster: it asks what the cluster's kind says comes
// next, watches what becomes of it, and tells the environment its outcome. It ends when that ends it.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/recovery_kit.hpp"

#include <string>

namespace paws {

struct recovery_setup {
  logic::recovery_request request;
  const logic::recovery_kit* kit = nullptr;
  logic::cluster_context context;
  logic::cluster_view view;        // of the cluster, as it is now
  logic::route_view route;         // that follows its leader; name "" = none
  logic::milliseconds patience{0}; // until it has failed
  surroundings around;
  environment_actor environment;
};

using recovery_pointer = recovery_actor::stateful_pointer<struct recovery_state>;

struct recovery_state {
  void init(recovery_pointer self, recovery_setup setup);
  /// Asks the kind what comes next, unless an answer is awaited.
  void go_on();
  void ask(const logic::ask& question, const std::string& text);
  void answered(const logic::ask& question, const logic::answer& got);
  void hear_cluster(const cluster_report& report);
  void hear_route(const logic::route_view& view);
  void hear_tick(std::uint64_t tick);
  void end(command_outcome outcome);

  recovery_pointer self_ = nullptr;
  recovery_setup setup_;
  logic::recovery_sight seen_;
  std::string awaited_; // what it waits for, in plain words
  std::int64_t begun_us_ = 0;
  std::uint64_t tick_ = 0; // of the next question that has to wait
  bool asking_ = false, over_ = false;

  static constexpr const char* name = "recovery";
};

recovery_actor::behavior_type recovery(recovery_pointer self, recovery_setup setup);

} // namespace paws
