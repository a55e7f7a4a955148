#include "runtimes/process/keeper_files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::process {

namespace {

using nlohmann::json;

// Far more than either file ever holds; anything longer is not one of ours.
constexpr std::size_t most_bytes = 1024 * 1024;
constexpr std::array phases{"starting", "running", "stopping", "exited"};

struct descriptor {
  int fd = -1;
  ~descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
};

std::string failed(const std::string& what, const std::string& path) {
  return path + " cannot be " + what + ": " + std::strerror(errno);
}

std::string write_draft(const std::string& draft, const std::string& text, bool durable) {
  const descriptor file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (file.fd < 0 || ::fchmod(file.fd, 0600) != 0)
    return failed("written", draft);
  for (std::size_t at = 0; at < text.size();) {
    const auto sent = ::write(file.fd, text.data() + at, text.size() - at);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return failed("written", draft);
    at += static_cast<std::size_t>(sent);
  }
  return durable && ::fsync(file.fd) != 0 ? failed("written", draft) : "";
}

std::string write_whole(const std::string& directory, const std::string& path, const std::string& text, bool durable) {
  const auto draft = path + ".new";
  auto why = write_draft(draft, text, durable);
  if (why.empty() && ::rename(draft.c_str(), path.c_str()) != 0)
    why = failed("replaced", path);
  if (!why.empty()) {
    ::unlink(draft.c_str()); // it may hold secrets
    return why;
  }
  if (!durable)
    return "";
  const descriptor place{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (place.fd < 0 || ::fsync(place.fd) != 0)
    return failed("made durable", directory);
  return "";
}

std::optional<json> read_whole(const std::string& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0)
    return std::nullopt;
  std::string text;
  std::array<char, 16 * 1024> some{};
  for (;;) {
    const auto got = ::read(file.fd, some.data(), some.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 || text.size() > most_bytes)
      return std::nullopt;
    if (got == 0)
      break;
    text.append(some.data(), static_cast<std::size_t>(got));
  }
  auto out = json::parse(text, nullptr, false);
  if (!out.is_object())
    return std::nullopt;
  return out;
}

} // namespace

std::string order_path(const std::string& run_dir) {
  return run_dir + "/keeper.json";
}

std::string record_path(const std::string& run_dir) {
  return run_dir + "/status.json";
}

std::string write_order(const std::string& run_dir, const keeper_order& order) {
  const json out{{"environment", order.environment},
                 {"member", order.member},
                 {"command", order.command},
                 {"variables", order.variables},
                 {"working_directory", order.working_directory},
                 {"user", order.user},
                 {"log_directory", order.log_directory},
                 {"log_file_bytes", order.log_file_bytes},
                 {"log_files", order.log_files},
                 {"stop_signal", order.stop_signal},
                 {"stop_grace_ms", order.stop_grace_ms},
                 {"cgroup_directories", order.cgroup_directories},
                 {"oom_kills_before", order.oom_kills_before}};
  try {
    return write_whole(run_dir, order_path(run_dir), out.dump() + "\n", true);
  } catch (const json::exception&) { // a value that is changed in silence would be worse than none
    return order_path(run_dir) + " cannot be written: the order of " + order.member + " is not valid UTF-8";
  }
}

std::string write_record(const std::string& run_dir, const keeper_record& record, bool durable) {
  const json out{{"phase", phases.at(static_cast<std::size_t>(record.phase))},
                 {"boot_id", record.boot_id},
                 {"keeper_pid", record.keeper_pid},
                 {"keeper_started", record.keeper_started},
                 {"main_pid", record.main_pid},
                 {"main_started", record.main_started},
                 {"started_at_us", record.started_at_us},
                 {"exited_at_us", record.exited_at_us},
                 {"exit_code", record.exit_code},
                 {"exit_signal", record.exit_signal},
                 {"stop_requested", record.stop_requested},
                 {"error", record.error}};
  return write_whole(run_dir, record_path(run_dir), out.dump(-1, ' ', false, json::error_handler_t::replace) + "\n",
                     durable);
}

std::optional<keeper_order> read_order(const std::string& run_dir) {
  const auto from = read_whole(order_path(run_dir));
  if (!from)
    return std::nullopt;
  try {
    keeper_order out;
    from->at("environment").get_to(out.environment);
    from->at("member").get_to(out.member);
    from->at("command").get_to(out.command);
    from->at("variables").get_to(out.variables);
    from->at("working_directory").get_to(out.working_directory);
    from->at("user").get_to(out.user);
    from->at("log_directory").get_to(out.log_directory);
    from->at("log_file_bytes").get_to(out.log_file_bytes);
    from->at("log_files").get_to(out.log_files);
    from->at("stop_signal").get_to(out.stop_signal);
    from->at("stop_grace_ms").get_to(out.stop_grace_ms);
    from->at("cgroup_directories").get_to(out.cgroup_directories);
    out.oom_kills_before = from->value("oom_kills_before", out.oom_kills_before);
    if (out.command.empty())
      return std::nullopt;
    return out;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::optional<keeper_record> read_record(const std::string& run_dir) {
  const auto from = read_whole(record_path(run_dir));
  if (!from)
    return std::nullopt;
  try {
    keeper_record out;
    const auto phase = from->at("phase").get<std::string>();
    std::size_t found = 0;
    while (found < phases.size() && phase != phases.at(found))
      ++found;
    if (found == phases.size())
      return std::nullopt;
    out.phase = static_cast<keeper_phase>(found);
    from->at("boot_id").get_to(out.boot_id);
    from->at("keeper_pid").get_to(out.keeper_pid);
    from->at("keeper_started").get_to(out.keeper_started);
    from->at("main_pid").get_to(out.main_pid);
    from->at("main_started").get_to(out.main_started);
    from->at("started_at_us").get_to(out.started_at_us);
    from->at("exited_at_us").get_to(out.exited_at_us);
    from->at("exit_code").get_to(out.exit_code);
    from->at("exit_signal").get_to(out.exit_signal);
    from->at("stop_requested").get_to(out.stop_requested);
    from->at("error").get_to(out.error);
    return out;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

} // namespace paws::process
