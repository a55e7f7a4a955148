// Three Redis nodes and three Sentinels in words: what each was last seen to say, as a table of observations.
#pragma once

#include "clusters/redis_sentinel_render.hpp"
#include "clusters/redis_sentinel_view.hpp"

#include <string>
#include <vector>

namespace paws::testing {

struct redis_world {
  logic::cluster_context context;
  logic::observation_table seen;

  redis_world();

  static std::string node(int i) { return "redis" + std::to_string(i); }
  static std::string sentinel(int i) { return "redis-sentinel" + std::to_string(i); }
  std::string address(const std::string& member) const { return clusters::redis::address_of(context, member); }

  /// The member runs and answered with these facts.
  void put(const std::string& member, std::string_view ask, logic::facts known);
  /// The member runs, was asked, and did not answer.
  void silent(const std::string& member);
  /// The runtime says that it runs; it has not been asked yet.
  void unheard(const std::string& member) { context.running.insert(member); }

  void master(int i, const std::vector<int>& replicas, bool keys = true);
  void replica(int i, const std::string& of, bool keys = true, bool link_up = true);
  void names(int i, const std::string& master, bool down = false, bool failing_over = false, int epoch = 0);
  /// Node `i` had something in its directory.
  void has_data(int i, bool yes = true) { context.has_data[node(i)] = yes; }
  /// redis`i` is master of the two others, and all Sentinels name it.
  void well(int i);

  logic::start_advice advise(const std::string& member) const { return clusters::redis::advise(context, seen, member); }
  logic::cluster_view judge() const { return clusters::redis::judge(context, seen, {}); }
  /// "master", "replica of redis2", "watch redis1", or "hold: why", as the advised (or rendered) file says.
  std::string in_words(const std::string& member) const;
};

} // namespace paws::testing
