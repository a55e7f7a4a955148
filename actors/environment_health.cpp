// The health report: every component is asked now, all at the same time.
#include "actors/environment_wake.hpp"

#include "logic/log_scan.hpp"

#include <algorithm>
#include <set>

namespace paws {

namespace {

constexpr std::chrono::seconds component_patience{8};
constexpr std::chrono::seconds log_patience{2}; // a hundred lines of each member, by an index
// What members still say about their start when the last one of them is well: refused connections, for one.
constexpr std::int64_t settling_us = 1'000'000;

using report_map = std::map<std::string, logic::component_report>;

// What is asked for one report, as it comes in.
struct collected {
  report_map reports, routes;
  std::map<std::string, log_rows> lines; // of a component's members
  std::set<std::string> unread;          // components whose logs did not answer
  std::set<std::string> left_out;
  std::size_t left = 0;
};

// Errors in the logs warn, and are of no consequence for the status.
void fold_logs(collected& all, const environment_state_data& of) {
  for (const auto& [title, rows] : all.lines) {
    const auto at = all.reports.find(title);
    if (at == all.reports.end())
      continue;
    logic::log_scan by;
    by.planned = of.drills_.planned;
    if (const auto known = of.healthy_since_.find(title); known != of.healthy_since_.end())
      by.since_us = known->second;
    for (const auto& service : of.setup_.plan.services)
      if (service.spec.name == title) {
        by.ignore = service.log_ignore;
        by.since_us = of.service_views_.at(title).since_us;
      }
    by.since_us += settling_us;
    at->second.checks.push_back(all.unread.contains(title) ? logic::check{"log", logic::check_status::skip,
                                                                          "the collected logs did not answer", 0, ""}
                                                           : scan_log(rows, by));
  }
}

// A route is a check of the cluster whose role it follows.
void fold_routes(const logic::environment_plan& plan, report_map& reports, const report_map& routes) {
  for (const auto& route : plan.routes) {
    const auto at = routes.find(route.route.name);
    const auto owner = reports.find(route.route.cluster);
    if (at == routes.end() || owner == reports.end())
      continue;
    auto& report = owner->second;
    report.checks.insert(report.checks.end(), at->second.checks.begin(), at->second.checks.end());
    report.duration_ms = std::max(report.duration_ms, at->second.duration_ms);
    if (at->second.status != logic::component_status::healthy) {
      report.summary += ", route " + route.route.name + ": " + at->second.summary;
      if (report.status == logic::component_status::healthy)
        report.status = logic::component_status::unhealthy;
    }
  }
}

logic::component_report resting(const std::string& component, logic::component_status status, const char* summary) {
  logic::component_report out;
  out.name = component;
  out.status = status;
  out.summary = summary;
  return out;
}

// `left_out`: stopped on request; shown, and not counted.
logic::health_report summarize(const logic::environment_plan& plan, const report_map& reports,
                               const std::set<std::string>& left_out) {
  logic::health_report out;
  bool unhealthy = false;
  for (const auto& title : plan.order) {
    const auto at = reports.find(title);
    if (at == reports.end())
      continue;
    out.components.push_back(at->second);
    if (left_out.contains(title))
      continue;
    ++out.total;
    const auto status = at->second.status;
    out.passed += status == logic::component_status::healthy ? 1U : 0U;
    unhealthy = unhealthy || status == logic::component_status::unhealthy || status == logic::component_status::unknown;
  }
  out.status = out.passed == out.total ? "healthy" : unhealthy ? "unhealthy" : "degraded";
  return out;
}

bool carries_routes(const logic::environment_plan& plan, const std::string& service) {
  return std::any_of(plan.routes.begin(), plan.routes.end(),
                     [&](const auto& route) { return route.service == service; });
}

} // namespace

caf::result<logic::health_report> environment_state_data::health(const line_list& only) {
  auto promise = self_->make_response_promise<logic::health_report>();
  const auto check = [this, only, promise] {
    waking::when_awake(*this, [this, only, promise] { check_health(only, promise); });
  };
  if (doing_ == activity::adopting)
    after_adoption_.emplace_back(check);
  else
    check();
  return promise;
}

void environment_state_data::check_health(const line_list& only,
                                          caf::typed_response_promise<logic::health_report> promise) {
  auto all = std::make_shared<collected>();
  const auto begun_us = now_us(self_, setup_.around);
  const auto wanted = [&](const std::string& component) {
    return only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& named) {
             const auto view = service_views_.find(named);
             const auto route = std::find_if(setup_.plan.routes.begin(), setup_.plan.routes.end(),
                                             [&](const auto& row) { return row.route.name == named; });
             return named == component || (view != service_views_.end() && view->second.cluster == component) ||
                    (route != setup_.plan.routes.end() && route->route.cluster == component);
           });
  };
  auto finish = [this, all, promise, begun_us]() mutable {
    fold_routes(setup_.plan, all->reports, all->routes);
    fold_logs(*all, *this);
    auto report = summarize(setup_.plan, all->reports, all->left_out);
    report.at_us = begun_us;
    report.duration_ms = (now_us(self_, setup_.around) - begun_us) / 1000;
    if (auto said = waking::under_way(*this); !said.empty())
      report.warnings.push_back(std::move(said));
    tell(self_, setup_.around, logic::event_kinds::health_checked, setup_.plan.environment, report.status,
         {{"status", report.status}, {"duration_ms", std::to_string(report.duration_ms)}});
    promise.deliver(std::move(report));
  };
  const auto ask = [&](const auto& actor, const std::string& title, report_map collected::*into) {
    ++all->left;
    auto take = [all, title, into, finish](logic::component_report report) mutable {
      (*all).*into = [&] {
        auto map = std::move((*all).*into);
        map[title] = std::move(report);
        return map;
      }();
      if (--all->left == 0)
        finish();
    };
    self_->request(actor, component_patience, health_atom_v)
        .then([take](const logic::component_report& report) mutable { take(report); },
              [take, title](const caf::error&) mutable {
                logic::component_report none;
                none.name = title;
                none.summary = "did not answer in time";
                take(std::move(none));
              });
  };
  const auto look = [&](const std::string& title, const std::vector<std::string>& services) {
    for (const auto& service : services) {
      if (!setup_.logs)
        return;
      ++all->left;
      all->lines[title];
      logic::log_query last;
      last.services = {service};
      last.limit = logic::scanned_lines;
      auto heard = [all, finish]() mutable {
        if (--all->left == 0)
          finish();
      };
      self_->request(setup_.logs, log_patience, last)
          .then(
              [all, title, heard](const log_page& page) mutable {
                auto& lines = all->lines[title];
                lines.insert(lines.end(), page.rows.begin(), page.rows.end());
                heard();
              },
              [all, title, heard](const caf::error&) mutable {
                all->unread.insert(title);
                heard();
              });
    }
  };
  const auto views = wished_views();
  const bool anything = std::any_of(views.begin(), views.end(), [](const auto& row) { return is_wanted(row.second); });
  // What was stopped on request, or stands still, is not asked: it could only time out.
  const auto rests = [&](const std::string& component, const std::vector<std::string>& services) {
    const auto all_are = [&](auto what) { return std::all_of(services.begin(), services.end(), what); };
    if (all_are([&](const auto& each) { return views.at(each).actual == logic::actual_state::paused; })) {
      all->reports[component] = resting(component, logic::component_status::paused, "paused");
      return true;
    }
    if (!anything || !all_are([&](const auto& each) { return !is_wanted(views.at(each)); }))
      return false;
    all->left_out.insert(component);
    all->reports[component] = resting(component, logic::component_status::unknown, "stopped on request");
    return true;
  };
  for (const auto& cluster : setup_.plan.clusters) {
    const auto& title = cluster.context.cluster.name;
    if (!wanted(title) || rests(title, cluster.members))
      continue;
    ask(clusters_.at(title), title, &collected::reports);
    look(title, cluster.members);
  }
  for (const auto& route : setup_.plan.routes)
    if (const auto& owner = route.route.cluster;
        wanted(owner) && !all->reports.contains(owner) && (!anything || logic::route_wanted(setup_.plan, views, route)))
      ask(routes_.at(route.route.name), route.route.name, &collected::routes);
  for (const auto& service : setup_.plan.services)
    if (service.cluster.empty() && !carries_routes(setup_.plan, service.spec.name) && wanted(service.spec.name) &&
        !rests(service.spec.name, {service.spec.name})) {
      ask(services_.at(service.spec.name), service.spec.name, &collected::reports);
      look(service.spec.name, {service.spec.name});
    }
  if (all->left == 0)
    finish();
}

} // namespace paws
