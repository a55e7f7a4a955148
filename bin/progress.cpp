#include "bin/progress.hpp"

#include "actors/view_json.hpp"
#include "bin/layout.hpp"

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

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

} // namespace

progress_mode choose_progress(const std::string& choice, bool quiet, bool json_format) {
  if (quiet || choice == "quiet")
    return progress_mode::quiet;
  if (choice == "json")
    return progress_mode::json;
  if (json_format) // one document on stdout
    return progress_mode::quiet;
  if (choice == "auto")
    return ::isatty(STDOUT_FILENO) == 1 ? progress_mode::tty : progress_mode::plain;
  return choice == "tty" ? progress_mode::tty : progress_mode::plain;
}

std::string ending_line(const logic::event& what) {
  if (what.kind != kinds::service_state)
    return "";
  const auto to = field(what, "to");
  return to == "exited" ? what.subject + " stopped" : to == "absent" ? what.subject + " removed" : "";
}

progress::progress(progress_mode mode, std::size_t things, look as) : mode_{mode}, things_{things}, as_{as} {}

std::string progress::line_of(const logic::event& what) const {
  if (what.kind == kinds::start_called)
    return what.subject + ": " + what.text;
  if (what.kind == kinds::phase_ended)
    return what.text + " (target " + short_duration(std::atoll(field(what, "target_ms").c_str())) + ")";
  if (what.kind == kinds::cluster_state || what.kind == kinds::leader_changed || what.kind == kinds::container_exited ||
      what.kind == kinds::restart_scheduled || what.kind == kinds::service_failed)
    return what.subject + " " + what.text;
  if (what.kind == kinds::route_state)
    return "route " + what.subject + " " + what.text;
  return "";
}

void progress::note(const logic::event& what) {
  const auto is = [this](const std::string& thing, bool ready) {
    ready ? void(ready_.insert(thing)) : void(ready_.erase(thing));
  };
  if (what.kind == kinds::service_state)
    is(what.subject, field(what, "to") == "ready" || field(what, "to") == "completed");
  if (what.kind == kinds::route_state)
    is("route " + what.subject, field(what, "state") == "ready");
  if (what.kind == kinds::cluster_state) {
    is("cluster " + what.subject, field(what, "ready") == "true");
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
  if (mode_ == progress_mode::json)
    return dump(to_json(what)) + "\n";
  if (mode_ != progress_mode::plain)
    return "";
  if (begun_us_ == 0)
    begun_us_ = what.at_us;
  const auto line = harmless(line_of(what));
  if (line.empty() || std::exchange(told_[what.subject], line) == line)
    return "";
  auto at = short_duration(std::max<std::int64_t>(what.at_us - begun_us_, 0) / 1000);
  at.insert(0, 7 - std::min<std::size_t>(at.size(), 7), ' ');
  return at + "  " + line + "\n";
}

void progress::see(const logic::environment_view& view) {
  std::map<std::string, std::string> names; // by what they wait for
  for (const auto& service : view.services)
    for (const auto& thing : service.waiting_for) {
      // A member that waits for its own cluster says best itself what it lacks.
      auto& list = names[thing.what == service.cluster ? thing.why : thing.what + " (" + thing.why + ")"];
      list += (list.empty() ? "" : ", ") + service.name;
    }
  seen_.clear();
  for (const auto& [why, list] : names)
    seen_ += (seen_.empty() ? "" : "; ") + list + ": " + why;
}

std::string progress::awaited() const {
  if (!seen_.empty())
    return seen_;
  std::string out;
  for (const auto& [cluster, why] : clusters_)
    out += (out.empty() ? "" : "; ") + cluster + " " + why;
  return out.empty() ? phase_ : out;
}

std::string progress::bar(std::int64_t elapsed_ms, std::size_t width) const {
  const auto all = std::max<std::size_t>(things_, 1);
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
