#include "bin/machine_clocks.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <linux/rtc.h>
#include <sys/ioctl.h>
#include <sys/timex.h>
#include <unistd.h>

namespace paws::bin {

namespace {

constexpr unsigned cap_sys_time = 25; // linux/capability.h
constexpr std::int64_t us_per_s = 1'000'000, ns_per_us = 1'000;
// The hardware tells whole seconds: on average half of one has passed since.
constexpr std::int64_t half_a_second_us = us_per_s / 2;

std::string text_of(const std::string& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::chrono::nanoseconds read_clock(clockid_t which) {
  timespec now{};
  ::clock_gettime(which, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

bool is_wsl(const std::string& version) {
  auto words = version;
  std::transform(words.begin(), words.end(), words.begin(), [](unsigned char c) { return std::tolower(c); });
  return words.find("microsoft") != std::string::npos;
}

bool has_capability(const std::string& status, unsigned which) {
  constexpr std::string_view key = "CapEff:\t";
  const auto at = status.find(key);
  if (at == std::string::npos)
    return false;
  std::uint64_t bits = 0;
  const auto* begin = status.data() + at + key.size();
  const auto [end, error] = std::from_chars(begin, status.data() + status.size(), bits, 16);
  return error == std::errc{} && end != begin && (bits >> which & 1U) != 0;
}

// By the device, where the file is missing. Seconds since 1970, UTC; nothing, and why, when it cannot be read.
std::optional<std::int64_t> ask_device(const std::string& path, std::string& why) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    why = errno == ENOENT ? "this machine shows none"
                          : path + ": " + std::strerror(errno); // NOLINT(concurrency-mt-unsafe)
    return std::nullopt;
  }
  rtc_time said{};
  const bool read = ::ioctl(fd, RTC_RD_TIME, &said) == 0;
  if (!read)
    why = path + ": " + std::strerror(errno); // NOLINT(concurrency-mt-unsafe): glibc's is per thread
  ::close(fd);
  if (!read)
    return std::nullopt;
  std::tm parts{};
  parts.tm_sec = said.tm_sec;
  parts.tm_min = said.tm_min;
  parts.tm_hour = said.tm_hour;
  parts.tm_mday = said.tm_mday;
  parts.tm_mon = said.tm_mon;
  parts.tm_year = said.tm_year;
  return ::timegm(&parts);
}

std::optional<std::int64_t> hardware_seconds(const clock_places& at, std::string& why) {
  const auto text = text_of(at.since_epoch);
  std::int64_t seconds = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
      error == std::errc{} && end != text.data())
    return seconds;
  return ask_device(at.device, why);
}

bool is_synchronised() {
  timex asked{};
  const int state = ::adjtimex(&asked);
  return state >= 0 && state != TIME_ERROR && (asked.status & STA_UNSYNC) == 0;
}

std::string set_wall_clock(std::int64_t wall_us) {
  timespec wanted{};
  wanted.tv_sec = wall_us / us_per_s;
  wanted.tv_nsec = wall_us % us_per_s * ns_per_us;
  return ::clock_settime(CLOCK_REALTIME, &wanted) == 0 ? "" : std::strerror(errno); // NOLINT(concurrency-mt-unsafe)
}

} // namespace

logic::machine_clock_facts look_at_clocks(const clock_places& at) {
  logic::machine_clock_facts out;
  out.wsl = is_wsl(text_of(at.version));
  out.may_set = has_capability(text_of(at.status), cap_sys_time);
  out.hardware_local = text_of(at.adjtime).find("LOCAL") != std::string::npos;
  out.synchronised = is_synchronised();
  if (const auto seconds = hardware_seconds(at, out.hardware_unknown))
    out.hardware_us = *seconds * us_per_s + half_a_second_us;
  out.wall_us = std::chrono::duration_cast<std::chrono::microseconds>(read_clock(CLOCK_REALTIME)).count();
  return out;
}

machine_clocks real_clocks() {
  return {[] {
            return logic::clock_reading{read_clock(CLOCK_BOOTTIME), read_clock(CLOCK_MONOTONIC),
                                        read_clock(CLOCK_REALTIME)};
          },
          [] { return look_at_clocks({}); }, set_wall_clock};
}

} // namespace paws::bin
