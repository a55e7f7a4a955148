// What can be asked of a member that runs: its log, a command inside, what it uses.
#include "runtimes/common/launch.hpp"
#include "runtimes/process/log_frame.hpp"
#include "runtimes/process/member_container.hpp"
#include "runtimes/process/programs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <fstream>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace paws::process {

namespace {

constexpr std::uint32_t exec_patience_ms = 60'000;
constexpr std::size_t exec_most_bytes = 1024 * 1024;
// A log line that says why something failed is among the last; more is never shown.
constexpr std::uint64_t tail_bytes = 1024 * 1024;

std::vector<std::string> last_lines(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
  file.seekg(static_cast<std::streamoff>(size > tail_bytes ? size - tail_bytes : 0));
  std::vector<std::string> out;
  std::string line;
  if (size > tail_bytes)
    std::getline(file, line); // the middle of one
  std::string begun;
  while (std::getline(file, line)) {
    const auto part = unframe(line);
    begun += part.text;
    if (part.whole)
      out.push_back(std::exchange(begun, {}));
  }
  return out;
}

} // namespace

bool member_container::enforces(const std::string& limit) const {
  return std::none_of(unsupported_.begin(), unsupported_.end(),
                      [&](const auto& what) { return what.starts_with(limit + ":"); });
}

outcome<line_list> member_container::tail(std::uint32_t lines) const {
  const auto path = directory_.log_dir() + "/member.log";
  auto out = last_lines(path);
  if (out.size() < lines) {
    auto older = last_lines(path + ".1");
    older.insert(older.end(), out.begin(), out.end());
    out = std::move(older);
  }
  if (out.size() > lines)
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(lines));
  return out;
}

outcome<exec_result> member_container::exec(const line_list& command) const {
  if (!keeper())
    return failed("does not run: no command can run in it");
  if (command.empty())
    return failed("was given no command");
  std::vector<std::string> argv = command;
  argv[0] = find_program(command[0]);
  if (argv[0].empty())
    return topology::failure{"ERR_SYS_004", command[0] + " is not installed", "install it, then try again"};
  if (::geteuid() == 0 && !spec_.user.empty()) {
    const std::vector<std::string> as{"/usr/bin/setpriv", "--reuid=" + spec_.user, "--regid=" + spec_.user,
                                      "--init-groups", "--"};
    argv.insert(argv.begin(), as.begin(), as.end());
  }
  std::vector<std::string> environment;
  const auto order = read_order(directory_.keeper_dir());
  for (const auto& [title, value] : order ? order->variables : spec_.variables)
    environment.push_back(title + "=" + value);
  environment.push_back(std::string{marker_variable} + "=" + marker_);
  return common::run_to_end(argv, environment, spec_.data_dir, exec_patience_ms, exec_most_bytes);
}

container_stats member_container::stats() const {
  container_stats out;
  out.memory_limit_bytes = spec_.limits.memory_bytes;
  out.memory_limit_enforced = enforces("memory_limit");
  out.cpu_limit = spec_.limits.cpus;
  out.cpu_limit_enforced = enforces("cpu_limit");
  const auto alive = keeper();
  if (!alive)
    return out;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto tick = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  for (const auto& who : members_of(alive->pid, "")) {
    ++out.processes;
    const auto base = "/proc/" + std::to_string(who.pid);
    std::uint64_t total = 0, resident = 0;
    if (std::ifstream{base + "/statm"} >> total >> resident)
      out.memory_bytes += resident * page;
    std::ifstream file{base + "/stat"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto end = text.rfind(')');
    if (end == std::string::npos)
      continue;
    std::istringstream words{text.substr(end + 2)};
    std::string skipped;
    for (int field = 3; field < 14; ++field)
      words >> skipped;
    std::uint64_t user = 0, kernel = 0;
    if (words >> user >> kernel)
      out.cpu_usec += (user + kernel) * 1'000'000 / tick;
  }
  if (const auto bytes = group_.memory_bytes(); bytes && !group_.directories().empty())
    out.memory_bytes = *bytes - std::min(*bytes, group_.inactive_file_bytes());
  out.periods = group_.cpu_stat("nr_periods");
  out.throttled_periods = group_.cpu_stat("nr_throttled");
  const auto kills = group_.oom_kills();
  out.oom_kills = kills - std::min(kills, oom_before_);
  if (const auto usec = group_.cpu_usec())
    out.cpu_usec = *usec;
  return out;
}

} // namespace paws::process
