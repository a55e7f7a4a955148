// What the figures of the resource watch mean: what is near its limit, what its limit holds back or has killed. No
// actor, no clock of its own.
#pragma once

#include "logic/time_base.hpp"
#include "messages/resources.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace paws {

/// Something that the journal is to be told.
struct resource_news {
  std::string_view kind; // one of event_kinds
  std::string subject;
  std::string text;
  std::map<std::string, std::string> fields;
};

class resource_judge {
public:
  /// Completes `report`: processors used, warnings. Answers what is new. `own_look`: one of the watch's own, in its
  /// pace; what is measured over time is measured from the last of those, however often somebody else asks. `unheard`:
  /// services whose row is an old one.
  std::vector<resource_news> judge(resource_report& report, logic::steady_time now, bool own_look,
                                   const std::set<std::string>& unheard);

private:
  // From where a service is measured.
  struct baseline {
    logic::steady_time at{}; // of cpu_usec
    std::uint64_t cpu_usec = 0;
    std::uint64_t periods = 0, throttled_periods = 0;
    std::uint64_t oom_kills = 0; // told so far
    logic::steady_time killed_at{};
  };
  struct warning {
    int level = 0; // the threshold that was told
    std::string service, sentence;
  };
  struct finding {
    std::string resource, service;
    double percent = 0;  // to be shown
    double pressure = 0; // what the thresholds are held against
    std::string sentence, remedy;
  };

  void judge_service(resource_row& row, logic::steady_time now, bool own_look);
  void judge_memory(const resource_row& row, baseline& from, logic::steady_time now);
  void judge_processors(resource_row& row, baseline& from, logic::steady_time now, bool own_look);
  void judge_throttling(const resource_row& row, baseline& from, bool own_look);
  void judge_host(const host_stats& host);
  void note(const finding& what);
  void forget(const std::string& service);

  std::map<std::string, baseline> known_; // by service that runs
  std::map<std::string, warning> warned_; // by resource: what holds now
  std::vector<resource_news> news_;       // of one judgement
};

} // namespace paws
