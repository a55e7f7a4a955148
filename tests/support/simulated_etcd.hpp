// A simulated etcd: members that elect a leader while a majority reaches each other, keys below one prefix with their
// revisions, and one lease that ends when nobody renews it. Answers in the form of its JSON gateway.
#pragma once

#include "tests/support/simulated_ground.hpp"

#include <map>

namespace paws::testing {

class sim_etcd {
public:
  sim_etcd(std::vector<std::string> members, std::string prefix);

  void step(sim_ground& ground);
  /// A client at `who` ("" = outside) can read and write.
  bool serves(const sim_ground& ground, const std::string& who) const;
  const std::string& leader() const { return leader_; }
  bool all_well(const sim_ground& ground) const;
  bool agrees(const sim_ground& ground, const std::string& member) const;

  std::string get(const std::string& key) const;
  bool has(const std::string& key) const { return keys_.contains(key); }
  void put(const std::string& key, const std::string& value, std::int64_t lease = 0);
  void erase(const std::string& key);
  /// The leader's key, with a lease of its own from now on.
  void take(sim_ground& ground, const std::string& who, milliseconds ttl);
  void renew(const sim_ground& ground, milliseconds ttl);
  void release(sim_ground& ground);
  /// How often the leader's key was deleted: whoever watches it wakes.
  std::uint64_t deletions() const { return deletions_; }

  void answer(sim_ground& ground, const logic::ask& asked, const sim_reply& reply);

private:
  struct value {
    std::string text;
    std::int64_t revision = 0, lease = 0;
  };
  struct change {
    std::int64_t revision = 0;
    std::string json;
  };
  struct watch {
    std::string member, life;
    std::int64_t from = 0;
    steady_time deadline{};
    sim_reply reply;
  };

  std::size_t reached(const sim_ground& ground, const std::string& from) const;
  bool connected(const sim_ground& ground, const std::string& member) const;
  void elect(sim_ground& ground);
  void tell_watches(sim_ground& ground);
  std::string kv_json(const std::string& key, const value& what) const;
  std::string header() const { return R"({"revision":")" + std::to_string(revision_) + R"("})"; }
  std::string range(bool all) const;
  std::string time_to_live(const sim_ground& ground, std::int64_t id) const;

  std::vector<std::string> members_;
  std::string prefix_;
  std::map<std::string, value> keys_;
  std::vector<change> history_;
  std::vector<watch> watches_;
  std::string leader_;
  steady_time election_{}; // when the next one is, while there is no leader
  bool electing_ = false;
  std::int64_t revision_ = 1, lease_ = 0, last_lease_ = 1000;
  std::uint64_t term_ = 1, deletions_ = 0;
  milliseconds ttl_{};
  steady_time lease_ends_{};
};

} // namespace paws::testing
