// Manual recovery without I/O: a cluster kind says, from all that is known by now, what comes next. The actor that
// carries it out knows neither Patroni nor etcd.
#pragma once

#include "logic/cluster_view.hpp"
#include "logic/recovery_report.hpp"
#include "topology/failure.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws::logic {

/// What an operator asks for: `switchover` or `failover` (target: the candidate, "" = the kind's choice), `reinit`
/// (target: the member), `defragment` (no target).
struct recovery_request {
  std::string verb, target;
  bool force = false; // failover: the engine's own checks of the candidate are left out
};

/// All that is known when the next move is decided.
struct recovery_sight {
  cluster_context context;
  cluster_view before, now;              // the cluster when it began, and as it is
  bool has_route = false;                // a route of the topology follows its leader
  std::string route_target;              // where that leads now; "" = nowhere
  std::map<std::string, answer> answers; // the last one to each question, by ask::name

  /// nullptr when `question` was not answered yet.
  const answer* find(const std::string& question) const {
    const auto at = answers.find(question);
    return at == answers.end() ? nullptr : &at->second;
  }
};

/// What comes next. Made by the functions below.
struct recovery_move {
  enum class kind : std::uint8_t { ask, await, done, refuse };
  kind what = kind::done;
  ask question;           // ask
  milliseconds after{0};  // ask: not before this has passed; anything that changes meanwhile is looked at first
  std::string text;       // ask: what it is for, for the journal, "" = not worth telling; await: what is awaited
  topology::failure why;  // refuse: nothing more is done
  recovery_report report; // done
  std::vector<std::string> notes; // done
};

inline recovery_move ask_next(ask question, std::string text, milliseconds after = milliseconds{0}) {
  recovery_move out;
  out.what = recovery_move::kind::ask;
  out.question = std::move(question);
  out.text = std::move(text);
  out.after = after;
  return out;
}
inline recovery_move await_change(std::string what) {
  recovery_move out;
  out.what = recovery_move::kind::await;
  out.text = std::move(what);
  return out;
}
inline recovery_move give_up(topology::failure why) {
  recovery_move out;
  out.what = recovery_move::kind::refuse;
  out.why = std::move(why);
  return out;
}
inline recovery_move finished(recovery_report report, std::vector<std::string> notes = {}) {
  recovery_move out;
  out.report = std::move(report);
  out.notes = std::move(notes);
  return out;
}

/// What a cluster kind can do by hand. All pure.
struct recovery_kit {
  std::vector<std::string_view> verbs; // of recovery_request
  recovery_move (*next)(const recovery_request& request, const recovery_sight& seen) = nullptr;
  /// "" when the data of `member` may be destroyed while the cluster is as `view` says; else why not. May be nullptr:
  /// then no member of its own is reinitialised.
  topology::failure (*keeps_data)(const cluster_context& context, const cluster_view& view,
                                  const std::string& member) = nullptr;
  /// A whole cluster is begun anew: what is asked, once its own data is gone and before it is started, of the first
  /// that answers of these; none: nothing. `store`: where it keeps its keys; nullptr = nowhere. May be nullptr.
  std::vector<ask> (*forget)(const cluster_context& context, const cluster_context* store) = nullptr;
};

} // namespace paws::logic
