// The toy cluster kind, and plans of it.
#include "tests/support/toy_world.hpp"

#include "logic/recovery_kit.hpp"

#include <algorithm>

namespace paws::testing {

namespace {

using namespace logic;

std::vector<member_spec> no_render(const cluster_context&) {
  return {};
}

std::vector<topology::dependency> no_inner(const cluster_context&, const std::string&) {
  return {};
}

std::string value_of(const std::map<std::string, std::string>& secrets, const std::string& name) {
  const auto at = secrets.find(name);
  return at == secrets.end() ? "" : at->second;
}

std::vector<ask> toy_asks(const cluster_context& context, const std::string& member) {
  ask out;
  out.name = "toy.status";
  out.member = member;
  out.password = value_of(context.secrets, toy_password);
  out.fast_interval = milliseconds{100};
  out.steady_interval = milliseconds{1000};
  out.timeout = milliseconds{2000};
  return {out};
}

facts toy_interpret(const ask&, const answer& answer) {
  return {{"healthy", "true"}, {"text", answer.text}};
}

cluster_view toy_judge(const cluster_context& context, const observation_table& seen, steady_time) {
  cluster_view out;
  std::size_t well = 0;
  for (const auto& name : context.cluster.members) {
    const auto* found = seen.find(name, "toy.status");
    const bool healthy = found != nullptr && found->ok;
    member_view member{name, "follower", healthy, healthy ? "up" : "down", healthy ? "" : "does not answer", -1};
    // One of whom nothing is known, as when it stands still, has not lost its leadership.
    if (name == context.remembered_leader ? healthy || found == nullptr : healthy && out.leader.empty())
      out.leader = name;
    if (!healthy)
      out.awaited.push_back(name + " does not answer");
    well += healthy ? 1U : 0U;
    out.members.push_back(member);
  }
  for (auto& member : out.members)
    if (member.name == out.leader)
      member.role = "leader";
  const auto all = context.cluster.members.size();
  const auto* told = seen.find(context.cluster.name, "toy.prepared");
  const bool usable = !context.cluster.tls || (told != nullptr && told->ok);
  out.quorum = usable && well > all / 2;
  out.ready = out.replicating = usable && well == all;
  out.status = out.ready    ? component_status::healthy
               : out.quorum ? component_status::degraded
                            : component_status::unhealthy;
  out.summary = std::to_string(well) + "/" + std::to_string(all) + " healthy";
  out.checks = {{"members", out.ready ? check_status::pass : check_status::fail, out.summary, 0,
                 out.quorum ? "" : "[ETCD] ERR_ETCD_001: no majority | look at the members"}};
  return out;
}

// As if by etcd's, Patroni's and Redis' own defaults.
silence_limits toy_silence(const cluster_context& context) {
  if (context.cluster.name == "patroni")
    return {"ttl", milliseconds{30'000}, milliseconds{10'000}, milliseconds{40'000}};
  if (context.cluster.name == "redis")
    return {"down-after", milliseconds{5'000}, milliseconds{5'000}, milliseconds{15'000}};
  return {"election timeout", milliseconds{1'000}, milliseconds{2'000}, milliseconds{2'000}};
}

std::optional<ask> toy_clock_ask(const cluster_context& context, const std::string& member) {
  if (context.cluster.name != "redis")
    return std::nullopt;
  auto out = toy_asks(context, member).front();
  out.name = "toy.clock";
  out.channel = channel::redis;
  return out;
}

start_advice toy_advise(const cluster_context&, const observation_table&, const std::string&) {
  return {};
}

// Every member accepts several passwords at once; its data knows one more, which is changed at the first.
std::vector<rotation_step> toy_rotate(const cluster_context& before, const cluster_context& after) {
  std::vector<rotation_step> out;
  const auto add = [&](rotation_stage stage, const std::string& member, const char* verb, const char* secret,
                       bool either) {
    rotation_step step;
    step.stage = stage;
    step.where = member;
    step.secrets = secret;
    step.text = member + " " + verb;
    ask question;
    question.name = "toy.rotate";
    question.member = member;
    question.channel = channel::redis;
    question.command = {verb, value_of(after.secrets, secret)};
    if (either) {
      question.password = value_of(before.secrets, toy_password);
      step.tries.push_back(question);
    }
    question.password = value_of(after.secrets, toy_password);
    step.tries.push_back(question);
    out.push_back(std::move(step));
  };
  if (value_of(before.secrets, toy_password) != value_of(after.secrets, toy_password))
    for (const auto& member : after.cluster.members) {
      add(rotation_stage::add, member, "ADD", toy_password, true);
      add(rotation_stage::verify, member, "PING", toy_password, false);
      add(rotation_stage::retire, member, "ONLY", toy_password, false);
    }
  if (value_of(before.secrets, toy_data_password) != value_of(after.secrets, toy_data_password))
    add(rotation_stage::change, after.cluster.members.front(), "ALTER", toy_data_password, true);
  return out;
}

std::vector<ask> toy_prepare(const cluster_context& context, const observation_table& seen, steady_time now) {
  const auto* told = seen.find(context.cluster.name, "toy.prepared");
  const auto leader = toy_judge(context, seen, now).leader;
  if (!context.cluster.tls || leader.empty() || (told != nullptr && told->ok))
    return {};
  auto out = toy_asks(context, leader);
  out.front().name = "toy.prepared";
  return out;
}

// Whoever leads keeps its data.
topology::failure toy_keeps_data(const cluster_context&, const cluster_view& view, const std::string& member) {
  return member != view.leader ? topology::failure{} : topology::failure{"ERR_REC_001", member + " leads", "wait"};
}

// They keep what they know of themselves in what they depend on, and need not be told to forget it.
std::vector<ask> toy_forget(const cluster_context&, const cluster_context*) {
  return {};
}

const recovery_kit toy_recovery{{}, nullptr, toy_keeps_data, toy_forget};

const cluster_kind_row toy_kind{"toy",     "etcd_formation", no_render,   no_inner,     toy_asks,    toy_interpret,
                                toy_judge, toy_advise,       nullptr,     nullptr,      toy_prepare, toy_rotate,
                                nullptr,   &toy_recovery,    toy_silence, toy_clock_ask};

// Drills look for their clusters by kind.
const cluster_kind_row& kind_of(const std::string& cluster) {
  static const std::map<std::string, cluster_kind_row> named = [] {
    std::map<std::string, cluster_kind_row> out;
    for (const auto& [title, kind] :
         {std::pair{"etcd", "etcd"}, std::pair{"patroni", "patroni"}, std::pair{"redis", "redis-sentinel"}}) {
      auto row = toy_kind;
      row.name = kind;
      out.emplace(title, row);
    }
    return out;
  }();
  const auto at = named.find(cluster);
  return at == named.end() ? toy_kind : at->second;
}

service_plan toy_service(const std::string& name, const toy_part& part,
                         const std::map<std::string, std::string>& secrets) {
  service_plan out;
  out.spec.name = name;
  out.spec.address = name;
  if (const auto password = value_of(secrets, toy_password); !password.empty())
    out.spec.files = {{"/" + name + "/password", password, 0600, false}};
  out.cluster = part.members.empty() ? "" : part.name;
  out.depends_on = part.depends_on;
  out.goal = part.goal;
  out.interpret = toy_interpret;
  if (part.goal == topology::goal::running)
    out.asks = toy_asks({}, name);
  if (part.goal == topology::goal::running && !part.members.empty())
    out.asks.front().password = value_of(secrets, toy_password);
  return out;
}

} // namespace

environment_plan toy_plan(const std::vector<toy_part>& parts, const std::map<std::string, std::string>& secrets) {
  environment_plan plan;
  plan.environment = "toy";
  plan.runtime = "fake";
  for (const auto& part : parts) {
    plan.order.push_back(part.name);
    if (part.members.empty()) {
      plan.services.push_back(toy_service(part.name, part, secrets));
      continue;
    }
    cluster_plan cluster;
    cluster.kind = &kind_of(part.name);
    cluster.context.cluster.name = part.name;
    cluster.context.secrets = secrets;
    cluster.context.cluster.members = part.members;
    cluster.context.cluster.depends_on = part.depends_on;
    cluster.context.cluster.tls = part.prepared;
    cluster.members = part.members;
    for (const auto& member : part.members) {
      plan.services.push_back(toy_service(member, part, secrets));
      plan.services.back().recovery = toy_silence(cluster.context).recovery;
    }
    plan.clusters.push_back(std::move(cluster));
  }
  return plan;
}

std::vector<toy_part> toy_stack() {
  using topology::condition;
  return {{"etcd", {"etcd1", "etcd2", "etcd3"}, {}, {}},
          {"patroni", {"patroni1", "patroni2", "patroni3"}, {{"etcd", condition::quorum}}, {}},
          {"redis", {"redis1", "redis2", "redis3"}, {}, {}},
          {"backend", {}, {{"patroni", condition::ready}, {"redis", condition::ready}}, {}}};
}

} // namespace paws::testing
