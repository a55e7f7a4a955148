#include "bin/engine_process.hpp"

#include "actors/view_json.hpp"
#include "bin/engine_log.hpp"
#include "net/http_unix_client.hpp"
#include "store/durable_file.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::failure;

constexpr int report_fd = 3;
constexpr std::chrono::milliseconds ask_again{50};

std::vector<std::string> arguments_of(const engine_options& options) {
  std::vector<std::string> out{"paws-engine",  "engine",           "--file",      options.topology_file,
                               "--runtime",    options.runtime,    "--log-level", options.log_level,
                               "--log-format", options.log_format, "--report-fd", std::to_string(report_fd)};
  if (!options.environment.empty())
    out.insert(out.end(), {"--env", options.environment});
  if (!options.starts)
    out.emplace_back("--adopt-only");
  if (options.profiles_given)
    out.emplace_back("--profiles-given");
  for (const auto& profile : options.profiles)
    out.insert(out.end(), {"--profile", profile});
  for (const auto& service : options.services)
    out.insert(out.end(), {"--service", service});
  return out;
}

[[noreturn]] void become_engine(std::vector<char*>& argv, int log, int report, bool dies_with_us, pid_t parent) {
  ::setsid();
  if (dies_with_us) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent)
      ::_exit(1);
  }
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::dup2(report, report_fd);
  sigset_t none{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
    ::signal(signal, SIG_DFL);
  ::execv("/proc/self/exe", argv.data());
  ::_exit(127);
}

std::string read_line(int fd) {
  std::string out;
  std::array<char, 4096> some{};
  while (out.find('\n') == std::string::npos) {
    const auto got = ::read(fd, some.data(), some.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    out.append(some.data(), static_cast<std::size_t>(got));
  }
  return out;
}

// The engine took or closed the connection without a look at the request, as it has too many.
bool crowded_out(const net::blocking_reply& reply) {
  if (reply.status == 0)
    return reply.connected && reply.what.code == "ERR_ENG_006";
  const auto said = reply.status == 503 ? json::parse(reply.body, nullptr, false) : json{};
  return said.is_object() && said.contains("error") && failure_from_json(said).code == "ERR_NET_004";
}

} // namespace

std::variant<pid_t, failure> spawn_engine(const engine_options& options, const target& at, bool dies_with_us) {
  if (auto why = store::make_directories(at.paths.directory))
    return *why;
  const int log = open_log(at.paths.engine_log);
  std::array<int, 2> ends{-1, -1};
  if (log < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0)
    return failure{"ERR_SYS_003", at.paths.engine_log + " cannot be written: " + std::strerror(errno),
                   "make that directory writable"};
  const int writer = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10); // never the target of the dup2 itself
  ::close(ends[1]);
  auto words = arguments_of(options);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid == 0)
    become_engine(argv, log, writer, dies_with_us, parent);
  ::close(log);
  ::close(writer);
  const auto line = pid > 0 ? read_line(ends[0]) : "";
  ::close(ends[0]);
  const auto said = json::parse(line, nullptr, false);
  if (said.is_object() && said.contains("ok"))
    return pid;
  if (pid > 0)
    ::waitpid(pid, nullptr, 0);
  if (said.is_object() && said.contains("error"))
    return failure_from_json(said);
  return failure{"ERR_ENG_006", "the engine ended before it could serve", "look at its log: " + at.paths.engine_log};
}

bool wait_until_gone(pid_t pid, std::chrono::milliseconds limit) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0)
    return true;
  pollfd entry{fd, POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + limit;
  int found = 0;
  do {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    found = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
  } while (found < 0 && errno == EINTR);
  ::close(fd);
  ::waitpid(pid, nullptr, WNOHANG); // when it was ours
  return found > 0;
}

std::variant<json, failure> ask_engine(const target& at, const std::string& path, std::chrono::milliseconds limit,
                                       bool& connected, const std::string& body) {
  using std::chrono::milliseconds;
  const auto until = std::chrono::steady_clock::now() + limit;
  net::blocking_request request;
  request.socket_path = at.paths.socket;
  request.method = body.empty() ? "GET" : "POST";
  request.target = path;
  request.body = body;
  request.timeout = limit;
  auto reply = net::blocking_http(request);
  const auto left = [&] { return std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now()); };
  while (crowded_out(reply) && left() > 2 * ask_again) {
    ::poll(nullptr, 0, static_cast<int>(ask_again.count())); // others get their answers meanwhile
    request.timeout = left();
    reply = net::blocking_http(request);
  }
  connected = reply.connected;
  if (!reply.what.code.empty())
    return reply.what;
  auto said = json::parse(reply.body, nullptr, false);
  if (reply.status / 100 != 2)
    return said.is_object() && said.contains("error")
               ? failure_from_json(said)
               : failure{"ERR_ENG_006", "the engine answered " + path + " with HTTP " + std::to_string(reply.status),
                         "look at its log: " + at.paths.engine_log};
  return said;
}

std::variant<command_end, failure> command_engine(const target& at, const std::string& verb, const json& body,
                                                  const command_hooks& hooks) {
  net::blocking_request request;
  request.socket_path = at.paths.socket;
  request.method = "POST";
  request.target = "/v1/commands/" + verb;
  request.body = dump(body);
  request.trace_id = hooks.trace_id;
  request.interrupted = hooks.interrupted;
  request.tick = hooks.tick;
  command_end out;
  out.outcome.trace_id = hooks.trace_id;
  bool ended = false;
  const auto reply = net::blocking_http(request, [&](std::string_view line) {
    const auto said = json::parse(line, nullptr, false);
    if (!said.is_object())
      return true;
    if (said.contains("result")) {
      out.outcome = outcome_from_json(said);
      if (out.outcome.trace_id.empty())
        out.outcome.trace_id = hooks.trace_id;
      ended = true;
      return true;
    }
    if (said.contains("error")) {
      out.outcome.what = failure_from_json(said);
      out.outcome.code = topology::find_error(out.outcome.what.code).exits_with;
      ended = true;
      return true;
    }
    return !hooks.on_event || hooks.on_event(event_from_json(said));
  });
  if (ended)
    return out;
  if (reply.aborted) {
    out.aborted = true;
    return out;
  }
  if (!reply.what.code.empty())
    return reply.what;
  const auto said = json::parse(reply.body, nullptr, false);
  if (said.is_object() && said.contains("error"))
    return failure_from_json(said);
  return failure{"ERR_ENG_006", "the engine ended before " + verb + " was done",
                 "look at its log: " + at.paths.engine_log};
}

} // namespace paws::bin
