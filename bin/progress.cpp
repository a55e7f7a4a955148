#include "bin/progress.hpp"

#include "actors/view_json.hpp"
#include "bin/layout.hpp"

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace kinds = logic::event_kinds;

constexpr std::size_t bar_cells = 20;

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

std::string field(const logic::event& what, const std::string& name) {
  const auto at = what.fields.find(name);
  return at == what.fields.end() ? "" : at->second;
}

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

} // namespace

progress_mode choose_progress(const std::string& choice, bool quiet, bool json_format) {
  if (quiet || choice == "quiet")
    return progress_mode::quiet;
  if (choice == "tty")
    return progress_mode::tty;
  if (choice == "plain")
    return json_format ? progress_mode::quiet : progress_mode::plain;
  if (choice == "json")
    return progress_mode::json;
  if (json_format) // one document on stdout
    return progress_mode::quiet;
  return ::isatty(STDOUT_FILENO) == 1 ? progress_mode::tty : progress_mode::plain;
}

progress::progress(progress_mode mode, std::size_t members, look as) : mode_{mode}, members_{members}, as_{as} {}

std::string progress::line_of(const logic::event& what) const {
  if (what.kind == kinds::start_called)
    return what.subject + ": " + what.text;
  if (what.kind == kinds::cluster_state)
    return what.subject + " " + what.text;
  if (what.kind == kinds::phase_ended)
    return what.text + " (target " + short_duration(std::atoll(field(what, "target_ms").c_str())) + ")";
  if (what.kind == kinds::leader_changed || what.kind == kinds::container_exited ||
      what.kind == kinds::restart_scheduled || what.kind == kinds::service_failed)
    return what.subject + " " + what.text;
  if (what.kind == kinds::route_state)
    return "route " + what.subject + " " + what.text;
  return "";
}

void progress::hear(const logic::event& what) {
  if (what.kind == kinds::service_state) {
    const auto to = field(what, "to");
    if (to == "ready" || to == "completed")
      ready_.insert(what.subject);
    else
      ready_.erase(what.subject);
  }
  if (what.kind == kinds::cluster_state) {
    if (field(what, "ready") == "true")
      clusters_.erase(what.subject);
    else
      clusters_[what.subject] = what.text;
  }
  if (what.kind == kinds::phase_begun)
    phase_ = what.subject;
  if (mode_ == progress_mode::json)
    return say(dump(to_json(what)));
  if (mode_ == progress_mode::plain)
    if (const auto line = line_of(what); !line.empty())
      say(harmless(line));
}

std::string progress::awaited() const {
  std::string out;
  for (const auto& [cluster, why] : clusters_)
    out += (out.empty() ? "" : "; ") + cluster + " " + why;
  return out.empty() ? phase_ : out;
}

std::string progress::bar(std::int64_t elapsed_ms, std::size_t width) const {
  const auto all = std::max<std::size_t>(members_, 1);
  const auto done = std::min(ready_.size(), all);
  const auto cells = done * bar_cells / all;
  const std::string full = as_.symbols ? "█" : "#", empty = as_.symbols ? "░" : ".";
  std::string out = "[";
  for (std::size_t i = 0; i < bar_cells; ++i)
    out += i < cells ? full : empty;
  auto percent = std::to_string(done * 100 / all) + "%";
  percent.insert(0, 4 - std::min<std::size_t>(percent.size(), 4), ' ');
  out += "] " + percent + "  " + short_duration(elapsed_ms) + "  ";
  const auto used = width_of(out);
  // The last column stays free: a terminal may wrap what is written there.
  return out + cut(harmless(awaited()), width > used + 1 ? width - used - 1 : 0);
}

void progress::refresh(std::int64_t elapsed_ms) {
  if (mode_ != progress_mode::tty)
    return;
  std::fputs(("\r\x1b[K" + bar(elapsed_ms, terminal_width())).c_str(), stdout);
  std::fflush(stdout);
  drawn_ = true;
}

void progress::end() {
  if (drawn_)
    std::fputs("\r\x1b[K", stdout);
  std::fflush(stdout);
  drawn_ = false;
}

} // namespace paws::bin
