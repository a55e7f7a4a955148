#include "tests/support/simulated_etcd.hpp"

#include "clusters/base64.hpp"

#include <algorithm>

namespace paws::testing {

namespace {

constexpr const char* leader_key = "leader";

// The number that follows `key` in a body of our own making.
std::int64_t number_in(const std::string& body, const std::string& key) {
  const auto at = body.find("\"" + key + "\":\"");
  return at == std::string::npos ? 0 : std::stoll(body.substr(at + key.size() + 4));
}

std::string id_of(std::size_t index) {
  return std::to_string(9'000'000'000'000'000'001 + index);
}

logic::answer http(std::string text) {
  logic::answer out;
  out.ok = out.sent = true;
  out.status = 200;
  out.text = std::move(text);
  return out;
}

} // namespace

sim_etcd::sim_etcd(std::vector<std::string> members, std::string prefix)
    : members_{std::move(members)}, prefix_{std::move(prefix)} {
  put("config", R"({"synchronous_mode":true})");
}

// -- who is there ------------------------------------------------------------------------------------------------

std::size_t sim_etcd::reached(const sim_ground& ground, const std::string& from) const {
  return static_cast<std::size_t>(
      std::count_if(members_.begin(), members_.end(), [&](const auto& member) { return ground.reach(from, member); }));
}

bool sim_etcd::connected(const sim_ground& ground, const std::string& member) const {
  return !electing_ && !leader_.empty() && ground.reach(member, leader_);
}

bool sim_etcd::serves(const sim_ground& ground, const std::string& who) const {
  return std::any_of(members_.begin(), members_.end(),
                     [&](const auto& member) { return ground.reach(who, member) && connected(ground, member); });
}

bool sim_etcd::agrees(const sim_ground& ground, const std::string& member) const {
  return ground.reach("", member) && connected(ground, member);
}

bool sim_etcd::all_well(const sim_ground& ground) const {
  return std::all_of(members_.begin(), members_.end(), [&](const auto& member) { return agrees(ground, member); });
}

void sim_etcd::elect(sim_ground& ground) {
  const auto majority = members_.size() / 2 + 1;
  if (!leader_.empty() && ground.up(leader_) && reached(ground, leader_) >= majority) {
    electing_ = false;
    return;
  }
  if (!electing_) {
    electing_ = true;
    election_ = ground.now + (leader_.empty() ? milliseconds{0} : ground.span(1000, 2000));
  }
  if (ground.now < election_)
    return;
  for (const auto& candidate : members_)
    if (ground.up(candidate) && reached(ground, candidate) >= majority) {
      leader_ = candidate;
      electing_ = false;
      ++term_;
      lease_ends_ = std::max(lease_ends_, ground.now + ttl_); // who leads anew gives every lease its whole time
      return;
    }
}

void sim_etcd::step(sim_ground& ground) {
  elect(ground);
  if (!electing_ && lease_ != 0 && has(leader_key) && ground.now >= lease_ends_) {
    erase(leader_key);
    ground.note("deleted", "");
    lease_ = 0;
  }
  tell_watches(ground);
}

// -- keys --------------------------------------------------------------------------------------------------------

std::string sim_etcd::get(const std::string& key) const {
  const auto at = keys_.find(key);
  return at == keys_.end() ? "" : at->second.text;
}

std::string sim_etcd::kv_json(const std::string& key, const value& what) const {
  return R"({"key":")" + clusters::base64(prefix_ + key) + R"(","mod_revision":")" + std::to_string(what.revision) +
         R"(","value":")" + clusters::base64(what.text) + '"' +
         (what.lease == 0 ? "" : R"(,"lease":")" + std::to_string(what.lease) + '"') + "}";
}

void sim_etcd::put(const std::string& key, const std::string& text, std::int64_t lease) {
  auto& at = keys_[key];
  at = {text, ++revision_, lease};
  history_.push_back({revision_, R"({"kv":)" + kv_json(key, at) + "}"});
}

void sim_etcd::erase(const std::string& key) {
  if (keys_.erase(key) == 0)
    return;
  ++revision_;
  history_.push_back({revision_, R"({"type":"DELETE","kv":{"key":")" + clusters::base64(prefix_ + key) +
                                     R"(","mod_revision":")" + std::to_string(revision_) + R"("}})"});
  if (key == leader_key)
    ++deletions_;
}

void sim_etcd::take(sim_ground& ground, const std::string& who, milliseconds ttl) {
  ttl_ = ttl;
  lease_ = ++last_lease_;
  lease_ends_ = ground.now + ttl;
  put(leader_key, who, lease_);
  ground.note("taken", who);
}

void sim_etcd::renew(const sim_ground& ground, milliseconds ttl) {
  lease_ends_ = std::max(lease_ends_, ground.now + ttl);
}

void sim_etcd::release(sim_ground& ground) {
  if (!has(leader_key))
    return;
  erase(leader_key);
  lease_ = 0;
  ground.note("deleted", "");
}

// -- answers -----------------------------------------------------------------------------------------------------

std::string sim_etcd::range(bool all) const {
  std::string list;
  for (const auto& [key, what] : keys_)
    if (all || key == leader_key)
      list += (list.empty() ? "" : ",") + kv_json(key, what);
  return R"({"header":)" + header() + (list.empty() ? "" : R"(,"kvs":[)" + list + "]") + "}";
}

std::string sim_etcd::time_to_live(const sim_ground& ground, std::int64_t id) const {
  if (id != lease_)
    return R"({"header":)" + header() + R"(,"ID":")" + std::to_string(id) + R"(","TTL":"-1"})";
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(lease_ends_ - ground.now).count();
  return R"({"header":)" + header() + R"(,"ID":")" + std::to_string(id) + R"(","TTL":")" +
         std::to_string(std::max<std::int64_t>(0, left)) + R"(","grantedTTL":")" + std::to_string(ttl_.count() / 1000) +
         R"(","keys":[")" + clusters::base64(prefix_ + leader_key) + R"("]})";
}

void sim_etcd::tell_watches(sim_ground& ground) {
  std::erase_if(watches_, [&](const watch& each) {
    if (ground.life(each.member) != each.life) {
      each.reply(sim_failure("the connection was closed", true));
      return true;
    }
    if (ground.now >= each.deadline) {
      each.reply(sim_failure("timed out", true));
      return true;
    }
    if (!ground.reach("", each.member) || !connected(ground, each.member) || history_.back().revision < each.from)
      return false;
    std::string events;
    for (const auto& one : history_)
      if (one.revision >= each.from)
        events += (events.empty() ? "" : ",") + one.json;
    each.reply(http(R"({"result":{"header":)" + header() + R"(,"created":true}})" + "\n" + R"({"result":{"header":)" +
                    header() + R"(,"events":[)" + events + "]}}\n"));
    return true;
  });
}

void sim_etcd::answer(sim_ground& ground, const logic::ask& asked, const sim_reply& reply) {
  const auto& path = asked.path;
  if (path == "/v3/watch") {
    watches_.push_back({asked.member, ground.life(asked.member), number_in(asked.body, "start_revision"),
                        ground.now + asked.timeout, reply});
    return;
  }
  const auto at = std::find(members_.begin(), members_.end(), asked.member);
  const auto index = static_cast<std::size_t>(at - members_.begin());
  if (path == "/v3/maintenance/status") {
    const bool knows = connected(ground, asked.member);
    const auto leads =
        static_cast<std::size_t>(std::find(members_.begin(), members_.end(), leader_) - members_.begin());
    reply(http(R"({"header":{"member_id":")" + id_of(index) + R"("},"version":"3.4.23","dbSize":"20480")" +
               (knows ? R"(,"leader":")" + id_of(leads) + '"' : "") + R"(,"raftTerm":")" + std::to_string(term_) +
               R"("})"));
    return;
  }
  if (!connected(ground, asked.member))
    return ground.hang(asked, reply);
  if (path == "/v3/cluster/member/list") {
    std::string list;
    for (std::size_t i = 0; i < members_.size(); ++i)
      list += (i == 0 ? "" : ",") + (R"({"ID":")" + id_of(i) + R"(","name":")" + members_[i] + R"("})");
    reply(http(R"({"members":[)" + list + "]}"));
  } else if (path == "/v3/lease/timetolive") {
    reply(http(time_to_live(ground, number_in(asked.body, "ID"))));
  } else {
    reply(http(range(asked.body.find("range_end") != std::string::npos)));
  }
}

} // namespace paws::testing
