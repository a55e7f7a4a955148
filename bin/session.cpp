#include "bin/session.hpp"

#include <csignal>
#include <filesystem>
#include <utility>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using topology::failure;

// Stopping has ended by then; this is for the last answers and the journal's last lines.
constexpr auto end_patience = 20s;

} // namespace

std::variant<session, failure> session::open(const global_flags& flags, const std::string& file, bool temporary) {
  auto found = find_target(flags.environment, file);
  if (auto* why = std::get_if<failure>(&found))
    return *why;
  session out;
  out.at_ = std::get<target>(std::move(found));
  bool connected = false;
  auto status = ask_engine(out.at_, "/v1/status", 10s, connected);
  if (connected) {
    if (auto* why = std::get_if<failure>(&status))
      return *why;
    out.engine_ = std::get<nlohmann::json>(status)["engine"].value("pid", 0);
    return out;
  }
  const auto none =
      failure{"ERR_CLI_002", "no engine runs for " + out.at_.environment,
              "start it: paws-engine start" + (out.at_.topology_file.empty() ? "" : " " + out.at_.topology_file)};
  std::error_code ignored;
  const bool has_members = std::filesystem::is_directory(out.at_.paths.directory + "/members", ignored);
  if (!temporary || !has_members || out.at_.topology_file.empty())
    return none;
  engine_options options;
  options.topology_file = out.at_.topology_file;
  options.environment = out.at_.environment;
  options.profiles = out.at_.profiles;
  options.profiles_given = out.at_.profiles_known;
  options.starts = false;
  options.runtime = "process";
  options.log_level = flags.log_level;
  options.log_format = flags.log_format;
  auto made = spawn_engine(options, out.at_, true);
  if (auto* why = std::get_if<failure>(&made))
    return *why;
  out.engine_ = std::get<pid_t>(made);
  out.own_ = true;
  // What it adopted has not been asked yet.
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

void session::wait_for_end() {
  if (engine_ > 0)
    bin::wait_until_gone(engine_, end_patience);
  engine_ = 0;
}

} // namespace paws::bin
