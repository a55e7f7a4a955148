#include "runtimes/docker/reader.hpp"

#include "runtimes/docker/log_streams.hpp"

#include <memory>

namespace paws::docker {

namespace {

reader_actor::behavior_type reader(reader_actor::pointer, const engine& on, const std::string& environment) {
  const auto logs = std::make_shared<log_streams>(on, environment);
  return {[logs](logs_atom, const log_positions& from, std::uint32_t most) { return logs->read(from, most); },
          [logs](flush_atom, const std::string& member) -> std::uint64_t {
            logs->drain(member);
            return 0;
          },
          [logs](const container_event& what) { logs->know(what.info); }};
}

} // namespace

reader_actor spawn_reader(caf::local_actor& parent, const engine& on, const std::string& environment) {
  return parent.spawn<caf::detached + caf::linked>(reader, on, environment);
}

} // namespace paws::docker
