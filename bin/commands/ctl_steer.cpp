// ctl pause, resume and restart: what runs stands still, goes on, or is started anew. They need an engine that runs.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/session.hpp"
#include "bin/watching.hpp"

#include <iostream>

namespace paws::bin {

namespace {

using topology::failure;

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
  auto opened = session::open(flags, given.file, false);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  const auto& with = std::get<session>(opened);
  const auto about = given.services.empty() ? with.at().environment : listed(given.services);
  progress shown{choose_progress(flags.progress, flags.quiet, flags.json()), look_of(flags), {verb, about}};
  nlohmann::json body = nlohmann::json::object();
  if (!given.services.empty())
    body["services"] = given.services;
  if (given.cascade)
    body["cascade"] = true;
  if (given.wait_timeout_s > 0)
    body["wait_timeout_ms"] = given.wait_timeout_s * 1000;
  auto ended = watch_command(with.at(), verb, body, shown, {});
  if (auto* why = std::get_if<failure>(&ended))
    return fail(flags, *why);
  const auto& outcome = std::get<command_end>(ended).outcome;
  if (!outcome.what.code.empty())
    return fail(flags, outcome);
  if (flags.json())
    print(to_json(outcome));
  if (flags.talks()) {
    for (const auto& note : outcome.notes)
      std::cout << paragraph("", harmless_lines(note), 4, look_of(flags).width);
    std::cout << about << ": " << done_word(verb, outcome.already) << std::endl;
  }
  print_result(flags, outcome);
  return 0;
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
