// ctl pause, resume and restart: what runs stands still, goes on, or is started anew. They need an engine that runs.
#include "bin/commands/carried.hpp"

namespace paws::bin {

namespace {

struct steer_flags {
  std::string file;
  std::vector<std::string> services;
  bool cascade = false;
  std::int64_t wait_timeout_s = 0;
};

const char* done_word(const std::string& verb, bool already) {
  if (verb == "pause")
    return already ? "stands still already" : "stands still; go on with: paws-engine ctl resume";
  if (verb == "resume")
    return already ? "was not paused" : "goes on, and is healthy";
  return "restarted and ready";
}

int steer(const global_flags& flags, const steer_flags& given, const std::string& verb) {
  command_words what{verb, given.file, "", given.services.empty() ? "" : listed(given.services)};
  if (!given.services.empty())
    what.body["services"] = given.services;
  if (given.cascade)
    what.body["cascade"] = true;
  if (given.wait_timeout_s > 0)
    what.body["wait_timeout_ms"] = given.wait_timeout_s * 1000;
  auto carried = carry_out(flags, what);
  if (const auto* code = std::get_if<int>(&carried))
    return *code;
  const auto& [with, outcome] = std::get<carried_command>(carried);
  const auto& about = what.about.empty() ? with.at().environment : what.about;
  return say_end(flags, outcome, about + ": " + done_word(verb, outcome.already));
}

CLI::App* add_steering(CLI::App& parent, command_line& line, const std::shared_ptr<steer_flags>& given,
                       const char* verb, const char* what) {
  auto* sub = parent.add_subcommand(verb, what);
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->footer(std::string{"Example:\n  paws-engine ctl "} + verb);
  sub->callback([&line, given, verb] {
    line.flags.task = verb;
    line.action = [&line, given, verb] { return steer(line.flags, *given, verb); };
  });
  return sub;
}

void add_patience(CLI::App& sub, const std::shared_ptr<steer_flags>& given) {
  sub.add_option("--wait-timeout", given->wait_timeout_s, "Seconds until what is not ready has failed")
      ->check(CLI::Range(1, 86'400));
}

} // namespace

void add_ctl_pause(CLI::App& parent, command_line& line) {
  add_steering(parent, line, std::make_shared<steer_flags>(), "pause", "Everything stands still, or nothing does");
}

void add_ctl_resume(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<steer_flags>();
  add_patience(*add_steering(parent, line, given, "resume", "Everything goes on; returns when health is good again"),
               given);
}

void add_ctl_restart(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<steer_flags>();
  auto* sub = add_steering(parent, line, given, "restart",
                           "Restart a member, a service, or a cluster member by member; returns when ready");
  sub->add_option("SERVICE", given->services, "Member, cluster or service")->required();
  sub->add_flag("--cascade", given->cascade, "Everything that needs it as well");
  sub->footer("Examples:\n  paws-engine ctl restart etcd3\n  paws-engine ctl restart patroni --cascade");
  add_patience(*sub, given);
}

} // namespace paws::bin
