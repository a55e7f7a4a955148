#include "tests/support/simulated_redis.hpp"

#include <algorithm>

namespace paws::testing {

namespace {

constexpr milliseconds redis_check_interval{500};
constexpr int checks_failed_most = 2;
constexpr const char* run_prefix = "paws-drill:";

std::string run_of(const std::string& key) {
  return key.starts_with(run_prefix) ? key.substr(std::string_view{run_prefix}.size()) : "";
}

logic::answer text(std::string what) {
  logic::answer out;
  out.ok = out.sent = true;
  out.text = std::move(what);
  return out;
}

} // namespace

sim_redis::sim_redis(std::vector<std::string> nodes, std::vector<std::string> sentinels, std::string router,
                     topology::redis_settings settings)
    : sentinels_{std::move(sentinels)}, router_{std::move(router)}, settings_{std::move(settings)} {
  for (auto& name : nodes) {
    nodes_.emplace_back();
    nodes_.back().name = std::move(name);
  }
  master_ = nodes_.front().name;
}

sim_redis::node& sim_redis::at(const std::string& name) {
  return *std::find_if(nodes_.begin(), nodes_.end(), [&](const node& each) { return each.name == name; });
}

const sim_redis::node* sim_redis::find(const std::string& name) const {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const node& each) { return each.name == name; });
  return found == nodes_.end() ? nullptr : &*found;
}

void sim_redis::step(sim_ground& ground) {
  for (auto& each : nodes_) {
    if (const auto life = ground.life(each.name); life != each.life) {
      each.life = life;
      each.leads = each.name == master_;
      each.follows.clear();
      each.told_at = ground.now + ground.span(10, 300);
    }
    if (!ground.up(each.name))
      continue;
    const bool right = each.leads ? each.name == master_ : each.follows == master_;
    if (right)
      each.told_at = ground.now + ground.span(300, 2000);
    else if (ground.now >= each.told_at)
      attach(ground, each);
  }
  fail_over(ground);
  replicate(ground);
  if (ground.now >= next_check_) {
    next_check_ = ground.now + redis_check_interval;
    for (auto& each : nodes_) {
      const bool well = each.leads && each.name == master_ && ground.reach(router_, each.name);
      each.failed_checks = well ? 0 : std::min(each.failed_checks + 1, checks_failed_most);
    }
  }
  std::erase_if(commands_, [&](command& of) { return carry_on(ground, of); });
}

// -- Sentinels ---------------------------------------------------------------------------------------------------

bool sim_redis::is_missed(const sim_ground& ground) const {
  const auto missing = std::count_if(sentinels_.begin(), sentinels_.end(),
                                     [&](const auto& each) { return ground.up(each) && !ground.reach(each, master_); });
  return static_cast<std::size_t>(missing) >= std::max<std::size_t>(settings_.quorum, sentinels_.size() / 2 + 1);
}

void sim_redis::say(sim_ground& ground, const std::string& event) {
  for (const auto& each : sentinels_)
    if (ground.up(each)) {
      logic::log_row line;
      line.id = log_.size() + 1;
      line.at_us = std::chrono::duration_cast<std::chrono::microseconds>(ground.now.time_since_epoch()).count();
      line.service = each;
      line.text = "1234:X 28 Nov 2026 11:30:05.123 # " + event + " " + settings_.master_name + " " + master_ + " 6379";
      log_.push_back(std::move(line));
    }
}

void sim_redis::fail_over(sim_ground& ground) {
  if (stage_ == failover::none || stage_ == failover::missing) {
    if (!is_missed(ground)) {
      stage_ = failover::none;
      return;
    }
    if (stage_ == failover::none) {
      stage_ = failover::missing;
      missed_since_ = ground.now;
    }
    if (ground.now - missed_since_ < settings_.down_after)
      return;
    say(ground, "+sdown master");
    say(ground, "+odown master");
    ground.note("+odown", master_);
    stage_ = failover::electing;
    elected_at_ = ground.now + ground.span(20, 800);
  }
  if (stage_ == failover::electing && ground.now >= elected_at_) {
    const node* best = nullptr;
    for (const auto& each : nodes_)
      if (each.name != master_ && !each.leads && ground.reach("", each.name) &&
          std::any_of(sentinels_.begin(), sentinels_.end(), [&](const auto& s) { return ground.reach(s, each.name); }))
        best = best == nullptr || each.rows.size() > best->rows.size() ? &each : best;
    if (best == nullptr) {
      elected_at_ = ground.now + ground.span(500, 1500);
      return;
    }
    successor_ = best->name;
    say(ground, "+elected-leader master");
    ground.note("+elected-leader", successor_);
    stage_ = failover::promoting;
    promoted_at_ = ground.now + ground.span(100, 1200);
  }
  if (stage_ == failover::promoting && ground.now >= promoted_at_) {
    stage_ = failover::none;
    if (!ground.up(successor_))
      return;
    say(ground, "+switch-master");
    ground.note("+switch-master", successor_);
    master_ = successor_;
    auto& next = at(successor_);
    next.leads = true;
    next.follows.clear();
    next.shown = next.rows.size();
  }
}

void sim_redis::attach(sim_ground& ground, node& of) {
  if (of.name == master_) {
    of.leads = true;
    of.follows.clear();
    return;
  }
  const auto hears =
      std::any_of(sentinels_.begin(), sentinels_.end(), [&](const auto& s) { return ground.reach(s, of.name); });
  if (!hears || !ground.reach(of.name, master_))
    return;
  of.leads = false;
  of.follows = master_;
  of.attached_at = ground.now + ground.span(50, 800);
  const auto& from = at(master_).rows;
  const bool same = of.rows.size() <= from.size() &&
                    std::equal(of.rows.begin(), of.rows.end(), from.begin(),
                               [](const sim_row& a, const sim_row& b) { return a.stamp == b.stamp; });
  if (!same)
    of.rows.clear(); // a full resynchronisation
}

// -- nodes -------------------------------------------------------------------------------------------------------

void sim_redis::replicate(sim_ground& ground) {
  auto& master = at(master_);
  if (!master.leads || !ground.up(master_))
    return;
  const auto ready = std::exchange(master.shown, master.rows.size());
  for (auto& each : nodes_)
    if (each.rows.size() < ready && follows(ground, each.name))
      each.rows.insert(each.rows.end(), master.rows.begin() + static_cast<std::ptrdiff_t>(each.rows.size()),
                       master.rows.begin() + static_cast<std::ptrdiff_t>(ready));
}

bool sim_redis::follows(const sim_ground& ground, const std::string& member) const {
  const auto* of = find(member);
  return of != nullptr && of->follows == master_ && ground.now >= of->attached_at && ground.reach(member, master_);
}

std::string sim_redis::role(const sim_ground& ground, const std::string& member) const {
  const auto* of = find(member);
  return of == nullptr || !ground.reach("", member) ? "" : of->leads ? "master" : "replica";
}

std::string sim_redis::routed(const sim_ground& ground) const {
  if (ground.up(router_))
    for (const auto& each : nodes_)
      if (each.failed_checks < checks_failed_most)
        return each.name;
  return "";
}

bool sim_redis::all_well(const sim_ground& ground) const {
  return routed(ground) == master_ && role(ground, master_) == "master" &&
         std::all_of(nodes_.begin(), nodes_.end(),
                     [&](const node& each) { return each.name == master_ || follows(ground, each.name); }) &&
         std::all_of(sentinels_.begin(), sentinels_.end(), [&](const auto& each) { return ground.reach("", each); });
}

std::set<std::int64_t> sim_redis::ids_at(const std::string& member, std::uint32_t run) const {
  std::set<std::int64_t> out;
  if (const auto* of = find(member))
    for (const auto& row : of->rows)
      if (row.run == run && row.id > 0)
        out.insert(row.id);
  return out;
}

void sim_redis::answer_route(sim_ground& ground, const logic::ask& asked, const sim_reply& reply) {
  if (ground.life(router_).empty()) {
    reply(sim_failure("connection refused", false));
    return;
  }
  if (!ground.up(router_))
    return ground.hang(asked, reply);
  const auto to = routed(ground);
  if (to.empty() || ground.life(to).empty()) {
    reply(sim_failure("the peer closed the connection", false));
    return;
  }
  const bool writes = asked.command.at(0) == "SADD";
  commands_.push_back({to, ground.life(to), writes ? ground.run(run_of(asked.command.at(1))) : 0,
                       writes ? std::stoll(asked.command.at(2)) : -1, ground.now + ground.span(0, 10),
                       ground.now + asked.timeout, reply});
}

bool sim_redis::carry_on(sim_ground& ground, command& of) {
  auto& by = at(of.node);
  if (by.life != of.life || ground.life(router_).empty() || by.failed_checks >= checks_failed_most) {
    of.reply(sim_failure("the peer closed the connection", true));
    return true;
  }
  if (ground.now >= of.deadline) {
    of.reply(sim_failure("timed out", true));
    return true;
  }
  if (!ground.up(router_) || !ground.reach(router_, of.node) || ground.now < of.due)
    return false;
  if (!by.leads) {
    of.reply(sim_failure("READONLY You can't write against a read only replica.", true));
    return true;
  }
  if (of.id > 0)
    by.rows.push_back({++last_stamp_, of.run, of.id});
  if (of.reply(text("1")) && of.id > 0)
    heard_[of.run].insert(of.id);
  return true;
}

void sim_redis::answer_member(sim_ground& ground, const logic::ask& asked, const sim_reply& reply) {
  if (asked.name == "redis.role") {
    reply(sim_rows({{role(ground, asked.member) == "master" ? "master" : "slave"}}));
  } else if (asked.name == "sentinel.named") {
    reply(sim_rows({{master_}, {"6379"}}));
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const auto id : ids_at(asked.member, ground.run(run_of(asked.command.at(1)))))
      rows.push_back({std::to_string(id)});
    reply(sim_rows(std::move(rows)));
  }
}

} // namespace paws::testing
