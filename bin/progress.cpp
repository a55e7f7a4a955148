#include "bin/progress.hpp"

#include "actors/view_json.hpp"
#include "bin/layout.hpp"
#include "logic/sql_files.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <unistd.h>
#include <utility>

namespace paws::bin {

namespace {

namespace kinds = logic::event_kinds;

constexpr std::size_t bar_cells = 20;

constexpr std::int64_t first_silence_ms = 1000, silence_ms = 10'000;

std::string field(const logic::event& what, const std::string& name) {
  const auto at = what.fields.find(name);
  return at == what.fields.end() ? "" : at->second;
}

bool is_ready(logic::actual_state state) {
  return state == logic::actual_state::ready || state == logic::actual_state::completed;
}

// "etcd1 stopped", "etcd1 removed"; "" for what is no news to one who waits for the end of everything.
std::string ending_line(const logic::event& what) {
  if (what.kind != kinds::service_state)
    return "";
  const auto to = field(what, "to");
  return to == "exited" ? what.subject + " stopped" : to == "absent" ? what.subject + " removed" : "";
}

// Of what goes on or is started anew.
std::string change_line(const logic::event& what) {
  if (what.kind == kinds::secrets_step || what.kind == kinds::wake_begun || what.kind == kinds::wake_ended ||
      what.kind == logic::sql_file_applied)
    return what.text;
  if (what.kind == kinds::wake_step)
    return what.subject + " " + what.text;
  if (what.kind == kinds::leader_changed || what.kind == kinds::service_failed || what.kind == kinds::container_exited)
    return what.subject + " " + what.text;
  return what.kind == kinds::start_called ? what.subject + ": " + what.text : ending_line(what);
}

std::string start_line(const logic::event& what) {
  if (what.kind == kinds::start_called)
    return what.subject + ": " + what.text;
  if (what.kind == kinds::phase_ended)
    return what.text + " (target " + short_duration(std::atoll(field(what, "target_ms").c_str())) + ")";
  if (what.kind == kinds::cluster_state || what.kind == kinds::leader_changed || what.kind == kinds::container_exited ||
      what.kind == kinds::restart_scheduled || what.kind == kinds::service_failed)
    return what.subject + " " + what.text;
  if (what.kind == kinds::secrets_step)
    return what.text;
  return what.kind == kinds::route_state ? "route " + what.subject + " " + what.text : "";
}

// "stopping paws360"
std::string title(const task& what) {
  static const std::map<std::string, std::string> words{{"start", "starting"},
                                                        {"stop", "stopping"},
                                                        {"down", "taking down"},
                                                        {"reset", "resetting"},
                                                        {"pause", "pausing"},
                                                        {"resume", "resuming"},
                                                        {"restart", "restarting"},
                                                        {"rotate", "changing the secrets of"},
                                                        {"resume-after-sleep", "checking anew all of"},
                                                        {"time-sync", "comparing the clocks of"},
                                                        {"migrate", "migrating"},
                                                        {"seed", "seeding"},
                                                        {"health", "waiting for the health of"}};
  const auto found = words.find(what.verb);
  return (found == words.end() ? what.verb : found->second) + " " + what.of;
}

std::string spinner(std::int64_t elapsed_ms, const look& as) {
  static const std::array<const char*, 10> dots{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  static const std::array<const char*, 4> letters{"|", "/", "-", "\\"};
  const auto turn = static_cast<std::size_t>(std::max<std::int64_t>(elapsed_ms, 0) / redraw_ms);
  return as.symbols ? dots.at(turn % dots.size()) : letters.at(turn % letters.size());
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

} // namespace

progress_mode choose_progress(const std::string& choice, bool quiet, bool json_format) {
  if (quiet || choice == "quiet")
    return progress_mode::quiet;
  if (choice == "json")
    return progress_mode::json;
  if (json_format) // one document on stdout
    return progress_mode::quiet;
  if (choice == "auto")
    return ::isatty(STDOUT_FILENO) == 1 && terminal_can_draw() ? progress_mode::tty : progress_mode::plain;
  return choice == "tty" ? progress_mode::tty : progress_mode::plain;
}

progress::progress(progress_mode mode, look as, task what) : mode_{mode}, as_{as}, task_{std::move(what)} {}

std::string progress::line_of(const logic::event& what) const {
  if (task_.verb == "start")
    return start_line(what);
  return task_.verb == "stop" || task_.verb == "down" || task_.verb == "reset" ? ending_line(what) : change_line(what);
}

void progress::note(const logic::event& what) {
  if (what.kind == kinds::service_state && task_.verb == "start") {
    const auto to = field(what, "to");
    field(what, "desired") == "running" ? void(wanted_.insert(what.subject)) : void(wanted_.erase(what.subject));
    to == "ready" || to == "completed" ? void(ready_.insert(what.subject)) : void(ready_.erase(what.subject));
  }
  if (what.kind == kinds::cluster_state) {
    if (field(what, "ready") == "true")
      clusters_.erase(what.subject);
    else
      clusters_[what.subject] = what.text;
  }
  if (what.kind == kinds::phase_begun)
    phase_ = what.subject;
}

std::string progress::hear(const logic::event& what) {
  note(what);
  if (begun_us_ == 0)
    begun_us_ = what.at_us;
  if (mode_ == progress_mode::json)
    return dump(to_json(what)) + "\n";
  const auto line = harmless(line_of(what));
  if (line.empty() || std::exchange(told_[what.subject], line) == line)
    return "";
  news_ = line;
  if (mode_ != progress_mode::plain)
    return "";
  said_ = true;
  if (task_.verb != "start")
    return line + "\n";
  return right(short_duration(std::max<std::int64_t>(what.at_us - begun_us_, 0) / 1000), 7) + "  " + line + "\n";
}

void progress::see(const logic::environment_view& view) {
  std::map<std::string, std::string> names; // by what they wait for
  wanted_.clear();
  ready_.clear();
  for (const auto& service : view.services) {
    if (service.desired == logic::desired_state::running)
      wanted_.insert(service.name);
    if (is_ready(service.actual))
      ready_.insert(service.name);
    for (const auto& thing : service.waiting_for) {
      // A member that waits for its own cluster says best itself what it lacks.
      auto& list = names[thing.what == service.cluster ? thing.why : thing.what + " (" + thing.why + ")"];
      list += (list.empty() ? "" : ", ") + service.name;
    }
  }
  seen_.clear();
  for (const auto& [why, list] : names)
    seen_ += (seen_.empty() ? "" : "; ") + list + ": " + why;
}

std::string progress::awaited() const {
  if (!seen_.empty())
    return seen_;
  if (task_.verb != "start")
    return news_;
  std::string out;
  for (const auto& [cluster, why] : clusters_)
    out += (out.empty() ? "" : "; ") + cluster + " " + why;
  return out.empty() ? phase_ : out;
}

std::string progress::bar(std::int64_t elapsed_ms) const {
  std::set<std::string> done;
  std::set_intersection(wanted_.begin(), wanted_.end(), ready_.begin(), ready_.end(), std::inserter(done, done.end()));
  const auto cells = done.size() * bar_cells / wanted_.size();
  const std::string full = as_.symbols ? "█" : "#", empty = as_.symbols ? "░" : ".";
  std::string out = "[";
  for (std::size_t i = 0; i < bar_cells; ++i)
    out += i < cells ? full : empty;
  out += "] " + right(std::to_string(done.size() * 100 / wanted_.size()) + "%", 4) + "  ";
  // Past what it took the last time, and when only the last checks are left, nobody knows.
  if (elapsed_ms < task_.usual_ms && done.size() < wanted_.size())
    return out + short_duration(elapsed_ms) + ", " + short_duration(task_.usual_ms - elapsed_ms) + " to go";
  return out + spinner(elapsed_ms, as_) + " " + short_duration(elapsed_ms);
}

std::string progress::drawn(std::int64_t elapsed_ms, std::size_t width) const {
  const auto out = wanted_.empty() ? spinner(elapsed_ms, as_) + " " + title(task_) + "  " + short_duration(elapsed_ms)
                                   : bar(elapsed_ms);
  const auto why = harmless(awaited());
  // The last column stays free: a terminal may wrap what is written there.
  return cut(why.empty() ? out : out + "  " + why, width > 1 ? width - 1 : 0);
}

bool progress::is_overdue(std::int64_t elapsed_ms) {
  if (mode_ != progress_mode::plain)
    return false;
  if (std::exchange(said_, false)) {
    said_ms_ = elapsed_ms;
    ever_said_ = true;
  }
  return elapsed_ms - said_ms_ >= (ever_said_ ? silence_ms : first_silence_ms);
}

std::string progress::overdue(std::int64_t elapsed_ms) {
  if (!is_overdue(elapsed_ms))
    return "";
  said_ms_ = elapsed_ms;
  ever_said_ = true;
  const auto why = harmless(awaited());
  return right(short_duration(elapsed_ms), 7) + "  " + title(task_) + (why.empty() ? "" : ": " + why) + "\n";
}

void progress::refresh(std::int64_t elapsed_ms) {
  if (mode_ == progress_mode::tty) {
    auto text = drawn(elapsed_ms, terminal_columns());
    if (text == on_screen_)
      return;
    on_screen_ = std::move(text);
    std::fputs(("\r\x1b[K" + on_screen_).c_str(), stdout);
  } else {
    std::fputs(overdue(elapsed_ms).c_str(), stdout);
  }
  std::fflush(stdout);
}

void progress::end() {
  if (!on_screen_.empty())
    std::fputs("\r\x1b[K", stdout);
  std::fflush(stdout);
  on_screen_.clear();
}

} // namespace paws::bin
