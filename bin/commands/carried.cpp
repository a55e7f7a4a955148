#include "bin/commands/carried.hpp"

#include "actors/view_json.hpp"
#include "bin/layout.hpp"
#include "bin/watching.hpp"

#include <iostream>

namespace paws::bin {

using topology::failure;

std::variant<carried_command, int> carry_out(const global_flags& flags, const command_words& what) {
  auto opened = session::open(flags, what.file, what.temporary);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  auto& with = std::get<session>(opened);
  progress shown{
      choose_progress(flags.progress, flags.quiet, flags.json()),
      look_of(flags),
      {what.title.empty() ? what.verb : what.title, what.about.empty() ? with.at().environment : what.about}};
  command_hooks hooks;
  hooks.trace_id = flags.trace_id;
  auto ended = watch_command(with.at(), what.verb, what.body, shown, hooks);
  if (auto* why = std::get_if<failure>(&ended))
    return fail(flags, *why, {{"trace_id", flags.trace_id}});
  return carried_command{std::move(with), std::move(std::get<command_end>(ended).outcome)};
}

int say_end(const global_flags& flags, const command_outcome& outcome, const std::string& sentence) {
  if (!outcome.what.code.empty())
    return fail(flags, outcome);
  if (flags.json())
    print(to_json(outcome));
  if (flags.talks()) {
    for (const auto& note : outcome.notes)
      std::cout << paragraph("", harmless_lines(note), 4, look_of(flags).width);
    if (!sentence.empty())
      std::cout << sentence << std::endl;
  }
  print_result(flags, outcome);
  return 0;
}

} // namespace paws::bin
