// What a simulated PostgreSQL is asked in words, and what becomes of it.
#include "tests/support/simulated_patroni.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace paws::testing {

namespace {

constexpr std::int64_t writes_nothing = -1;

// The run whose table a statement names; "" = none.
std::string run_in(const std::string& sql) {
  constexpr std::string_view before = "paws_drill.\"w_";
  const auto at = sql.find(before);
  return at == std::string::npos
             ? ""
             : sql.substr(at + before.size(), sql.find('"', at + before.size()) - at - before.size());
}

std::int64_t id_in(const std::string& sql) {
  constexpr std::string_view before = "VALUES (";
  if (sql.starts_with("CREATE TABLE"))
    return 0;
  const auto at = sql.find(before);
  return sql.starts_with("INSERT") && at != std::string::npos ? std::stoll(sql.substr(at + before.size()))
                                                              : writes_nothing;
}

} // namespace

void sim_patroni::answer_route(sim_ground& ground, const logic::ask& asked, const sim_reply& reply) {
  if (ground.life(router_).empty()) {
    reply(sim_failure("connection refused", false));
    return;
  }
  if (!ground.up(router_))
    return ground.hang(asked, reply);
  const auto to = routed(ground);
  if (to.empty() || ground.life(to).empty()) {
    reply(sim_failure("server closed the connection: no leader is there", false));
    return;
  }
  statements_.push_back({to, ground.life(to), ground.run(run_in(asked.sql)), id_in(asked.sql),
                         ground.now + ground.span(0, 20), ground.now + asked.timeout, reply, 0});
}

bool sim_patroni::carry_on(sim_ground& ground, statement& of) {
  auto& by = at(of.node);
  if (by.life != of.life || ground.life(router_).empty() || by.failed_checks >= checks_failed_most) {
    of.reply(sim_failure("server closed the connection unexpectedly", true));
    return true;
  }
  if (ground.now >= of.deadline) {
    of.reply(sim_failure("timed out", true));
    return true;
  }
  if (!ground.up(router_) || !ground.reach(router_, of.node) || by.frozen || ground.now < of.due)
    return false;
  auto done = sim_rows({{of.node}});
  if (of.position == 0) {
    if (by.state != postgres::primary) {
      const bool standby = by.state == postgres::standby;
      of.reply(sim_failure(standby ? "cannot execute INSERT in a read-only transaction" : "the system is starting up",
                           true, standby ? "25006" : "57P03"));
      return true;
    }
    if (of.id > 0) {
      const auto same = [&](const sim_row& row) { return row.run == of.run && row.id == of.id; };
      if (std::any_of(by.rows.rbegin(), by.rows.rbegin() + std::min<std::ptrdiff_t>(64, std::ssize(by.rows)), same)) {
        of.reply(sim_failure("duplicate key", true, "23505"));
        return true;
      }
    }
    if (of.id >= 0)
      by.rows.push_back({++last_stamp_, of.run, of.id});
    of.position = std::max<std::size_t>(1, by.rows.size());
    return false;
  }
  if (by.state != postgres::primary) { // the wait for the standby ends with the server's role
    done.warnings = {"57P01 canceling the wait for synchronous replication and terminating connection"};
    of.reply(ground.span(0, 1).count() == 0 ? done : sim_failure("terminating connection", true, "57P01"));
    return true;
  }
  if (!acknowledged(ground, by, std::min(of.position, by.rows.size())))
    return false;
  const bool heard = of.reply(done);
  if (of.id > 0) {
    two_acknowledged_ = two_acknowledged_ || by.timeline < newest_acknowledging_;
    newest_acknowledging_ = std::max(newest_acknowledging_, by.timeline);
    if (heard)
      heard_[of.run].insert(of.id);
  }
  return true;
}

void sim_patroni::answer_member(sim_ground& ground, const logic::ask& asked, const sim_reply& reply) {
  const auto& of = at(asked.member);
  if (of.frozen)
    return ground.hang(asked, reply);
  if (of.state < postgres::standby) {
    reply(sim_failure("connection refused", false));
    return;
  }
  const bool primary = of.state == postgres::primary;
  if (asked.name == "patroni.node") {
    std::array<char, 16> file{};
    std::snprintf(file.data(), file.size(), "%08X", static_cast<unsigned>(of.timeline));
    reply(sim_rows({{primary ? "true" : "false", primary ? file.data() : "", of.standbys}}));
    return;
  }
  std::string ids;
  for (const auto id : ids_at(asked.member, ground.run(run_in(asked.sql))))
    ids += (ids.empty() ? "" : ",") + std::to_string(id);
  reply(sim_rows({{ids}}));
}

std::string sim_patroni::describe() const {
  constexpr std::array words{"down", "starting", "standby", "primary"};
  std::string out =
      "key " + etcd_.get("leader") + ", sync " + sync_leader_ + "/" + sync_standby_ + ", etcd " + etcd_.leader() + "\n";
  for (const auto& each : nodes_)
    out += each.name + " " + words.at(static_cast<std::size_t>(each.state)) + (each.leads ? " leads" : "") +
           (each.frozen ? " frozen" : "") + " follows " + each.follows + ", names " + each.standbys + ", rows " +
           std::to_string(each.rows.size()) + ", timeline " + std::to_string(each.timeline) + "\n";
  return out;
}

} // namespace paws::testing
