// ctl pause, resume and restart: what runs stands still, goes on, or is started anew. They need an engine that runs.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/progress.hpp"
#include "bin/session.hpp"

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

// Lines that one who waits wants to see.
std::string news(const logic::event& what) {
  namespace kinds = logic::event_kinds;
  if (what.kind == kinds::leader_changed || what.kind == kinds::service_failed || what.kind == kinds::container_exited)
    return what.subject + " " + what.text;
  if (what.kind == kinds::start_called)
    return what.subject + ": " + what.text;
  return ending_line(what);
}

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
  const auto mode = choose_progress(flags.progress, flags.quiet, flags.json());
  command_hooks hooks;
  hooks.trace_id = flags.trace_id;
  hooks.on_event = [&](const logic::event& what) {
    if (mode == progress_mode::json)
      print(to_json(what));
    else if (const auto line = news(what); mode != progress_mode::quiet && !line.empty() && verb == "restart")
      std::cout << harmless(line) << std::endl;
    return true;
  };
  nlohmann::json body = nlohmann::json::object();
  if (!given.services.empty())
    body["services"] = given.services;
  if (given.cascade)
    body["cascade"] = true;
  if (given.wait_timeout_s > 0)
    body["wait_timeout_ms"] = given.wait_timeout_s * 1000;
  auto ended = command_engine(with.at(), verb, body, hooks);
  if (auto* why = std::get_if<failure>(&ended))
    return fail(flags, *why, {{"trace_id", flags.trace_id}});
  const auto& outcome = std::get<command_end>(ended).outcome;
  if (!outcome.what.code.empty()) {
    if (!outcome.log.empty())
      std::cerr << "last lines of " << outcome.culprit << ":\n";
    for (const auto& line : outcome.log)
      std::cerr << "  " << harmless(line) << "\n";
    const int code =
        fail(flags, outcome.what, {{"culprit", outcome.culprit}, {"log", outcome.log}, {"trace_id", outcome.trace_id}});
    return outcome.code != topology::exit_code::success ? static_cast<int>(outcome.code) : code;
  }
  if (flags.json()) {
    print(to_json(outcome));
  } else if (!flags.quiet) {
    for (const auto& note : outcome.notes)
      std::cout << harmless(note) << "\n";
    std::cout << (given.services.empty() ? with.at().environment : listed(given.services)) << ": "
              << done_word(verb, outcome.already) << std::endl;
  }
  return 0;
}

CLI::App* add_steering(CLI::App& parent, command_line& line, const std::shared_ptr<steer_flags>& given,
                       const char* verb, const char* what) {
  auto* sub = parent.add_subcommand(verb, what);
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->footer(std::string{"Example:\n  paws-engine ctl "} + verb);
  sub->callback(
      [&line, given, verb] { line.action = [&line, given, verb] { return steer(line.flags, *given, verb); }; });
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
