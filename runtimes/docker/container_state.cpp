#include "runtimes/docker/container_state.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace paws::docker {

namespace {

using nlohmann::json;

constexpr int signal_codes_begin = 128;
constexpr int most_signals = 64;

const json& at(const json& of, const char* key) {
  static const json none;
  const auto found = of.is_object() ? of.find(key) : of.end();
  return of.is_object() && found != of.end() ? *found : none;
}

std::string text_at(const json& of, const char* key) {
  const auto& what = at(of, key);
  return what.is_string() ? what.get<std::string>() : std::string{};
}

std::int64_t number_at(const json& of, const char* key) {
  const auto& what = at(of, key);
  if (what.is_number_integer())
    return what.get<std::int64_t>();
  std::int64_t out = 0;
  if (what.is_string()) {
    const auto& text = what.get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), out);
  }
  return out;
}

bool true_at(const json& of, const char* key) {
  const auto& what = at(of, key);
  return what.is_boolean() ? what.get<bool>() : what.is_string() && what.get_ref<const std::string&>() == "true";
}

container_status status_of(const json& state) {
  const auto said = text_at(state, "Status");
  if (said == "paused" || true_at(state, "Paused"))
    return container_status::paused;
  if (said == "created" || said == "configured" || said == "initialized" || said == "init")
    return container_status::created;
  if (said == "running" || said == "stopping" || said == "restarting")
    return container_status::running;
  if (said == "exited" || said == "stopped" || said == "dead" || said == "removing")
    return container_status::exited;
  return true_at(state, "Running") ? container_status::running : container_status::exited;
}

// Digits at the front of `text`, `count` of them.
bool take(std::string_view& text, std::size_t count, int& into) {
  if (text.size() < count)
    return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, into);
  if (error != std::errc{} || end != text.data() + count || into < 0)
    return false;
  text.remove_prefix(count);
  return true;
}

bool skip(std::string_view& text, char what) {
  if (!text.starts_with(what))
    return false;
  text.remove_prefix(1);
  return true;
}

std::int64_t take_fraction(std::string_view& text) {
  std::int64_t out = 0, unit = 100'000'000;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), unit /= 10)
    out += unit * (text.front() - '0');
  return out;
}

} // namespace

std::int64_t parse_time_ns(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!(take(text, 4, year) && skip(text, '-') && take(text, 2, month) && skip(text, '-') && take(text, 2, day) &&
        (skip(text, 'T') || skip(text, ' ')) && take(text, 2, hour) && skip(text, ':') && take(text, 2, minute) &&
        skip(text, ':') && take(text, 2, second)))
    return 0;
  const auto fraction = skip(text, '.') ? take_fraction(text) : 0;
  int offset_minutes = 0;
  if (const bool behind = text.starts_with('-'); behind || text.starts_with('+')) {
    text.remove_prefix(1);
    int hours = 0, minutes = 0;
    if (!take(text, 2, hours) || !(skip(text, ':') || !text.empty()) || !take(text, 2, minutes) || hours > 23)
      return 0;
    offset_minutes = (behind ? -1 : 1) * (hours * 60 + minutes);
  } else if (!skip(text, 'Z')) {
    return 0;
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  // Years that fit into nanoseconds.
  if (!text.empty() || !date.ok() || year < 1970 || year > 2261 || hour > 23 || minute > 59 || second > 60)
    return 0;
  const std::int64_t seconds = std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400} +
                               hour * 3'600 + (minute - offset_minutes) * 60 + second;
  return seconds * 1'000'000'000 + fraction;
}

std::optional<container_state> read_container(const json& inspected) {
  const auto& state = at(inspected, "State");
  container_state out;
  out.id = text_at(inspected, "Id");
  if (out.id.empty() || !state.is_object())
    return std::nullopt;
  out.image_id = text_at(inspected, "Image");
  out.status = status_of(state);
  out.pid = number_at(state, "Pid");
  out.started_ns = parse_time_ns(text_at(state, "StartedAt"));
  out.oom_killed = true_at(state, "OOMKilled");
  if (out.started_ns == 0 && out.status == container_status::exited)
    out.status = container_status::created; // its only start failed
  if (out.status == container_status::exited) {
    out.pid = 0;
    out.finished_ns = parse_time_ns(text_at(state, "FinishedAt"));
    const auto code = static_cast<int>(number_at(state, "ExitCode"));
    if (code > signal_codes_begin && code <= signal_codes_begin + most_signals)
      out.exit_signal = code - signal_codes_begin;
    else
      out.exit_code = code;
  }
  if (const auto& labels = at(at(inspected, "Config"), "Labels"); labels.is_object())
    for (const auto& [title, value] : labels.items())
      if (value.is_string())
        out.labels[title] = value.get<std::string>();
  if (const auto& mounts = at(inspected, "Mounts"); mounts.is_array())
    for (const auto& each : mounts)
      if (text_at(each, "Type") == "volume")
        out.volumes.push_back(text_at(each, "Name"));
  if (const auto& networks = at(at(inspected, "NetworkSettings"), "Networks"); networks.is_object())
    for (const auto& [network, place] : networks.items())
      out.addresses[network] = text_at(place, "IPAddress");
  return out;
}

std::string life_of(const container_state& state) {
  return state.started_ns > 0 ? state.id + "@" + std::to_string(state.started_ns) : state.id;
}

container_info info_of(const container_state& state, const std::string& member) {
  container_info out;
  out.name = member;
  out.id = life_of(state);
  out.status = state.status;
  out.pid = state.pid;
  out.started_at_us = state.started_ns / 1000;
  out.exited_at_us = state.finished_ns / 1000;
  out.exit_code = state.exit_code;
  out.exit_signal = state.exit_signal;
  out.oom_killed = state.oom_killed && state.status == container_status::exited;
  return out;
}

} // namespace paws::docker
