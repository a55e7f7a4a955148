// ctl switchover, failover and reinit: another leader, or data that is made anew.
#include "bin/commands/carried.hpp"
#include "bin/layout.hpp"
#include "bin/render.hpp"

namespace paws::bin {

namespace {

struct recovery_flags {
  std::string file;
  std::string target;
  bool force = false;
  bool confirmed = false;
  std::int64_t wait_timeout_s = 0;
};

std::string sentence(const command_outcome& outcome, bool starts_later) {
  const auto& what = outcome.recovery;
  if (!what.leader_after.empty())
    return what.cluster + ": " + what.leader_after + " leads" +
           (what.leader_before.empty() ? "" : " instead of " + what.leader_before) + ", after " +
           short_duration(outcome.duration_ms);
  const auto& about = what.member.empty() ? what.cluster : what.member;
  return about + (starts_later ? ": its data is destroyed" : ": made anew and ready") + ", after " +
         short_duration(outcome.duration_ms);
}

int recover(const global_flags& flags, const recovery_flags& given, const std::string& verb) {
  const bool destroys = verb == "reinit";
  if (destroys && !given.confirmed && !confirms_data_loss(flags, "the data of " + harmless(given.target)))
    return fail(flags, unconfirmed());
  command_words what{verb, given.file, "", given.target, destroys};
  if (!given.target.empty())
    what.body["target"] = given.target;
  if (given.force)
    what.body["force"] = true;
  if (destroys)
    what.body["confirm_data_loss"] = true; // typed or given, above
  if (given.wait_timeout_s > 0)
    what.body["wait_timeout_ms"] = given.wait_timeout_s * 1000;
  auto carried = carry_out(flags, what);
  if (const auto* code = std::get_if<int>(&carried))
    return *code;
  auto& [with, outcome] = std::get<carried_command>(carried);
  if (outcome.what.code.empty() && outcome.engine_ends)
    with.wait_for_end();
  return say_end(flags, outcome, sentence(outcome, outcome.engine_ends));
}

CLI::App* add_recovery(CLI::App& parent, command_line& line, const std::shared_ptr<recovery_flags>& given,
                       const char* verb, const char* what) {
  auto* sub = parent.add_subcommand(verb, what);
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_option("--wait-timeout", given->wait_timeout_s, "Seconds until it has failed")->check(CLI::Range(1, 86'400));
  sub->callback([&line, given, verb] {
    line.flags.task = verb;
    line.action = [&line, given, verb] { return recover(line.flags, *given, verb); };
  });
  return sub;
}

} // namespace

void add_ctl_switchover(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<recovery_flags>();
  auto* sub = add_recovery(parent, line, given, "switchover",
                           "The leader of Patroni hands over in order: no acknowledged write is lost");
  sub->add_option("--candidate", given->target, "Who leads then; else the synchronous standby");
  sub->footer("Examples:\n  paws-engine ctl switchover\n  paws-engine ctl switchover --candidate patroni2");
}

void add_ctl_failover(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<recovery_flags>();
  auto* sub = add_recovery(parent, line, given, "failover", "Another one leads, also when nobody does");
  sub->add_option("--candidate", given->target, "Who leads then; else the synchronous standby");
  sub->add_flag("--force", given->force, "Also one that may lack acknowledged writes: they may be lost");
  sub->footer("Examples:\n  paws-engine ctl failover\n  paws-engine ctl failover --candidate patroni3 --force");
}

void add_ctl_reinit(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<recovery_flags>();
  auto* sub = add_recovery(parent, line, given, "reinit",
                           "Destroy the data of a member, or of a whole cluster, and begin anew with it");
  sub->add_option("TARGET", given->target, "A member that the others can do without, or a cluster")->required();
  sub->add_flag("--confirm-data-loss", given->confirmed, "Instead of typing the phrase");
  sub->footer("Examples:\n  paws-engine ctl reinit patroni3\n  paws-engine ctl reinit etcd --confirm-data-loss");
}

} // namespace paws::bin
