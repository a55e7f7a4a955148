#include "bin/engine_log.hpp"

#include "actors/view_json.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace kinds = logic::event_kinds;

// Their subject is a member, a cluster or a route.
constexpr std::array about_services{kinds::service_state,    kinds::service_waiting, kinds::start_called,
                                    kinds::container_exited, kinds::drift_seen,      kinds::restart_scheduled,
                                    kinds::service_failed,   kinds::cluster_state,   kinds::leader_changed,
                                    kinds::cluster_woken,    kinds::route_state,     kinds::wake_step};

spdlog::level::level_enum level_of(const logic::event& what) {
  if (what.kind == kinds::service_failed || what.kind == kinds::start_failed)
    return spdlog::level::err;
  if (what.kind == kinds::container_exited || what.kind == kinds::restart_scheduled ||
      what.kind == kinds::command_refused || what.kind == kinds::resource_low || what.kind == kinds::clock_gap ||
      what.kind == kinds::state_damaged)
    return spdlog::level::warn;
  return what.kind == kinds::service_waiting ? spdlog::level::debug : spdlog::level::info;
}

} // namespace

std::string log_line(const logic::event& what) {
  const auto level = spdlog::level::to_string_view(level_of(what));
  auto fields = what.fields;
  const auto trace = fields.extract("trace_id");
  const bool about_service = std::find(about_services.begin(), about_services.end(), what.kind) != about_services.end();
  nlohmann::ordered_json out;
  out["timestamp"] = to_rfc3339(what.at_us);
  out["level"] = std::string{level.data(), level.size()};
  out["service"] = about_service ? what.subject : "engine";
  out["message"] = what.text.empty() ? what.kind : what.text;
  out["trace_id"] = trace.empty() ? "" : trace.mapped();
  out["kind"] = what.kind;
  out["subject"] = what.subject;
  out["seq"] = what.seq;
  out["fields"] = fields;
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

int open_log(const std::string& path, std::uintmax_t most_bytes) {
  std::error_code failed;
  if (std::filesystem::file_size(path, failed) > most_bytes && !failed)
    std::filesystem::rename(path, path + ".1", failed);
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

bool rotate_log(const std::string& path, int fd, std::uintmax_t most_bytes) {
  struct stat open {};
  if (::fstat(fd, &open) != 0 || !S_ISREG(open.st_mode))
    return false;
  const auto leads_to = [&open](const std::string& name) {
    struct stat named {};
    return ::lstat(name.c_str(), &named) == 0 && open.st_dev == named.st_dev && open.st_ino == named.st_ino;
  };
  const bool too_large = static_cast<std::uintmax_t>(open.st_size) > most_bytes && leads_to(path);
  if (!too_large && !leads_to(path + ".1")) // moved away meanwhile, by an engine that was refused
    return false;
  const int fresh = open_log(path, most_bytes);
  if (fresh < 0)
    return false; // it goes on where it is
  const bool moved = ::dup2(fresh, fd) == fd;
  ::close(fresh);
  return moved;
}

engine_log_actor spawn_engine_log(caf::actor_system& system, const journal_actor& journal, std::uint64_t since,
                                  engine_log_options options) {
  const bool json = options.format == "json";
  auto log = std::make_shared<spdlog::logger>("engine", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_pattern(json ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  log->set_level(spdlog::level::from_str(options.level));
  log->flush_on(spdlog::level::info);
  auto out = system.spawn(
      [log, json, path = std::move(options.path)](engine_log_actor::pointer self) -> engine_log_actor::behavior_type {
        return {[log, json, path](const logic::event& what) {
                  if (json)
                    log->log(level_of(what), log_line(what));
                  else
                    log->log(level_of(what), "#{} {} {}: {}", what.seq, what.kind, what.subject, what.text);
                  if (rotate_log(path, STDERR_FILENO))
                    ::dup2(STDERR_FILENO, STDOUT_FILENO); // both lead there, see spawn_engine
                },
                [self](actors_atom) { return own_row(self, "engine log", "log"); }};
      });
  caf::anon_send(journal, subscribe_atom_v, event_sink{out}, since);
  return out;
}

} // namespace paws::bin
