#include "tests/stack/stack.hpp"

#include "tests/stack/containers.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

namespace paws::e2e {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr int first_subnet = 120, last_subnet = 135; // of 127.36.0.0/16; others are taken by tools/ and other tests

// Nobody else's who tests at the same time, until this process ends.
const std::string& subnet() {
  static const std::string mine = [] {
    for (int number = first_subnet; number <= last_subnet; ++number) {
      const auto path = "/tmp/paws-e2e-subnet-" + std::to_string(number) + ".lock";
      const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0)
        return "127.36." + std::to_string(number) + ".0/24";
      if (fd >= 0)
        ::close(fd);
    }
    throw std::runtime_error{"no free subnet: " + std::to_string(last_subnet - first_subnet + 1) + " tests at once"};
  }();
  return mine;
}

void give_to_nobody(const fs::path& path) {
  const auto* nobody = ::getpwnam("nobody"); // NOLINT(concurrency-mt-unsafe): one thread
  if (nobody == nullptr || ::lchown(path.c_str(), nobody->pw_uid, nobody->pw_gid) != 0)
    throw std::runtime_error{path.string() + " cannot be given to nobody"};
}

} // namespace

std::uint16_t free_port() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  bool made = ::bind(fd, reinterpret_cast<sockaddr*>(&where), size) == 0 &&
              ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size) == 0;
  ::close(fd);
  if (!made)
    throw std::runtime_error{"no free port"};
  return ntohs(where.sin_port);
}

nlohmann::json outcome::json() const {
  return nlohmann::json::parse(out, nullptr, false).is_discarded() ? nlohmann::json{} : nlohmann::json::parse(out);
}

stack::stack(const std::function<void(YAML::Node&)>& edit, std::string runtime)
    : name_{"e2e-" + std::to_string(::getpid())}, runtime_{std::move(runtime)}, engine_{PAWS_BIN_DIR "/paws-engine"} {
  std::string pattern = "/tmp/paws-e2e-XXXXXX";
  root_ = ::mkdtemp(pattern.data());
  // Daemons of users of their own must reach their data.
  fs::permissions(root_, fs::perms{0755});
  postgres_port_ = free_port();
  redis_port_ = free_port();
  auto document = YAML::LoadFile(PAWS_SOURCE_DIR "/config/paws360.yaml");
  document["name"] = name_;
  document.remove("default_profiles"); // the infrastructure; who tests the applications adds them
  document.remove("services");
  document["root"] = ".";
  document["runtime"]["process"]["subnet"] = subnet();
  document["runtime"]["prefer"] = std::vector<std::string>{runtime_};
  document["routes"]["patroni-leader"]["publish"] = postgres_port_;
  document["routes"]["redis-master"]["publish"] = redis_port_;
  document.remove("control");
  if (edit)
    edit(document);
  std::ofstream{topology()} << document << '\n';
  // An ordinary user's PATH: Debian keeps HAProxy and PostgreSQL's own programs out of it.
  variables_ = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                {"PAWS_RUNTIME_DIR", (root_ / "run").string()},
                {"NO_COLOR", "1"},
                {"PAWS_PROGRESS", "plain"}};
}

stack::~stack() {
  run({"ctl", "--env", name_, "down"}, 60s);
  for (const auto& [pid, command] : processes()) {
    UNSCOPED_INFO("left running: " << pid << " " << command);
    kill_tree(pid, in(10s));
  }
  if (runtime_ != "process")
    container_engine{runtime_}.remove_all(name_);
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void stack::become_ordinary() {
  // The build may lie where only root gets to.
  const auto programs = root_ / "bin";
  fs::create_directory(programs);
  for (const auto* each : {"paws-engine", "paws-keeper"})
    fs::copy_file(fs::path{PAWS_BIN_DIR} / each, programs / each);
  for (const auto& each : fs::recursive_directory_iterator{root_})
    give_to_nobody(each.path());
  give_to_nobody(root_);
  engine_ = {"/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup",
             "--clear-groups",   "--no-new-privs", (programs / "paws-engine").string()};
}

std::unique_ptr<program> stack::spawn(const std::vector<std::string>& words) {
  auto argv = engine_;
  argv.insert(argv.end(), words.begin(), words.end());
  return std::make_unique<program>(argv, variables_, root_.string());
}

outcome stack::run(const std::vector<std::string>& words, std::chrono::milliseconds limit) {
  auto running = spawn(words);
  outcome result;
  result.in_time = running->wait(in(limit));
  result.exit_code = running->exit_code();
  result.out = running->out();
  result.err = running->err();
  result.output_closed = running->output_closed();
  return result;
}

outcome stack::start() {
  auto out = run({"start", topology().string()});
  if (out.exit_code != 0)
    UNSCOPED_INFO(out.out << out.err);
  return out;
}

outcome stack::ctl(std::vector<std::string> words, std::chrono::milliseconds limit) {
  words.insert(words.begin(), {"ctl", "--env", name_});
  return run(words, limit);
}

nlohmann::json stack::status() {
  return ctl({"status", "--format", "json"}).json();
}

nlohmann::json stack::health() {
  return ctl({"health", "--format", "json"}).json();
}

bool stack::becomes_healthy(std::chrono::seconds limit) {
  return ctl({"health", "--wait", "--timeout", std::to_string(limit.count())}, limit + 10s).exit_code == 0;
}

bool stack::sees_event(const std::function<bool(const nlohmann::json&)>& wanted, deadline until) {
  auto follower = spawn({"ctl", "--env", name_, "events", "-f"});
  std::size_t at = 0;
  bool found = false;
  follower->wait_output(
      [&](const std::string& out) {
        for (auto end = out.find('\n', at); !found && end != std::string::npos; end = out.find('\n', at)) {
          auto event = nlohmann::json::parse(out.begin() + static_cast<std::ptrdiff_t>(at),
                                             out.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
          at = end + 1;
          found = !event.is_discarded() && wanted(event);
        }
        return found;
      },
      until);
  return found;
}

std::vector<nlohmann::json> stack::events() {
  std::vector<nlohmann::json> out;
  std::istringstream lines{ctl({"events"}).out};
  for (std::string line; std::getline(lines, line);) {
    auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_discarded())
      out.push_back(event);
  }
  return out;
}

std::string stack::secret(const std::string& name) const {
  std::ifstream in{root_ / ".local/secrets.env"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + "=")) {
      auto value = line.substr(name.size() + 1);
      bool quoted =
          value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front();
      return quoted ? value.substr(1, value.size() - 2) : value;
    }
  return "";
}

endpoint stack::encrypted(endpoint plain) const {
  if (!fs::exists(authority()))
    return plain;
  plain.sslmode = "verify-full";
  plain.authority = authority().string();
  return plain;
}

endpoint stack::postgres_route() const {
  return encrypted({"127.0.0.1", postgres_port_, "paws360", secret("POSTGRES_APP_PASSWORD"), "paws360"});
}

endpoint stack::postgres_member(const std::string& address) const {
  return encrypted({address, 5432, "postgres", secret("POSTGRES_PASSWORD"), "postgres"});
}

endpoint stack::redis_route() const {
  return {"127.0.0.1", redis_port_, "", secret("REDIS_PASSWORD"), ""};
}

endpoint stack::redis_member(const std::string& address) const {
  return {address, 6379, "", secret("REDIS_PASSWORD"), ""};
}

endpoint stack::sentinel(const std::string& address) const {
  return {address, 26379, "", secret("REDIS_SENTINEL_PASSWORD"), ""};
}

namespace {

nlohmann::json first_of(const nlohmann::json& list, const std::function<bool(const nlohmann::json&)>& wanted) {
  auto at = std::find_if(list.begin(), list.end(), wanted);
  return at == list.end() ? nlohmann::json{} : *at;
}

nlohmann::json named(const nlohmann::json& document, const char* list, const std::string& name) {
  if (!document.is_object() || !document.contains(list))
    return {};
  return first_of(document[list], [&](const auto& each) { return each.value("name", "") == name; });
}

} // namespace

nlohmann::json service_of(const nlohmann::json& status, const std::string& name) {
  return named(status, "services", name);
}

nlohmann::json with_role(const nlohmann::json& status, const std::string& cluster, const std::string& role) {
  if (!status.is_object() || !status.contains("services"))
    return {};
  return first_of(status["services"], [&](const auto& each) {
    return each["cluster"].is_string() && each["cluster"] == cluster && each["role"].is_string() &&
           each["role"] == role;
  });
}

nlohmann::json route_of(const nlohmann::json& status, const std::string& name) {
  return named(status, "routes", name);
}

nlohmann::json component_of(const nlohmann::json& health, const std::string& name) {
  return named(health, "components", name);
}

std::map<std::string, pid_t> pids_of(const nlohmann::json& status) {
  std::map<std::string, pid_t> out;
  for (const auto& each : status.value("services", nlohmann::json::array()))
    out[each["name"]] = each["pid"].is_number() ? each["pid"].get<pid_t>() : 0;
  return out;
}

} // namespace paws::e2e
