#include "bin/session.hpp"

#include "actors/view_json.hpp"
#include "bin/find_engine.hpp"
#include "bin/runtime_choice.hpp"
#include "store/lock_file.hpp"

#include <csignal>
#include <filesystem>
#include <utility>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using topology::failure;

// Stopping has ended by then; this is for the last answers and the journal's last lines.
constexpr auto end_patience = 20s;
// Of a container engine; one that does not answer by then is said to be out of reach.
constexpr auto engine_patience = 1s;

// Whether anything of a member lies there, running or not. An engine that cannot be asked may have something.
bool has_members(const target& at) {
  std::error_code failed;
  const std::filesystem::directory_iterator each{at.paths.directory + "/members", failed};
  if (!failed && each != std::filesystem::directory_iterator{})
    return true;
  if (at.runtime == "process" || !at.exists)
    return false;
  const auto offers = offered_runtimes(engine_patience);
  return at.runtime.empty() ? !runtime_kept_by(at, offers).name.empty() : may_have_traces(at, offers);
}

// An engine for one command; it adopts what runs and starts nothing.
std::variant<pid_t, failure> bring_up(const global_flags& flags, const target& at, bool temporary) {
  if (const auto holder = store::lock_holder(at.paths.lock); holder != 0)
    return failure{"ERR_ENG_001",
                   "an engine" + (holder > 0 ? " (pid " + std::to_string(holder) + ")" : std::string{}) + " holds " +
                       at.paths.directory + " and does not answer",
                   "look at its log: " + at.paths.engine_log};
  if (!temporary || !has_members(at))
    return failure{"ERR_CLI_002", "no engine runs for " + at.environment,
                   "start it: paws-engine start" + (at.topology_file.empty() ? "" : " " + at.topology_file)};
  if (at.topology_file.empty())
    return failure{"ERR_ENG_008",
                   "members of " + at.environment + " are here, but " + at.paths.state +
                       " does not say of which topology: it is missing or damaged",
                   "say it: --file TOPOLOGY"};
  engine_options options;
  options.topology_file = at.topology_file;
  options.environment = at.environment;
  options.profiles = at.profiles;
  options.profiles_given = at.profiles_known;
  options.starts = false;
  options.runtime = "auto"; // where its members are
  options.log_level = flags.log_level;
  options.log_format = flags.log_format;
  return spawn_engine(options, at, true);
}

} // namespace

std::variant<session, failure> session::open(const global_flags& flags, const std::string& file, bool temporary) {
  auto target_found = find_target(flags.environment, file);
  if (auto* why = std::get_if<failure>(&target_found))
    return *why;
  session out;
  out.at_ = std::get<target>(std::move(target_found));
  auto found = find_engine(out.at_, [&] { return bring_up(flags, out.at_, temporary); });
  if (auto* why = std::get_if<failure>(&found))
    return *why;
  const auto& engine = std::get<found_engine>(found);
  out.engine_ = engine.pid;
  out.own_ = engine.status.is_null();
  bool connected = false;
  if (out.own_) // what it adopted has not been asked yet
    static_cast<void>(ask_engine(out.at_, "/v1/health", 20s, connected));
  return out;
}

session::session(session&& other) noexcept
    : at_{std::move(other.at_)}, engine_{std::exchange(other.engine_, 0)}, own_{std::exchange(other.own_, false)} {}

session::~session() {
  if (!own_ || engine_ <= 0)
    return;
  ::kill(engine_, SIGTERM);
  bin::wait_until_gone(engine_, end_patience);
}

std::variant<nlohmann::json, failure> session::ask(const std::string& path, std::chrono::milliseconds limit) const {
  bool connected = false;
  return ask_engine(at_, path, limit, connected);
}

std::variant<nlohmann::json, failure> session::post(const std::string& path, const nlohmann::json& body,
                                                    std::chrono::milliseconds limit) const {
  bool connected = false;
  return ask_engine(at_, path, limit, connected, dump(body));
}

void session::wait_for_end() {
  if (engine_ > 0)
    bin::wait_until_gone(engine_, end_patience);
  engine_ = 0;
}

} // namespace paws::bin
