// The resource watch looks now and then at what members use, and says when a limit or the disk nears.
#pragma once

#include "actors/surroundings.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws {

struct watch_state {
  void init(resource_watch_actor::stateful_pointer<watch_state> self, std::vector<std::string> services,
            surroundings around);
  caf::result<resource_report> look();
  void judge(resource_report& report);
  /// Tells the journal when `percent` crosses a threshold upwards, and when all is well again.
  void note(const std::string& resource, double percent, const std::string& sentence, resource_report& report);

  resource_watch_actor::stateful_pointer<watch_state> self_ = nullptr;
  std::vector<std::string> services_;
  surroundings around_;
  resource_report last_;
  logic::steady_time looked_at_{};
  std::map<std::string, int> told_; // resource -> threshold that was told

  static constexpr const char* name = "resource_watch";
};

resource_watch_actor::behavior_type resource_watch(resource_watch_actor::stateful_pointer<watch_state> self,
                                                   std::vector<std::string> services, surroundings around);

} // namespace paws
