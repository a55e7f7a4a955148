// The runtimes that the contract suite holds to the same promises, each on its own ground: real processes below /tmp,
// containers on Docker and on Podman, or the simulation.
#pragma once

#include "messages/all.hpp"
#include "runtimes/fake/fake_runtime.hpp"

#include <caf/all.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace paws::contract {

/// What a member of the suite does once it runs.
enum class habit {
  serves,   // until it is asked to end
  stubborn, // is deaf to the stop signal
  exits,    // by itself, with exit code 3
};

class contender {
public:
  virtual ~contender() = default;
  virtual runtime_actor runtime() = 0;
  /// Another engine's view of the same ground.
  virtual runtime_actor second() = 0;
  virtual logic::member_spec spec(const std::string& name, habit what) = 0;
  /// SIGKILL to the member's main process, behind the runtime's back.
  virtual void crash(const std::string& name) = 0;
  /// User and group that own a member's files.
  virtual std::uint32_t owner() const { return 0; }
};

/// "process", "docker", "podman" and "fake".
std::vector<std::string> contenders();
/// Those with real daemons: all but "fake".
std::vector<std::string> real_contenders();
std::unique_ptr<contender> make_contender(const std::string& name, caf::actor_system& system);

/// On a container engine, which has to run: otherwise the case fails.
std::unique_ptr<contender> make_container_contender(const std::string& engine, caf::actor_system& system);

struct caf_config : caf::actor_system_config {
  caf_config();
};

/// One runtime, asked from the test's own thread, and every event it tells.
class ground {
public:
  explicit ground(const std::string& runtime);
  ~ground();
  ground(const ground&) = delete;
  ground& operator=(const ground&) = delete;

  /// The answer of `runtime`, or the code of the error in `code`.
  template <class T, class... Words>
  T ask_of(const runtime_actor& runtime, Words... words) {
    T out{};
    code.clear();
    self_->request(runtime, caf::infinite, words...)
        .receive([&](const T& answer) { out = answer; },
                 [&](const caf::error& why) {
                   code = to_failure(why).code;
                   reason = to_failure(why).message;
                 });
    return out;
  }
  template <class... Words>
  container_info ask(Words... words) {
    return ask_of<container_info>(runtime_, words...);
  }
  exec_result exec(const std::string& name, const line_list& command) {
    return ask_of<exec_result>(runtime_, exec_atom_v, name, command);
  }
  container_info create(const logic::member_spec& spec) { return ask(create_atom_v, spec); }
  container_info write_files(const logic::member_spec& spec) { return ask(files_atom_v, spec); }
  container_info start(const std::string& name) { return ask(start_atom_v, name); }
  container_info inspect(const std::string& name) { return ask(inspect_atom_v, name); }
  /// Creates and starts it; one that serves has begun to.
  container_info running(const std::string& name, habit what = habit::serves);
  /// Waits for an event that says this.
  container_info told(const std::string& name, container_status status);
  /// Waits until its output has this line.
  void said(const std::string& name, const std::string& line);
  /// What `runtime` finds of these members.
  container_list found(const runtime_actor& runtime, const spec_list& specs);

  /// So that nothing of it stays.
  void uses(const std::string& name) { used_.push_back(name); }

  std::string code, reason; // of the error that was answered last

private:
  caf_config config_;
  caf::actor_system system_{config_};
  std::unique_ptr<contender> contender_;
  caf::scoped_actor self_{system_};
  runtime_actor runtime_;
  caf::actor listener_;
  std::vector<std::string> used_;

public:
  contender& of() { return *contender_; }
  caf::scoped_actor& self() { return self_; }
  const runtime_actor& runtime() const { return runtime_; }
};

} // namespace paws::contract
