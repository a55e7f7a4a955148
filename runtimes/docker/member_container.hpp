// One member's container on a container engine. Blocking: used from a thread of its own, one call at a time.
#pragma once

#include "messages/all.hpp"
#include "runtimes/docker/api.hpp"
#include "runtimes/docker/container_request.hpp"
#include "runtimes/docker/container_state.hpp"
#include "runtimes/docker/events.hpp"
#include "runtimes/docker/member_notes.hpp"
#include "runtimes/docker/networks.hpp"
#include "runtimes/docker/volume_content.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace paws::docker {

/// What all members of an environment share.
struct shared_ground {
  std::string environment;
  docker::engine engine;
  networks nets;
  member_notes notes;
  std::string memory_limit, cpu_limit; // why they are not enforced; "" = they are
};

/// What the engine says of the member's container; nullopt: there is none of ours.
outcome<std::optional<container_state>> look_at_container(api& on, const std::string& environment,
                                                          const std::string& member, bool own_connection = false);
/// With what is noted of it.
container_info noted_info(member_notes& notes, const std::optional<container_state>& state, const std::string& member);

class member_container {
public:
  /// `before_removal`: called before a container and its log go.
  member_container(std::shared_ptr<shared_ground> ground, std::string name, std::function<void()> before_removal);

  outcome<container_info> create(const logic::member_spec& spec);
  outcome<container_info> write_files(const logic::member_spec& spec);
  outcome<container_info> start();
  outcome<container_info> stop();
  outcome<container_info> kill();
  outcome<container_info> pause();
  outcome<container_info> unpause();
  outcome<container_info> remove(bool with_data);
  outcome<container_info> inspect();
  outcome<line_list> tail(std::uint32_t lines);
  outcome<exec_result> exec(const line_list& command);
  outcome<container_info> cut(const line_list& peers);
  outcome<container_info> heal();
  container_stats stats();

  void adopt(logic::member_spec spec) { spec_ = std::move(spec); }
  /// An event of its container: who sent it a stop signal is remembered, until it ends.
  void heard(const engine_event& what);

private:
  outcome<std::optional<container_state>> look(bool own_connection = false);
  bool was_asked_to_stop(const container_state& ended) const;
  std::string path(const std::string& verb = "") const;
  topology::failure failed(const std::string& what) const;
  std::optional<topology::failure> prepare(const logic::member_spec& spec);
  outcome<reply> post_create(const logic::member_spec& spec);
  std::optional<topology::failure> join_networks(const logic::member_spec& spec);
  std::optional<topology::failure> remove_container(const std::string& id);
  outcome<bool> is_fresh(const logic::member_spec& spec);
  std::optional<topology::failure> put_files(const logic::member_spec& spec, bool with_directories, bool fresh);
  void own_shared_volumes(const logic::member_spec& spec);
  std::optional<topology::failure> put(const volume_content& content, const std::string& mountpoint);
  outcome<bool> has(const std::string& file);
  outcome<container_info> act(const std::string& verb, std::chrono::milliseconds patience, const char* what);
  outcome<container_info> turn(container_status from, container_status to, const char* verb, const char* done);
  outcome<container_info> settled(std::chrono::milliseconds patience);

  std::shared_ptr<shared_ground> ground_;
  std::string name_;
  std::function<void()> before_removal_;
  api api_;
  logic::member_spec spec_;
  std::map<std::string, std::string> mountpoints_; // of its volumes on the engine's machine, by target
  std::int64_t pid_ = 0;                           // as seen last
  std::int64_t stop_signal_ns_ = 0;                // when somebody sent one from outside
};

} // namespace paws::docker
