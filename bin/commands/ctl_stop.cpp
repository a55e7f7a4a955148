// ctl stop, down and reset: what is running ends in order; down also removes what was made, and with --volumes the
// data; reset is down with its data.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/session.hpp"
#include "bin/watching.hpp"

#include <iostream>

namespace paws::bin {

namespace {

using topology::failure;

struct stop_flags {
  std::string file;
  bool volumes = false;
  bool confirmed = false;
  std::vector<std::string> services;
};

int end_environment(const global_flags& flags, const stop_flags& given, const std::string& verb) {
  if (given.volumes && !given.confirmed && !confirms_data_loss(flags, "all data of the environment"))
    return fail(flags, unconfirmed());
  auto opened = session::open(flags, given.file, true);
  if (auto* why = std::get_if<failure>(&opened)) {
    if (why->code != "ERR_CLI_002")
      return fail(flags, *why);
    command_outcome nothing; // runs and nothing is there: that is what was asked for
    nothing.name = verb;
    nothing.already = true;
    if (flags.json())
      print({{"command", verb}, {"exit_code", 0}, {"already", true}});
    else if (flags.talks())
      std::cout << "nothing to " << (verb == "stop" ? "stop" : "take down") << ": " << why->message << std::endl;
    print_result(flags, nothing);
    return 0;
  }
  auto& with = std::get<session>(opened);
  const auto about = given.services.empty() ? with.at().environment : listed(given.services);
  progress shown{choose_progress(flags.progress, flags.quiet, flags.json()), look_of(flags), {verb, about}};
  command_hooks hooks;
  hooks.trace_id = flags.trace_id;
  nlohmann::json body = nlohmann::json::object();
  if (given.volumes)
    body = {{"volumes", true}, {"confirm_data_loss", true}}; // typed or given, above
  if (verb == "reset")
    body = {{"confirm_data_loss", true}};
  if (!given.services.empty())
    body = {{"services", given.services}};
  auto ended = watch_command(with.at(), verb, body, shown, hooks);
  if (auto* why = std::get_if<failure>(&ended))
    return fail(flags, *why, {{"trace_id", flags.trace_id}});
  const auto& outcome = std::get<command_end>(ended).outcome;
  if (!outcome.what.code.empty())
    return fail(flags, outcome);
  if (given.services.empty())
    with.wait_for_end();
  if (flags.json())
    print(to_json(outcome));
  if (flags.talks())
    std::cout << about
              << (given.services.size() > 1 ? ": stopped; their data is kept"
                  : !given.services.empty() ? ": stopped; its data is kept"
                  : verb == "stop"          ? ": stopped; data and state are kept"
                  : given.volumes           ? ": down; its data is destroyed"
                                            : ": down; its data is kept")
              << std::endl;
  print_result(flags, outcome);
  return 0;
}

void add_teardown(CLI::App& sub, command_line& line, const std::shared_ptr<stop_flags>& given, const char* verb) {
  sub.add_option("--file", given->file, "Topology whose environment is meant");
  sub.add_flag("--confirm-data-loss", given->confirmed, "Instead of typing the phrase");
  sub.footer(std::string{"Example:\n  paws-engine ctl "} + verb);
  sub.callback([&line, given, verb] {
    line.flags.task = verb;
    line.action = [&line, given, verb] { return end_environment(line.flags, *given, verb); };
  });
}

} // namespace

void add_ctl_stop(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<stop_flags>();
  auto* sub = parent.add_subcommand("stop", "Stop everything in order; data and state are kept");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_option("--service", given->services, "Only this member, cluster or service (repeatable)");
  sub->footer("Examples:\n  paws-engine ctl stop\n  paws-engine ctl stop --service backend");
  sub->callback([&line, given] {
    line.flags.task = "stop";
    line.action = [&line, given] { return end_environment(line.flags, *given, "stop"); };
  });
}

void add_ctl_down(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<stop_flags>();
  auto* sub = parent.add_subcommand("down", "Stop and remove everything but the data; --volumes destroys that too");
  sub->add_flag("--volumes", given->volumes, "Destroy the data as well");
  add_teardown(*sub, line, given, "down");
}

void add_ctl_reset(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<stop_flags>();
  given->volumes = true;
  auto* sub = parent.add_subcommand("reset", "As down, and the data is destroyed: the next start begins from nothing");
  add_teardown(*sub, line, given, "reset");
}

} // namespace paws::bin
