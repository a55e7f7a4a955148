#include "logic/clock_report.hpp"

#include <algorithm>
#include <charconv>

namespace paws::logic {

namespace {

constexpr std::int64_t us_per_s = 1'000'000, us_per_ms = 1'000;
constexpr milliseconds half_a_second{500};
constexpr std::size_t most_digits = 12; // of whole seconds: the year 33658

milliseconds to_ms(std::int64_t us) {
  return milliseconds{us / us_per_ms};
}

bool all_digits(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t number(const std::string& digits) {
  std::int64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

} // namespace

clock_row hardware_row(const machine_clock_facts& of) {
  clock_row out{"hardware", "rtc0", {}, {}, {}};
  if (!of.hardware_us)
    out.unknown = of.hardware_unknown.empty() ? "there is none" : of.hardware_unknown;
  else if (of.hardware_local)
    out.unknown = "it keeps local time";
  if (!out.unknown.empty())
    return out;
  out.ahead = to_ms(*of.hardware_us - of.wall_us);
  out.within = half_a_second;
  return out;
}

clock_remedy remedy_for(const machine_clock_facts& of) {
  if (!out_of_step(hardware_row(of)))
    return clock_remedy::none;
  if (of.wsl)
    return of.may_set ? clock_remedy::set_here : clock_remedy::say_to_set;
  return of.synchronised ? clock_remedy::say_to_store : clock_remedy::say_to_serve;
}

std::string command_for(clock_remedy what) {
  switch (what) {
  case clock_remedy::none:
  case clock_remedy::set_here:
    return {};
  case clock_remedy::say_to_set:
    return "sudo hwclock --hctosys";
  case clock_remedy::say_to_store:
    return "sudo hwclock --systohc";
  case clock_remedy::say_to_serve:
    return "sudo timedatectl set-ntp true";
  }
  return {};
}

bool out_of_step(const clock_row& row) {
  return row.unknown.empty() && std::chrono::abs(row.ahead) - row.within > most_clock_difference;
}

bool in_step(const clock_report& of) {
  return std::none_of(of.clocks.begin(), of.clocks.end(), out_of_step);
}

clock_row member_row(const std::string& member, const std::string& source, std::int64_t said_us, std::int64_t before_us,
                     std::int64_t after_us) {
  const auto middle_us = before_us + (after_us - before_us) / 2;
  return {member, source, to_ms(said_us - middle_us), to_ms((after_us - before_us) / 2 + us_per_ms - 1), {}};
}

std::optional<std::int64_t> seconds_to_us(const std::string& text) {
  const auto end = text.find_last_not_of(" \r\n");
  const auto trimmed = text.substr(0, end == std::string::npos ? 0 : end + 1);
  const auto dot = std::min(trimmed.find('.'), trimmed.size());
  const auto whole = trimmed.substr(0, dot);
  auto part = dot < trimmed.size() ? trimmed.substr(dot + 1) : "0";
  if (!all_digits(whole) || !all_digits(part) || whole.size() > most_digits || part.size() > 9)
    return std::nullopt;
  part.resize(6, '0');
  return number(whole) * us_per_s + number(part);
}

std::optional<std::int64_t> daemon_clock(const answer& what) {
  const auto cell = [&](std::size_t row) { return what.rows[row].empty() ? std::string{} : what.rows[row].front(); };
  if (!what.ok || what.rows.empty() || what.rows.size() > 2)
    return std::nullopt;
  const auto seconds = seconds_to_us(cell(0));
  if (!seconds || what.rows.size() == 1)
    return seconds;
  const auto rest = cell(1);
  if (!all_digits(rest) || rest.size() > 6)
    return std::nullopt;
  return *seconds + number(rest);
}

} // namespace paws::logic
