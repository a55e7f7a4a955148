#include "tests/support/simulated_stack.hpp"

#include <algorithm>

namespace paws::testing {

namespace {

const std::vector<std::string> etcd_members{"etcd1", "etcd2", "etcd3"};
const std::vector<std::string> patroni_members{"patroni1", "patroni2", "patroni3"};
const std::vector<std::string> redis_nodes{"redis1", "redis2", "redis3"};
const std::vector<std::string> redis_sentinels{"sentinel1", "sentinel2", "sentinel3"};
constexpr const char* router = "haproxy";
constexpr std::int64_t steps_between_looks = 4; // at what is well
constexpr const char* postgres_route = "postgres";
constexpr const char* redis_route = "redis-master";

bool has(const std::vector<std::string>& list, const std::string& what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

} // namespace

const std::vector<std::string> sim_members{"etcd1",     "etcd2",     "etcd3",   "patroni1", "patroni2",
                                           "patroni3",  "redis1",    "redis2",  "redis3",   "sentinel1",
                                           "sentinel2", "sentinel3", "haproxy", "backend"};

sim_stack::sim_stack(std::shared_ptr<fake::world> world, const sim_rules& rules, std::uint64_t seed)
    : ground{std::move(world), std::mt19937_64{seed}, {}, {}, {}, {}},
      etcd{etcd_members, "/service/patroni/"},
      patroni{patroni_members, router, {rules.patroni, rules.really_synchronous, rules.stale_wake}, etcd},
      redis{redis_nodes, redis_sentinels, router, rules.redis},
      synchronous_{rules.really_synchronous},
      step_{rules.step} {}

void sim_stack::step(steady_time now) {
  ground.now = now;
  for (std::size_t i = 0; i < ground.later.size();) {
    if (ground.later[i].first > now) {
      ++i;
      continue;
    }
    const auto what = std::move(ground.later[i].second);
    ground.later.erase(ground.later.begin() + static_cast<std::ptrdiff_t>(i));
    what();
  }
  etcd.step(ground);
  patroni.step(ground);
  redis.step(ground);
  if (++steps_ % steps_between_looks != 0)
    return;
  const auto well = well_parts();
  for (std::size_t i = 0; i < well.size(); ++i)
    unwell_steps_[i] = well[i] ? 0 : unwell_steps_[i] + steps_between_looks;
}

std::array<bool, 4> sim_stack::well_parts() const {
  return {etcd.all_well(ground), patroni.all_well(ground), redis.all_well(ground), ground.reach("", "backend")};
}

milliseconds sim_stack::unwell_for() const {
  const auto well = well_parts();
  std::int64_t steps = 0;
  for (std::size_t i = 0; i < well.size(); ++i)
    steps = std::max(steps, well[i] ? 0 : unwell_steps_[i]);
  return steps * step_;
}

// -- questions ---------------------------------------------------------------------------------------------------

void sim_stack::ask(const logic::ask& question, const sim_reply& reply) {
  const auto& member = question.member;
  if (member == postgres_route && !question.sql.empty())
    return patroni.answer_route(ground, question, reply);
  if (member == redis_route && question.command.at(0) != "ROLE")
    return redis.answer_route(ground, question, reply);
  const bool of_route = member == postgres_route || member == redis_route;
  if (!of_route && ground.life(member).empty()) {
    reply(sim_failure("connection refused", false));
    return;
  }
  if (!of_route && !ground.reach("", member))
    return ground.hang(question, reply);
  if (question.name == "sim.health")
    return answer_health(question, reply);
  if (has(etcd_members, member))
    return etcd.answer(ground, question, reply);
  note_read(question);
  if (has(patroni_members, member))
    patroni.answer_member(ground, question, reply);
  else
    redis.answer_member(ground, question, reply);
}

// What is read now is what the report will speak of.
void sim_stack::note_read(const logic::ask& question) {
  if (question.name != "patroni.ids" && question.name != "redis.ids")
    return;
  const bool sql = question.name == "patroni.ids";
  if (sql && !patroni.answers(ground, question.member))
    return;
  for (const auto& run : ground.runs) {
    const auto& where = sql ? question.sql : question.command.at(1);
    if (run.empty() || where.find(run) == std::string::npos)
      continue;
    const auto number = ground.run(run);
    const auto there = sql ? patroni.ids_at(question.member, number) : redis.ids_at(question.member, number);
    const auto& heard = sql ? patroni.heard(number) : redis.heard(number);
    missing_[run][question.member] = static_cast<std::size_t>(
        std::count_if(heard.begin(), heard.end(), [&](auto id) { return !there.contains(id); }));
  }
}

std::map<std::string, std::size_t> sim_stack::missing_at_read(const std::string& run) const {
  const auto at = missing_.find(run);
  return at == missing_.end() ? std::map<std::string, std::size_t>{} : at->second;
}

std::vector<std::vector<std::string>> sim_stack::health_of(const std::string& member) const {
  const auto row = [](const std::string& role, bool well) {
    return std::vector<std::vector<std::string>>{{"role", role}, {"healthy", well ? "true" : "false"}};
  };
  if (has(etcd_members, member))
    return row(etcd.leader() == member ? "leader" : "follower", etcd.agrees(ground, member));
  if (has(patroni_members, member)) {
    const auto role = patroni.role(ground, member);
    auto out = row(role, role == "leader" || (!role.empty() && patroni.streams(ground, member)));
    out.push_back({"asynchronous", synchronous_ ? "false" : "true"});
    return out;
  }
  if (has(redis_nodes, member)) {
    const auto role = redis.role(ground, member);
    return row(role, role == "master" ? redis.master() == member : redis.follows(ground, member));
  }
  return row(has(redis_sentinels, member) ? "sentinel" : "", true);
}

void sim_stack::answer_health(const logic::ask& question, const sim_reply& reply) {
  const auto& member = question.member;
  if (member != postgres_route && member != redis_route) {
    reply(sim_rows(health_of(member)));
    return;
  }
  const auto to = member == postgres_route ? patroni.routed(ground) : redis.routed(ground);
  if (to.empty() || !ground.reach(router, to))
    reply(sim_failure("leads nowhere", false));
  else
    reply(sim_rows({{"target", to}}));
}

exec_result sim_stack::run_program(const std::string& member, const line_list& command) {
  // {"/bin/sh", "-c", script, "sh", file, word}
  if (!ground.up(member) || command.size() != 6)
    return {1, "no such process"};
  patroni.signal(member, command[5]);
  return {0, ""};
}

std::string sim_stack::describe() const {
  std::string out = patroni.describe() + "redis " + redis.master() + ", routes " + patroni.routed(ground) + " " +
                    redis.routed(ground) + "\n";
  for (const auto& [member, info] : ground.world->containers)
    out +=
        member + " " + std::string{to_string(info.status)} + (ground.world->cuts.contains(member) ? " cut" : "") + "; ";
  return out;
}

} // namespace paws::testing
