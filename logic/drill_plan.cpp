#include "logic/drill_plan.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace paws::logic {

namespace {

using topology::failure;

constexpr milliseconds redis_target{30'000};  // requirements: a promotion with the default settings
constexpr milliseconds ride_target{15'000};   // of what should hardly be felt
constexpr milliseconds longest_hold{180'000}; // whatever the settings are

enum class part : std::uint8_t { leader, standby, member, majority, sentinel };

// One drill of the command line: in a cluster of `kind` it breaks `whom`.
struct drill_row {
  const char* name;
  const char* kind;
  part whom;
  drill_goal goal;
  std::span<const fault_kind> faults; // the first is its own choice
};

using enum fault_kind;
constexpr std::array leader_faults{kill, stop, pause, postmaster_kill, postmaster_freeze, partition};
constexpr std::array member_faults{kill, stop, pause, partition};
constexpr std::array rows{
    drill_row{"patroni-leader", "patroni", part::leader, drill_goal::failover, leader_faults},
    drill_row{"sync-standby", "patroni", part::standby, drill_goal::ride_through, member_faults},
    drill_row{"redis-master", "redis-sentinel", part::leader, drill_goal::failover, member_faults},
    drill_row{"sentinel-member", "redis-sentinel", part::sentinel, drill_goal::ride_through, member_faults},
    drill_row{"etcd-member", "etcd", part::leader, drill_goal::ride_through, member_faults},
    drill_row{"etcd-quorum", "etcd", part::majority, drill_goal::refuse, member_faults},
};

failure misuse(std::string message, std::string remedy) {
  return {"ERR_CLI_001", std::move(message), std::move(remedy)};
}

template <class List, class Word>
std::string words_of(const List& list, Word word) {
  std::string out;
  for (const auto& each : list)
    out += (out.empty() ? "" : " ") + std::string{word(each)};
  return out;
}

const cluster_plan* cluster_of_kind(const environment_plan& plan, std::string_view kind) {
  for (const auto& cluster : plan.clusters)
    if (cluster.kind->name == kind)
      return &cluster;
  return nullptr;
}

const route_plan* route_of(const environment_plan& plan, const std::string& cluster) {
  for (const auto& route : plan.routes)
    if (route.route.cluster == cluster && !route.asks.empty() &&
        (route.route.role == "leader" || route.route.role == "master"))
      return &route;
  return nullptr;
}

std::string leader_of(const cluster_views& views, const std::string& cluster) {
  const auto at = views.find(cluster);
  return at == views.end() ? "" : at->second.leader;
}

std::string with_role(const cluster_views& views, const std::string& cluster, std::string_view role) {
  if (const auto at = views.find(cluster); at != views.end())
    for (const auto& member : at->second.members)
      if (member.role == role)
        return member.name;
  return "";
}

// The members that `whom` means now; none when nobody plays that part.
std::vector<std::string> victims_of(part whom, const cluster_plan& cluster, const cluster_views& views) {
  const auto& context = cluster.context.cluster;
  const auto leader = leader_of(views, context.name);
  const auto one = [](const std::string& name) {
    return name.empty() ? std::vector<std::string>{} : std::vector<std::string>{name};
  };
  switch (whom) {
  case part::leader:
    return one(leader);
  case part::standby:
    return one(with_role(views, context.name, "sync_standby"));
  case part::member:
    return one(context.members.empty() ? "" : context.members.front());
  case part::sentinel:
    return one(context.sentinels.empty() ? "" : context.sentinels.front());
  case part::majority: {
    std::vector<std::string> out;
    for (const auto& member : context.members)
      if (out.size() <= context.members.size() / 2)
        out.push_back(member);
    return out;
  }
  }
  return {};
}

// Whom a drill writes to: the victims' own cluster, or, when it keeps no rows, the one that stands on it.
void aim_writer(drill_plan& out, const environment_plan& plan, bool writer) {
  const auto* mine = route_of(plan, out.cluster);
  const auto* patroni = cluster_of_kind(plan, "patroni");
  if (mine == nullptr && patroni != nullptr)
    mine = route_of(plan, patroni->context.cluster.name);
  out.watched = mine != nullptr ? mine->route.cluster : out.cluster;
  if (writer && mine != nullptr)
    out.route = mine->route.name;
}

void set_times(drill_plan& out, const environment_plan& plan) {
  const auto* patroni = cluster_of_kind(plan, "patroni");
  const auto& budget = plan.budgets.failover;
  const bool of_patroni = patroni != nullptr && out.watched == patroni->context.cluster.name;
  const auto settings = patroni != nullptr ? patroni->context.cluster.patroni : topology::patroni_settings{};
  const bool redis = !of_patroni && out.watched == out.cluster;
  const bool of_etcd = out.cluster != out.watched;
  out.target = redis ? redis_target : of_etcd && out.goal == drill_goal::ride_through ? ride_target : budget.total;
  // Long enough for Patroni to notice and to act: its lease, a loop, and its attempts to reach etcd.
  const auto noticing = settings.ttl + settings.loop_wait + settings.retry_timeout;
  out.hold = std::min(longest_hold, out.goal == drill_goal::failover || out.goal == drill_goal::ride_through
                                        ? std::max(out.target, noticing) + milliseconds{30'000}
                                        : noticing);
  // Who is cut off must have stepped down by itself: that takes a lease, and an end of its attempts.
  if (out.fault == fault_kind::partition && of_patroni && out.goal == drill_goal::failover)
    out.least = noticing;
}

// A postmaster that dies is started again by its own Patroni; one that stands still may be left alone.
drill_goal goal_of(fault_kind fault, drill_goal usual) {
  return fault == fault_kind::postmaster_kill || fault == fault_kind::postmaster_freeze ? drill_goal::settle : usual;
}

std::variant<drill_plan, failure> plan_partition(const drill_request& what, const environment_plan& plan,
                                                 const cluster_views& views) {
  if (what.target.empty())
    return misuse("a partition needs somebody to cut off", "run: paws-engine ctl drill partition --target MEMBER");
  const auto* cluster = plan.cluster_of(what.target);
  if (cluster == nullptr)
    return misuse(what.target + " is no member of a cluster", "see: paws-engine ctl status");
  drill_plan out;
  out.drill = what.drill;
  out.fault = fault_kind::partition;
  out.victims = {what.target};
  out.peers = what.from;
  out.cluster = cluster->context.cluster.name;
  const bool leads = leader_of(views, out.cluster) == what.target;
  // Cut off from a few only, it may go on leading.
  out.goal = leads && cluster->kind->name != "etcd" ? (what.from.empty() ? drill_goal::failover : drill_goal::settle)
                                                    : drill_goal::ride_through;
  return out;
}

std::variant<drill_plan, failure> plan_service(const drill_request& what, const environment_plan& plan) {
  const auto known = std::any_of(plan.services.begin(), plan.services.end(),
                                 [](const auto& row) { return row.spec.name == "backend"; });
  if (!known)
    return misuse("this topology has no backend", "choose another drill: paws-engine ctl drill --help");
  drill_plan out;
  out.drill = what.drill;
  out.victims = {"backend"};
  out.goal = drill_goal::ride_through;
  return out;
}

std::variant<drill_plan, failure> plan_row(const drill_row& row, const drill_request& what,
                                           const environment_plan& plan, const cluster_views& views) {
  const auto* cluster = cluster_of_kind(plan, row.kind);
  if (cluster == nullptr)
    return misuse(std::string{"this topology has no "} + row.kind, "see: paws-engine plan");
  drill_plan out;
  out.drill = row.name;
  out.cluster = cluster->context.cluster.name;
  out.fault = row.faults.front();
  if (!what.fault.empty() && (!read_fault(what.fault, out.fault) ||
                              std::find(row.faults.begin(), row.faults.end(), out.fault) == row.faults.end()))
    return misuse(std::string{row.name} + " has no fault " + what.fault,
                  "choose from: " + words_of(row.faults, [](fault_kind each) { return to_string(each); }));
  out.victims = what.target.empty() ? victims_of(row.whom, *cluster, views) : std::vector<std::string>{what.target};
  if (out.victims.empty())
    return failure{"ERR_ENG_005",
                   "nobody plays the part that " + out.drill + " breaks: " + out.cluster + " has none now",
                   "see: paws-engine ctl health"};
  if (plan.cluster_of(out.victims.front()) != cluster)
    return misuse(out.victims.front() + " is no member of " + out.cluster,
                  "choose from: " + words_of(cluster->members, [](const auto& each) { return each; }));
  out.goal = goal_of(out.fault, row.goal);
  out.peers = what.from;
  return out;
}

} // namespace

const std::vector<std::string>& drill_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    out.reserve(rows.size() + 3);
    for (const auto& row : rows)
      out.emplace_back(row.name);
    out.insert(out.end(), {"partition", "backend", "all"});
    return out;
  }();
  return names;
}

std::variant<drill_plan, failure> plan_drill(const drill_request& what, const environment_plan& plan,
                                             const cluster_views& views, const std::string& no_partition) {
  std::variant<drill_plan, failure> made =
      misuse("no drill is called " + what.drill,
             "choose from: " + words_of(drill_names(), [](const auto& each) { return each; }));
  const auto* row = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return what.drill == each.name; });
  if (what.drill == "partition")
    made = plan_partition(what, plan, views);
  else if (what.drill == "backend")
    made = plan_service(what, plan);
  else if (row != rows.end())
    made = plan_row(*row, what, plan, views);
  auto* out = std::get_if<drill_plan>(&made);
  if (out == nullptr)
    return made;
  if (out->fault == fault_kind::partition && !no_partition.empty())
    return failure{"ERR_RUN_003", "nobody can be cut off here: " + no_partition,
                   "use a container engine: --runtime docker, or another fault"};
  if (!what.from.empty() && out->fault != fault_kind::partition)
    return misuse("--from is for partitions", "leave it out");
  for (const auto& peer : what.from)
    if (std::none_of(plan.services.begin(), plan.services.end(), [&](const auto& s) { return s.spec.name == peer; }))
      return misuse("nothing here is called " + peer, "see: paws-engine ctl status");
  aim_writer(*out, plan, what.writer);
  set_times(*out, plan);
  return made;
}

std::vector<drill_request> every_drill(const environment_plan& plan, const cluster_views& views,
                                       const std::string& no_partition) {
  std::vector<drill_request> out;
  const auto add = [&](drill_request what) {
    if (std::holds_alternative<drill_plan>(plan_drill(what, plan, views, no_partition)))
      out.push_back(std::move(what));
  };
  for (const auto& row : rows)
    add({row.name, "", "", {}, true});
  if (cluster_of_kind(plan, "patroni") != nullptr)
    add({"patroni-leader", "partition", "", {}, true});
  add({"backend", "", "", {}, true});
  return out;
}

} // namespace paws::logic
