#include "tests/support/simulated_patroni.hpp"

#include <algorithm>

namespace paws::testing {

namespace {

constexpr milliseconds check_interval{500}; // of the route

} // namespace

sim_patroni::sim_patroni(std::vector<std::string> members, std::string router, sim_patroni_rules rules, sim_etcd& etcd)
    : etcd_{etcd}, router_{std::move(router)}, rules_{std::move(rules)} {
  for (auto& name : members) {
    nodes_.emplace_back();
    nodes_.back().name = std::move(name);
  }
  const auto seconds = [](milliseconds span) { return std::to_string(span.count() / 1000); };
  etcd_.put("config", R"({"ttl":)" + seconds(rules_.settings.ttl) + R"(,"loop_wait":)" +
                          seconds(rules_.settings.loop_wait) + R"(,"retry_timeout":)" +
                          seconds(rules_.settings.retry_timeout) + "}");
}

sim_patroni::node& sim_patroni::at(const std::string& name) {
  return *std::find_if(nodes_.begin(), nodes_.end(), [&](const node& each) { return each.name == name; });
}

const sim_patroni::node* sim_patroni::find(const std::string& name) const {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const node& each) { return each.name == name; });
  return found == nodes_.end() ? nullptr : &*found;
}

void sim_patroni::step(sim_ground& ground) {
  const bool deleted = std::exchange(seen_deletions_, etcd_.deletions()) != etcd_.deletions();
  for (auto& each : nodes_) {
    if (const auto life = ground.life(each.name); life != each.life)
      begin_life(ground, each, life);
    const bool up = ground.up(each.name), woke = up && !each.was_up && !each.life.empty();
    each.was_up = up;
    if (!up)
      continue;
    if (woke)
      each.next_loop = std::min(each.next_loop, ground.now + ground.span(0, 100));
    if (woke && rules_.stale_wake && each.leads && etcd_.serves(ground, each.name) && etcd_.get("leader") != each.name)
      etcd_.take(ground, each.name, rules_.settings.ttl); // it goes on with what it had read before it stood still
    if (deleted)
      each.next_loop = std::min(each.next_loop, ground.now + ground.span(10, 300));
    if (each.state == postgres::starting && ground.now >= each.ready_at) {
      each.state = each.starts_as_leader && etcd_.get("leader") == each.name ? postgres::primary : postgres::standby;
      each.next_loop = std::min(each.next_loop, ground.now + ground.span(10, 500));
    }
    if (each.promoted_at && ground.now >= *each.promoted_at)
      promote(ground, each);
    if (ground.now >= each.next_loop)
      loop(ground, each);
  }
  stream(ground);
  check_routes(ground);
  std::erase_if(statements_, [&](statement& of) { return carry_on(ground, of); });
}

// -- Patroni -----------------------------------------------------------------------------------------------------

void sim_patroni::begin_life(sim_ground& ground, node& of, const std::string& life) {
  if (life.empty() && ground.ended_in_order(of.name)) { // stopped in order: all is sent, and the key given up
    for (auto& other : nodes_)
      if (other.follows == of.name && ground.up(other.name) && other.state == postgres::standby)
        other.rows.insert(other.rows.end(), of.rows.begin() + static_cast<std::ptrdiff_t>(other.rows.size()),
                          of.rows.end());
    if (of.leads && etcd_.get("leader") == of.name && etcd_.serves(ground, ""))
      etcd_.release(ground);
  }
  of.life = life;
  of.state = postgres::down;
  of.frozen = of.leads = of.starts_as_leader = false;
  of.follows.clear();
  of.registering.clear();
  of.promoted_at.reset();
  of.etcd_lost.reset();
  of.next_loop = ground.now + ground.span(100, 800);
}

void sim_patroni::loop(sim_ground& ground, node& of) {
  const auto& settings = rules_.settings;
  of.next_loop = ground.now + settings.loop_wait;
  if (!etcd_.serves(ground, of.name)) {
    if (!of.etcd_lost)
      of.etcd_lost = ground.now;
    if (of.leads && ground.now - *of.etcd_lost >= settings.retry_timeout)
      demote(ground, of);
    of.next_loop = ground.now + milliseconds{500};
    return;
  }
  of.etcd_lost.reset();
  const auto holder = etcd_.get("leader");
  if (of.state == postgres::down) {
    of.state = postgres::starting;
    of.starts_as_leader = of.has_led && holder == of.name; // else it comes up as a standby, and is promoted
    of.ready_at = ground.now + ground.span(200, 1500);
    of.follows.clear();
    of.frozen = false;
  }
  if (holder == of.name)
    return lead(ground, of);
  if (holder.empty()) {
    if (may_lead(ground, of)) {
      etcd_.take(ground, of.name, settings.ttl);
      lead(ground, of);
    }
    return;
  }
  if (of.leads || of.state == postgres::primary || of.promoted_at)
    return demote(ground, of);
  follow(ground, of, holder);
}

void sim_patroni::lead(sim_ground& ground, node& of) {
  etcd_.renew(ground, rules_.settings.ttl);
  of.leads = true;
  if (of.state == postgres::standby && !of.promoted_at)
    of.promoted_at = ground.now + ground.span(100, 1500);
  if (of.state == postgres::primary && rules_.synchronous)
    choose_standby(ground, of);
}

// Who was registered is struck out before another one counts, and the other one is registered when it has everything.
void sim_patroni::choose_standby(sim_ground& ground, node& of) {
  const auto fits = [&](const node& each) { return each.name != of.name && streams(ground, each.name); };
  const auto* known = find(sync_standby_);
  if (sync_leader_ == of.name && known != nullptr && fits(*known) && of.standbys == sync_standby_)
    return;
  set_sync(of.name, "");
  const auto next = std::find_if(nodes_.begin(), nodes_.end(), fits);
  of.standbys = next == nodes_.end() ? "*" : next->name;
  of.registering = next == nodes_.end() ? "" : next->name;
  of.registered_from = of.rows.size();
}

void sim_patroni::set_sync(const std::string& leader, const std::string& standby) {
  if (leader == sync_leader_ && standby == sync_standby_)
    return;
  sync_leader_ = leader;
  sync_standby_ = standby;
  etcd_.put("sync", R"({"leader":")" + leader + R"(","sync_standby":)" +
                        (standby.empty() ? std::string{"null"} : '"' + standby + '"') + "}");
}

bool sim_patroni::may_lead(const sim_ground& ground, const node& of) const {
  if (of.state == postgres::primary && of.leads)
    return true; // the key ran out under it, and nobody has taken it
  if (of.state != postgres::standby || of.frozen)
    return false;
  if (!formed_)
    return true;
  const auto counts = [&](const node& each) {
    return !rules_.synchronous || each.name == sync_leader_ || each.name == sync_standby_;
  };
  return counts(of) && std::none_of(nodes_.begin(), nodes_.end(), [&](const node& each) {
           return counts(each) && each.state >= postgres::standby && ground.reach(of.name, each.name) &&
                  each.rows.size() > of.rows.size();
         });
}

void sim_patroni::promote(sim_ground& ground, node& of) {
  of.promoted_at.reset();
  if (of.state != postgres::standby || etcd_.get("leader") != of.name)
    return;
  formed_ = of.has_led = true;
  of.state = postgres::primary;
  of.follows.clear();
  int newest = 0;
  for (const auto& each : nodes_)
    newest = std::max(newest, each.timeline);
  of.timeline = newest + 1;
  of.shown = of.rows.size();
  of.standbys = rules_.synchronous ? "*" : "";
  if (rules_.synchronous)
    set_sync(of.name, "");
  of.next_loop = ground.now + ground.span(500, 1500);
  ground.note("promoted", of.name);
}

void sim_patroni::demote(sim_ground& ground, node& of) {
  of.state = postgres::starting;
  of.starts_as_leader = of.leads = of.has_led = false;
  of.promoted_at.reset();
  of.registering.clear();
  of.follows.clear();
  of.ready_at = ground.now + ground.span(300, 1200);
}

// What it has and its leader has not goes: a rewind.
void sim_patroni::follow(sim_ground& ground, node& of, const std::string& leader) {
  auto& from = at(leader);
  if (of.state != postgres::standby || of.frozen || of.follows == leader || from.state != postgres::primary ||
      from.frozen || !ground.reach(of.name, leader))
    return;
  std::size_t same = 0;
  while (same < of.rows.size() && same < from.rows.size() && of.rows[same].stamp == from.rows[same].stamp)
    ++same;
  const bool rewinds = same < of.rows.size();
  of.rows.resize(same);
  of.has_led = false;
  of.follows = leader;
  of.attached_at = ground.now + (rewinds ? ground.span(500, 2500) : ground.span(50, 500));
}

// -- PostgreSQL --------------------------------------------------------------------------------------------------

bool sim_patroni::has_all(const sim_ground& ground, const node& leader, const node& standby,
                          std::size_t position) const {
  return standby.follows == leader.name && standby.rows.size() >= position && standby.state == postgres::standby &&
         ground.now >= standby.attached_at && !standby.frozen && ground.reach(leader.name, standby.name);
}

bool sim_patroni::acknowledged(const sim_ground& ground, const node& by, std::size_t position) const {
  if (by.standbys.empty())
    return true;
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const node& each) {
    return (by.standbys == "*" || by.standbys == each.name) && has_all(ground, by, each, position);
  });
}

void sim_patroni::stream(sim_ground& ground) {
  for (auto& leader : nodes_) {
    if (leader.state != postgres::primary || !ground.up(leader.name) || leader.frozen)
      continue;
    const auto ready = std::exchange(leader.shown, leader.rows.size());
    for (auto& each : nodes_) {
      if (each.follows == leader.name && each.rows.size() < ready && has_all(ground, leader, each, 0)) {
        each.rows.insert(each.rows.end(), leader.rows.begin() + static_cast<std::ptrdiff_t>(each.rows.size()),
                         leader.rows.begin() + static_cast<std::ptrdiff_t>(ready));
        each.timeline = leader.timeline;
      }
    }
    if (const auto* next = find(leader.registering);
        next != nullptr && has_all(ground, leader, *next, leader.registered_from) &&
        etcd_.serves(ground, leader.name) && etcd_.get("leader") == leader.name) {
      set_sync(leader.name, leader.registering);
      leader.registering.clear();
    }
  }
  for (auto& each : nodes_)
    if (const auto* from = find(each.follows); from != nullptr && from->state != postgres::primary)
      each.follows.clear();
}

void sim_patroni::signal(const std::string& member, const std::string& word) {
  auto& of = at(member);
  if (word == "KILL") {
    of.state = postgres::down;
    of.frozen = false;
    of.promoted_at.reset();
    of.follows.clear();
  } else {
    of.frozen = word == "STOP" && of.state != postgres::down;
  }
}

// -- the route ---------------------------------------------------------------------------------------------------

void sim_patroni::check_routes(sim_ground& ground) {
  if (ground.now < next_check_)
    return;
  next_check_ = ground.now + check_interval;
  for (auto& each : nodes_) {
    const bool well = each.leads && each.state == postgres::primary && ground.reach(router_, each.name);
    each.failed_checks = well ? 0 : std::min(each.failed_checks + 1, checks_failed_most);
  }
}

std::string sim_patroni::routed(const sim_ground& ground) const {
  if (ground.up(router_))
    for (const auto& each : nodes_)
      if (each.failed_checks < checks_failed_most)
        return each.name;
  return "";
}

std::string sim_patroni::role(const sim_ground& ground, const std::string& member) const {
  const auto* of = find(member);
  if (of == nullptr || !answers(ground, member))
    return "";
  if (of->state == postgres::primary)
    return of->leads && etcd_.get("leader") == member ? "leader" : "";
  return member == sync_standby_ && rules_.synchronous ? "sync_standby" : "replica";
}

bool sim_patroni::answers(const sim_ground& ground, const std::string& member) const {
  const auto* of = find(member);
  return of != nullptr && ground.reach("", member) && of->state >= postgres::standby && !of->frozen;
}

bool sim_patroni::streams(const sim_ground& ground, const std::string& member) const {
  const auto* of = find(member);
  const auto* from = of == nullptr ? nullptr : find(of->follows);
  return from != nullptr && from->state == postgres::primary && has_all(ground, *from, *of, 0);
}

bool sim_patroni::all_well(const sim_ground& ground) const {
  const auto leader = etcd_.get("leader");
  const bool registered = !rules_.synchronous || (sync_leader_ == leader && !sync_standby_.empty());
  return registered && routed(ground) == leader && std::all_of(nodes_.begin(), nodes_.end(), [&](const node& each) {
           return each.name == leader ? role(ground, each.name) == "leader" : streams(ground, each.name);
         });
}

std::set<std::int64_t> sim_patroni::ids_at(const std::string& member, std::uint32_t run) const {
  std::set<std::int64_t> out;
  if (const auto* of = find(member))
    for (const auto& row : of->rows)
      if (row.run == run && row.id > 0)
        out.insert(row.id);
  return out;
}

} // namespace paws::testing
