// Services of their own, and the budgets of the phases.
#include "topology/fields.hpp"

#include <filesystem>

namespace paws::topology {

namespace {

void read_probe(const fields& entry, service& into) {
  const auto probe = entry.section("probe");
  const auto http = probe.section("http");
  into.has_probe = entry.has("probe");
  probe.read("timeout", into.probe.timeout);
  http.read("port", into.probe.port);
  http.read("path", into.probe.path);
  http.read("expect_status", into.probe.expect_status);
  http.read("expect_json", into.probe.expect_json);
}

// A path below `above`, as an absolute one without a final slash.
std::string below(const std::string& above, const std::string& path) {
  auto out = (std::filesystem::path{above} / path).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/')
    out.pop_back();
  return out;
}

void read_container(const fields& entry, const std::string& project, service& into) {
  std::string platform;
  entry.read("image", into.image);
  entry.read("platform", platform);
  into.platform = platform == "auto" ? "" : platform;
  entry.each_entry("mounts", [&](const fields& one) {
    mount out;
    std::string source, mode;
    one.read("volume", out.volume);
    one.read("source", source);
    one.read("target", out.target);
    one.read("mode", mode);
    out.source = source.empty() ? "" : below(project, source);
    out.read_only = mode != "rw";
    into.mounts.push_back(std::move(out));
  });
}

void read_build(const fields& entry, const std::string& project, service& into) {
  std::string sources;
  entry.section("process").read("build", into.build_command);
  entry.section("build").read("context", sources);
  entry.section("build").read("dockerfile", into.dockerfile);
  into.sources = entry.has("build") ? below(project, sources) : "";
}

} // namespace

void read_services(const fields& top, document& doc) {
  top.each("services", [&](const std::string& name, const fields& entry) {
    service out;
    std::string goal_word;
    std::string directory = ".";
    out.name = name;
    out.at = position_of(doc, entry);
    read_container(entry, doc.project, out);
    entry.section("process").read("command", out.command);
    entry.section("process").read("directory", directory);
    out.directory = below(doc.project, directory);
    read_build(entry, doc.project, out);
    entry.read("networks", out.networks);
    entry.read("depends_on", out.depends_on);
    entry.read("goal", goal_word);
    out.goal = goal_word == "completed" ? goal::completed : goal::running;
    entry.read("environment", out.environment);
    entry.read("secrets", out.secrets);
    entry.read("publish", out.publish);
    read_probe(entry, out);
    entry.section("log_scan").read("ignore", out.log_ignore);
    entry.read("resources", out.resources);
    entry.read("profiles", out.profiles);
    doc.services.push_back(std::move(out));
  });
}

void read_budgets(const fields& top, budgets& into) {
  const auto phases = top.section("budgets");
  phases.read("image_pull", into.image_pull);
  phases.read("container_creation", into.container_creation);
  phases.read("etcd_formation", into.etcd_formation);
  phases.read("patroni_initialization", into.patroni_initialization);
  phases.read("redis_setup", into.redis_setup);
  phases.read("application_startup", into.application_startup);
  phases.read("health_validation", into.health_validation);
  const auto total = phases.section("total");
  total.read("cold", into.total_cold);
  total.read("warm", into.total_warm);
  total.read("hot", into.total_hot);
  const auto failover = phases.section("failover");
  failover.read("detection", into.failover.detection);
  failover.read("lease_expiry", into.failover.lease_expiry);
  failover.read("election", into.failover.election);
  failover.read("promotion", into.failover.promotion);
  failover.read("stabilization", into.failover.stabilization);
  failover.read("total", into.failover.total);
}

} // namespace paws::topology
