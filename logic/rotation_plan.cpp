#include "logic/rotation_plan.hpp"

#include "logic/environment_rules.hpp"

#include <algorithm>

namespace paws::logic {

namespace {

bool same_files(const std::vector<config_file>& a, const std::vector<config_file>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.path == y.path && x.content == y.content; });
}

bool same_asks(const std::vector<ask>& a, const std::vector<ask>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.user == y.user && x.password == y.password && x.headers == y.headers && x.path == y.path;
  });
}

bool same_spec(const member_spec& a, const member_spec& b) {
  return same_files(a.files, b.files) && a.variables == b.variables && a.command == b.command;
}

const service_plan* service_of(const environment_plan& plan, const std::string& name) {
  const auto at = std::find_if(plan.services.begin(), plan.services.end(),
                               [&](const auto& each) { return each.spec.name == name; });
  return at == plan.services.end() ? nullptr : &*at;
}

bool runs(const rotation_input& in, const std::string& where) {
  const auto behind = services_behind(in.after, where);
  return std::any_of(behind.begin(), behind.end(), [&](const auto& each) { return in.running.contains(each); });
}

std::vector<rotation_step> cluster_steps(const rotation_input& in, std::size_t number) {
  const auto& after = in.after.clusters[number];
  if (after.kind == nullptr || after.kind->rotate == nullptr || number >= in.before.clusters.size())
    return {};
  return after.kind->rotate(in.before.clusters[number].context, after.context);
}

rotation_step simple(rotation_stage stage, rotation_work work, std::string where, std::string text) {
  rotation_step out;
  out.stage = stage;
  out.work = work;
  out.where = std::move(where);
  out.text = std::move(text);
  return out;
}

// A service that reads its secrets when it starts.
bool to_restart(const rotation_input& in, const service_plan& after) {
  return after.cluster.empty() && after.goal == topology::goal::running &&
         std::find(in.record.restarted.begin(), in.record.restarted.end(), after.spec.name) ==
             in.record.restarted.end();
}

void add_service(const rotation_input& in, const service_plan& after, std::vector<rotation_step>& out) {
  const auto& name = after.spec.name;
  const auto* before = service_of(in.before, name);
  if (before == nullptr || !in.running.contains(name) || same_spec(before->spec, after.spec))
    return;
  if (auto files = changed_files(before->spec, after.spec); !files.empty()) {
    auto step = simple(rotation_stage::files, rotation_work::files, name, name + "'s files hold the new values");
    step.spec = after.spec;
    step.spec.files = std::move(files);
    out.push_back(std::move(step));
  }
  if (to_restart(in, after)) {
    auto step = simple(rotation_stage::restart, rotation_work::restart, name, name + " runs with the new values");
    step.lane = "services"; // one after the other
    out.push_back(std::move(step));
  }
}

} // namespace

std::vector<config_file> changed_files(const member_spec& before, const member_spec& after) {
  std::vector<config_file> out;
  for (const auto& file : after.files) {
    const auto old = std::find_if(before.files.begin(), before.files.end(),
                                  [&](const auto& each) { return each.path == file.path; });
    const bool own = file.keep_existing || (!after.run_dir.empty() && file.path.starts_with(after.run_dir + "/"));
    if (!own && (old == before.files.end() || old->content != file.content))
      out.push_back(file);
  }
  return out;
}

std::vector<rotation_step> rotation_steps(const rotation_input& in) {
  std::vector<rotation_step> out;
  for (std::size_t i = 0; i < in.after.clusters.size(); ++i) {
    const auto steps = cluster_steps(in, i);
    for (const auto& step : steps)
      if (runs(in, step.where))
        out.push_back(step);
  }
  out.push_back(simple(rotation_stage::publish, rotation_work::publish, "", "the secrets file holds the new values"));
  out.push_back(simple(rotation_stage::renew, rotation_work::note, "", "all data knows the new values"));
  out.push_back(simple(rotation_stage::renew, rotation_work::renew, "", "the engine asks with the new values"));
  for (const auto& service : in.after.services)
    add_service(in, service, out);
  out.push_back(simple(rotation_stage::verify, rotation_work::health, "", "all is healthy with the new values"));
  out.back().lane = "health";
  if (std::any_of(out.begin(), out.end(), [](const auto& each) { return each.stage == rotation_stage::retire; }))
    out.push_back(simple(rotation_stage::prove, rotation_work::health, "", "all is healthy without the old values"));
  for (auto& step : out)
    if (step.secrets.empty())
      step.secrets = joined(in.record.names);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.stage < b.stage; });
  return out;
}

std::vector<std::string> missing_clusters(const rotation_input& in) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < in.after.clusters.size(); ++i) {
    const auto& title = in.after.clusters[i].context.cluster.name;
    if (!cluster_steps(in, i).empty() && !runs(in, title))
      out.push_back(title);
  }
  return out;
}

std::vector<std::string> secrets_in_use(const replan& plan_of, const std::map<std::string, std::string>& secrets,
                                        const std::vector<std::string>& names) {
  const auto before = plan_of(secrets);
  std::vector<std::string> out;
  for (const auto& name : names) {
    const auto at = secrets.find(name);
    const auto after = plan_of(overlaid(secrets, {{name, (at == secrets.end() ? "" : at->second) + "x"}}));
    bool same = true;
    for (std::size_t i = 0; same && i < before.services.size(); ++i)
      same = same_spec(before.services[i].spec, after.services[i].spec) &&
             same_asks(before.services[i].asks, after.services[i].asks);
    for (std::size_t i = 0; same && i < before.routes.size(); ++i)
      same = same_asks(before.routes[i].asks, after.routes[i].asks);
    for (std::size_t i = 0; same && i < before.clusters.size(); ++i) {
      const auto& kind = after.clusters[i].kind;
      same = kind == nullptr || kind->rotate == nullptr ||
             kind->rotate(before.clusters[i].context, after.clusters[i].context).empty();
    }
    if (!same)
      out.push_back(name);
  }
  return out;
}

} // namespace paws::logic
