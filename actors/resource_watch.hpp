// The resource watch looks now and then at what members use, and says when a limit or the disk nears.
#pragma once

#include "actors/resource_judge.hpp"
#include "actors/surroundings.hpp"

#include <set>
#include <string>
#include <vector>

namespace paws {

struct watch_state {
  void init(resource_watch_actor::stateful_pointer<watch_state> self, std::vector<std::string> services,
            surroundings around);
  /// The last report when it is younger than `fresh`, else what a look finds. Looks of one moment are one.
  caf::result<resource_report> report(std::chrono::seconds fresh);
  /// One of the watch's own, in its pace.
  void own_look();
  void look();
  void looked();

  resource_watch_actor::stateful_pointer<watch_state> self_ = nullptr;
  std::vector<std::string> services_;
  surroundings around_;
  resource_judge judge_;
  resource_report last_;
  logic::steady_time looked_at_{}; // the clock's beginning: not yet

  // The look that is under way.
  resource_report seen_;
  std::set<std::string> unheard_; // did not answer in time: their row is the last one
  std::size_t awaited_ = 0;       // answers; 0 = no look is under way
  bool own_ = false;
  std::vector<caf::typed_response_promise<resource_report>> asking_;

  static constexpr const char* name = "resource_watch";
};

resource_watch_actor::behavior_type resource_watch(resource_watch_actor::stateful_pointer<watch_state> self,
                                                   std::vector<std::string> services, surroundings around);

} // namespace paws
