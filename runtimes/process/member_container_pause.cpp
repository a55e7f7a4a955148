// Standing still: everything of a member but its keeper, by the control group's freezer or by signals.
#include "runtimes/process/member_container.hpp"

#include <chrono>
#include <csignal>
#include <poll.h>

namespace paws::process {

namespace {

// Until a stopped or continued process is seen to be so: one that waits for its disk takes the signal only afterwards.
constexpr std::uint32_t pause_patience_ms = 5'000;
constexpr int look_again_ms = 1; // the kernel tells nobody when a process that is no child of ours stops

} // namespace

bool member_container::is_paused(const keeper_record& record) const {
  if (group_.is_frozen())
    return true;
  // Without its keeper a member does not go on for long: nobody takes what it says.
  if (is_stopped({record.keeper_pid, record.keeper_started}))
    return true;
  const auto main = main_process(record);
  return main && is_stopped(*main);
}

// True when it came true within the patience of a pause.
bool member_container::comes_true(const std::function<bool()>& what) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{pause_patience_ms};
  while (!what()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    ::poll(nullptr, 0, look_again_ms);
  }
  return true;
}

// The main process last, as it is stopped first: whoever dies in between leaves a member that still counts as paused.
void member_container::thaw() {
  if (group_.is_frozen())
    group_.freeze(false);
  const auto alive = keeper();
  if (!alive)
    return;
  signal_process(*alive, SIGCONT);
  const auto record = read_record(directory_.keeper_dir());
  const auto main = record ? main_process(*record) : std::nullopt;
  for (const auto& who : members_of(alive->pid, ""))
    if (who != main && is_stopped(who))
      signal_process(who, SIGCONT);
  if (main)
    signal_process(*main, SIGCONT);
}

outcome<container_info> member_container::pause() {
  const auto record = read_record(directory_.keeper_dir());
  const auto alive = keeper();
  const auto main = record ? main_process(*record) : std::nullopt;
  if (!alive || !main)
    return failed("does not run: it cannot be paused");
  if (group_.freeze(true))
    return inspect();
  group_.freeze(false);
  signal_process(*main, SIGSTOP); // the one that tells whether all are paused
  const auto all_stopped = [&] {
    bool out = true;
    for (const auto& who : members_of(alive->pid, ""))
      if (!is_stopped(who)) {
        signal_process(who, SIGSTOP);
        out = false;
      }
    return out;
  };
  if (comes_true(all_stopped) && is_stopped(*main))
    return inspect();
  thaw();
  return failed("could not be paused: not all of its processes stood still in time");
}

outcome<container_info> member_container::unpause() {
  const auto now = inspect();
  if (now.status == container_status::running)
    return now;
  if (now.status != container_status::paused)
    return failed("does not run: it cannot be resumed");
  thaw();
  if (!comes_true([this] { return inspect().status != container_status::paused; }))
    return failed("could not be resumed: it still stands still");
  return inspect();
}

} // namespace paws::process
