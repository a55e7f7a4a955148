// The runtimes that the contract suite holds to the same promises, each on its own ground: real processes below /tmp,
// or the simulation.
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
};

/// "process" and "fake".
std::vector<std::string> contenders();
std::unique_ptr<contender> make_contender(const std::string& name, caf::actor_system& system);

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

  /// The answer, or the code of the error in `code`.
  template <class... Words>
  container_info ask(Words... words) {
    container_info out;
    code.clear();
    self_->request(runtime_, caf::infinite, words...)
        .receive([&](const container_info& info) { out = info; },
                 [&](const caf::error& why) { code = to_failure(why).code; });
    return out;
  }
  container_info create(const logic::member_spec& spec) { return ask(create_atom_v, spec); }
  container_info start(const std::string& name) { return ask(start_atom_v, name); }
  container_info inspect(const std::string& name) { return ask(inspect_atom_v, name); }
  /// Creates and starts it.
  container_info running(const std::string& name, habit what = habit::serves);
  /// Waits for an event that says this.
  container_info told(const std::string& name, container_status status);
  /// What `runtime` finds of these members.
  container_list found(const runtime_actor& runtime, const spec_list& specs);

  std::string code;

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
