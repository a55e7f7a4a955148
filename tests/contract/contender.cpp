#include "tests/contract/contender.hpp"

#include "runtimes/process/keeper_files.hpp"
#include "runtimes/process/process_runtime.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::contract {

namespace {

namespace fs = std::filesystem;

// Ends a test that would hang; decides nothing else.
constexpr std::chrono::minutes patience{1};

class process_contender : public contender {
public:
  explicit process_contender(caf::actor_system& system) : system_{system} {
    REQUIRE(::mkdtemp(root_.data()) != nullptr);
    ::chmod(root_.c_str(), 0755);
  }
  ~process_contender() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  runtime_actor runtime() override { return second(); }
  runtime_actor second() override {
    return process::make_process_runtime(system_, {"contract", root_, PAWS_BIN_DIR "/paws-keeper", ""});
  }

  logic::member_spec spec(const std::string& name, habit what) override {
    logic::member_spec out;
    out.name = name;
    out.environment = "contract";
    out.config_dir = member(name) + "/config";
    out.data_dir = member(name) + "/data";
    out.run_dir = member(name) + "/run";
    out.stop_grace_ms = what == habit::stubborn ? 100 : 60'000;
    const std::string script = what == habit::serves ? "echo x >> kept; echo ready; exec sleep infinity"
                               : what == habit::exits
                                   ? "echo leaving; exit 3"
                                   : "trap '' TERM; echo deaf; while :; do sleep infinity & wait $!; done";
    out.command = {"/bin/sh", "-c", script};
    return out;
  }

  void crash(const std::string& name) override {
    const auto record = process::read_record(member(name) + "/keeper");
    REQUIRE(record);
    REQUIRE(::kill(static_cast<pid_t>(record->main_pid), SIGKILL) == 0);
  }

private:
  std::string member(const std::string& name) const { return root_ + "/members/" + name; }

  caf::actor_system& system_;
  std::string root_ = "/tmp/paws-contract-XXXXXX";
};

class fake_contender : public contender {
public:
  explicit fake_contender(caf::actor_system& system) : fake_{fake::make_fake_runtime(system)} {}

  runtime_actor runtime() override { return fake_.actor; }
  runtime_actor second() override { return fake_.actor; } // the simulated machine outlives every engine
  logic::member_spec spec(const std::string& name, habit what) override {
    logic::member_spec out;
    out.name = name;
    out.environment = "contract";
    if (what == habit::exits)
      fake_.world->scripts[name].exits_with = 3;
    fake_.world->logs[name] = {what == habit::serves ? "ready" : "other"};
    return out;
  }
  void crash(const std::string& name) override { fake::crash(fake_, name, SIGKILL); }

private:
  fake::fake_runtime fake_;
};

} // namespace

std::vector<std::string> contenders() {
  return {"process", "docker", "podman", "fake"};
}

std::vector<std::string> real_contenders() {
  return {"process", "docker", "podman"};
}

std::unique_ptr<contender> make_contender(const std::string& name, caf::actor_system& system) {
  if (name == "process")
    return std::make_unique<process_contender>(system);
  if (name == "docker" || name == "podman")
    return make_container_contender(name, system);
  return std::make_unique<fake_contender>(system);
}

caf_config::caf_config() {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", 2);
  set("logger.verbosity", caf::atom("quiet"));
  add_message_types<caf::id_block::paws>();
}

ground::ground(const std::string& runtime)
    : contender_{make_contender(runtime, system_)}, runtime_{contender_->runtime()} {
  // Events go through an actor with the listener's type to the test's own mailbox.
  const auto to = caf::actor_cast<caf::actor>(self_);
  const auto listener = system_.spawn([to](runtime_listener::pointer) -> runtime_listener::behavior_type {
    return {[to](const container_event& what) { caf::anon_send(to, what); }};
  });
  listener_ = caf::actor_cast<caf::actor>(listener);
  self_->send(runtime_, subscribe_atom_v, listener);
}

ground::~ground() {
  for (const auto& name : used_) {
    ask(kill_atom_v, name);
    ask(remove_atom_v, name, true);
  }
  self_->send_exit(listener_, caf::exit_reason::kill);
  caf::anon_send_exit(runtime_, caf::exit_reason::user_shutdown);
  self_->wait_for(runtime_);
  runtime_ = nullptr;
}

container_info ground::running(const std::string& name, habit what) {
  used_.push_back(name);
  create(contender_->spec(name, what));
  REQUIRE(code.empty());
  auto out = start(name);
  REQUIRE(code.empty());
  if (what == habit::serves)
    said(name, "ready");
  return out;
}

void ground::said(const std::string& name, const std::string& line) {
  const auto until = std::chrono::steady_clock::now() + patience;
  line_list lines;
  while (std::find(lines.begin(), lines.end(), line) == lines.end()) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    lines = ask_of<line_list>(runtime_, tail_atom_v, name, std::uint32_t{50});
  }
}

container_info ground::told(const std::string& name, container_status status) {
  container_info out;
  bool over = false;
  self_->receive_while([&] { return !over; })(
      [&](const container_event& what) {
        if (what.info.name == name && what.info.status == status) {
          out = what.info;
          over = true;
        }
      },
      caf::after(patience) >> [&] { FAIL(name + " was never told to be " + std::string{to_string(status)}); });
  return out;
}

container_list ground::found(const runtime_actor& runtime, const spec_list& specs) {
  container_list out;
  self_->request(runtime, caf::infinite, adopt_atom_v, specs)
      .receive([&](const container_list& list) { out = list; },
               [&](const caf::error& why) { FAIL(to_failure(why).message); });
  return out;
}

} // namespace paws::contract
