// What a changed topology file means for what runs: each kind of key is kept, touches one service, or is refused.
#include "topology/compare.hpp"
#include "topology/failure.hpp"

#include <catch2/catch.hpp>

using namespace paws::topology;
using strings = std::vector<std::string>;

namespace {

document backend_and_frontend() {
  document out;
  out.name = "sample";
  out.root = out.project = "/project";
  for (const auto* name : {"backend", "frontend"}) {
    service made;
    made.name = name;
    made.environment["LOG_LEVEL"] = "info";
    made.publish["http"] = 8080;
    out.services.push_back(made);
  }
  return out;
}

topology_changes changed_by(void (*edit)(document&)) {
  const auto before = backend_and_frontend();
  auto after = before;
  edit(after);
  return compare(values_of(before, {}), values_of(after, {}));
}

} // namespace

TEST_CASE("a key of a service replaces that service and no other") {
  using edit = void (*)(document&);
  const auto [key, change] = GENERATE(table<std::string, edit>({
      {"image", [](document& doc) { doc.services[0].image = "other"; }},
      {"environment.LOG_LEVEL", [](document& doc) { doc.services[0].environment["LOG_LEVEL"] = "debug"; }},
      {"environment.NEW", [](document& doc) { doc.services[0].environment["NEW"] = "x"; }},
      {"process.command", [](document& doc) { doc.services[0].command = {"run"}; }},
      {"publish.http", [](document& doc) { doc.services[0].publish["http"] = 8081; }},
      {"resources.cpus", [](document& doc) { doc.services[0].resources.cpus = 2; }},
      {"networks", [](document& doc) { doc.services[0].networks = {"app"}; }},
      {"depends_on.frontend",
       [](document& doc) {
         doc.services[0].depends_on = {{"frontend", condition::ready}};
       }},
      {"secrets.PASSWORD", [](document& doc) { doc.services[0].secrets["PASSWORD"] = "P"; }},
      {"goal", [](document& doc) { doc.services[0].goal = goal::completed; }},
  }));
  const auto found = changed_by(change);
  CHECK(found.named(service_change::replaced) == strings{"backend"});
  CHECK(found.named(service_change::kept) == strings{"frontend"});
  CHECK(found.services.front().keys == strings{"services.backend." + key});
  CHECK(found.refused.empty());
}

TEST_CASE("what cannot change while it runs is refused by its key") {
  using edit = void (*)(document&);
  const auto [key, change] = GENERATE(table<std::string, edit>({
      {"name", [](document& doc) { doc.named = "other"; }},
      {"root", [](document& doc) { doc.root = "/other"; }},
      {"runtime.prefer", [](document& doc) { doc.runtime_prefer = {"docker"}; }},
      {"networks", [](document& doc) { doc.networks = {"app"}; }},
      {"secrets.file", [](document& doc) { doc.secrets.file = "other.env"; }},
  }));
  CHECK(changed_by(change).refused == strings{key});
  CHECK(find_error("ERR_ENG_010").exits_with == exit_code::invalid); // what ctl reload says then
}

TEST_CASE("budgets, the engine's listener and what a log ignores touch no member") {
  const auto found = changed_by([](document& doc) {
    doc.budgets.total_cold = milliseconds{1};
    doc.services[0].log_ignore = {"noise"};
    doc.control = {"127.0.0.1", 7360, {}};
  });
  CHECK(found.settings == strings{"budgets.total_cold", "control.listen", "services.backend.log_ignore"});
  CHECK(found.named(service_change::kept) == strings{"backend", "frontend"});
}

TEST_CASE("services come and go, and without a difference nothing is to be done") {
  CHECK(changed_by([](document&) {}).none());
  CHECK(changed_by([](document& doc) { doc.services.pop_back(); }).named(service_change::removed) ==
        strings{"frontend"});
  CHECK(changed_by([](document& doc) {
          doc.services.push_back(doc.services[0]);
          doc.services.back().name = "worker";
        }).named(service_change::added) == strings{"worker"});
}

TEST_CASE("an engine that takes over keeps what running services were made from") {
  auto edited = backend_and_frontend();
  edited.services[0].environment["LOG_LEVEL"] = "debug";
  const auto before = values_of(backend_and_frontend(), {});
  const auto now = values_of(edited, {});
  CHECK(adopted_values(before, now, {"backend", "frontend"}) == before);
  CHECK(adopted_values(before, now, {"frontend"}) == now);
  CHECK(adopted_values(before, now, {}) == now);
}
