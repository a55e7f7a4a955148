// What simulated daemons stand on: who runs and who reaches whom, as the fake runtime has it, the time, and chance.
#pragma once

#include "logic/ask.hpp"
#include "logic/log_query.hpp"
#include "runtimes/fake/fake_runtime.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace paws::testing {

using logic::milliseconds;
using logic::steady_time;

/// Gives an answer to whoever asked. False: it was lost on its way, and nobody heard it.
using sim_reply = std::function<bool(logic::answer)>;

/// A row that was written: in which order of all, by which run of a drill, with which id (0: the run's table itself).
struct sim_row {
  std::uint64_t stamp = 0;
  std::uint32_t run = 0; // sim_ground::run
  std::int64_t id = 0;
};

/// Something that really happened, for comparison with what was seen of it.
struct sim_moment {
  steady_time at{};
  std::string what, who; // "deleted" "taken" "promoted" "+odown" "+elected-leader" "+switch-master"
};

inline logic::answer sim_failure(std::string why, bool sent, std::string sqlstate = "") {
  logic::answer out;
  out.error = std::move(why);
  out.sent = sent;
  out.sqlstate = std::move(sqlstate);
  return out;
}

inline logic::answer sim_rows(std::vector<std::vector<std::string>> rows) {
  logic::answer out;
  out.ok = out.sent = true;
  out.rows = std::move(rows);
  return out;
}

struct sim_ground {
  std::shared_ptr<fake::world> world;
  std::mt19937_64 random;
  steady_time now{};
  std::vector<sim_moment> moments;
  std::vector<std::string> runs;
  std::vector<std::pair<steady_time, std::function<void()>>> later;

  /// Of the member's container: running, and not standing still.
  bool up(const std::string& member) const { return world->runs(member); }
  /// "" while it does not run.
  std::string life(const std::string& member) const {
    const auto at = world->containers.find(member);
    return at == world->containers.end() || !lives(at->second) ? "" : at->second.id;
  }
  /// It ended because it was asked to.
  bool ended_in_order(const std::string& member) const {
    const auto at = world->containers.find(member);
    return at != world->containers.end() && at->second.exit_signal == 0;
  }
  /// Nothing passes between them. "" = somebody outside.
  bool cut(const std::string& a, const std::string& b) const { return is_cut(a, b) || is_cut(b, a); }
  bool reach(const std::string& a, const std::string& b) const {
    return (a.empty() || up(a)) && up(b) && (a == b || !cut(a, b));
  }
  milliseconds span(std::int64_t least_ms, std::int64_t most_ms) {
    return milliseconds{std::uniform_int_distribution<std::int64_t>{least_ms, most_ms}(random)};
  }
  /// A number for the run of that name.
  std::uint32_t run(const std::string& title) {
    const auto at = std::find(runs.begin(), runs.end(), title);
    const auto out = static_cast<std::uint32_t>(at - runs.begin());
    if (at == runs.end())
      runs.push_back(title);
    return out;
  }
  void note(const char* what, const std::string& who) { moments.push_back({now, what, who}); }
  /// A question that nobody answers.
  void hang(const logic::ask& asked, const sim_reply& reply) {
    later.emplace_back(now + asked.timeout, [reply] { reply(sim_failure("timed out", true)); });
  }

private:
  bool is_cut(const std::string& member, const std::string& from) const {
    const auto at = world->cuts.find(member);
    if (at == world->cuts.end())
      return false;
    return at->second.empty() || std::find(at->second.begin(), at->second.end(), from) != at->second.end();
  }
};

} // namespace paws::testing
