#include "bin/engine_log.hpp"

#include "actors/view_json.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace paws::bin {

namespace {

spdlog::level::level_enum level_of(const logic::event& what) {
  namespace kinds = logic::event_kinds;
  if (what.kind == kinds::service_failed || what.kind == kinds::start_failed)
    return spdlog::level::err;
  if (what.kind == kinds::container_exited || what.kind == kinds::restart_scheduled)
    return spdlog::level::warn;
  return what.kind == kinds::service_waiting ? spdlog::level::debug : spdlog::level::info;
}

} // namespace

void spawn_engine_log(caf::actor_system& system, const journal_actor& journal, std::uint64_t since,
                      const std::string& level, const std::string& format) {
  const bool json = format == "json";
  auto log = std::make_shared<spdlog::logger>("engine", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_pattern(json ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  log->set_level(spdlog::level::from_str(level));
  log->flush_on(spdlog::level::info);
  const event_sink sink = system.spawn([log, journal, json](event_sink::pointer self) -> event_sink::behavior_type {
    self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
    self->monitor(journal); // it is of no use without it
    return {[log, json](const logic::event& what) {
      if (json)
        return log->log(level_of(what), dump(to_json(what)));
      log->log(level_of(what), "#{} {} {}: {}", what.seq, what.kind, what.subject, what.text);
    }};
  });
  caf::anon_send(journal, subscribe_atom_v, sink, since);
}

} // namespace paws::bin
