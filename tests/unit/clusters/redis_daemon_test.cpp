// The rendered files before the real daemons: they take them, and a password of any bytes is the one that logs in.
#include "tests/unit/clusters/redis_world.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace paws;
using paws::testing::redis_world;

namespace {

namespace fs = std::filesystem;
constexpr int patience_ms = 20'000; // far more than a daemon takes to start or answer

// Everything that comes from `fd` until `wanted` is in it, the peer closes, or patience ends.
std::string read_until(int fd, const std::string& wanted) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{patience_ms};
  std::string out;
  while (out.find(wanted) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    pollfd waiting{fd, POLLIN, 0};
    char buffer[4096];
    if (::poll(&waiting, 1, 100) <= 0)
      continue;
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0)
      break;
    out.append(buffer, static_cast<std::size_t>(got));
  }
  return out;
}

// One daemon, from its spec; killed at the end.
class real_daemon {
public:
  explicit real_daemon(const logic::member_spec& spec) {
    fs::create_directories(spec.data_dir);
    fs::create_directories(spec.run_dir);
    std::ofstream{spec.files.front().path} << spec.files.front().content;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    auto words = spec.command;
    std::vector<char*> argv;
    for (auto& word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 1);
      ::dup2(ends[1], 2);
      ::close(ends[0]);
      ::execvp(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }
  real_daemon(const real_daemon&) = delete;
  real_daemon& operator=(const real_daemon&) = delete;
  ~real_daemon() {
    ::kill(pid_, SIGKILL);
    if (!reaped_)
      ::waitpid(pid_, nullptr, 0);
    ::close(output_);
  }

  std::string output_until(const std::string& wanted) const { return read_until(output_, wanted); }
  /// True when it ended by itself after SIGTERM: its output is closed then.
  bool ends() {
    ::kill(pid_, SIGTERM);
    if (read_until(output_, "bye bye").find("bye bye") == std::string::npos)
      return false;
    int status = 0;
    reaped_ = ::waitpid(pid_, &status, 0) == pid_;
    return reaped_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

private:
  pid_t pid_ = -1;
  int output_ = -1;
  bool reaped_ = false;
};

// The answer to AUTH with `password`, its first line.
std::string log_in(const std::string& address, std::uint16_t port, const std::string& password) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  std::string out = "no connection";
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    const auto text = "*2\r\n$4\r\nAUTH\r\n$" + std::to_string(password.size()) + "\r\n" + password + "\r\n";
    if (::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()))
      out = read_until(fd, "\r\n");
  }
  ::close(fd);
  return out.substr(0, out.find('\r'));
}

// A directory below /tmp and addresses of this process alone.
struct real_world : redis_world {
  std::string dir = "/tmp/paws-redis-test-" + std::to_string(::getpid());

  real_world() {
    const auto own = ::getpid() % 100;
    for (auto& [name, place] : context.places.members) {
      place.address = "127.36.105." + std::to_string((name == "redis2" ? 150 : 50) + own);
      place.data_dir = dir + "/" + name + "/data with a blank";
      place.run_dir = dir + "/" + name + "/run";
    }
  }
  ~real_world() { fs::remove_all(dir); }
  real_world(const real_world&) = delete;
  real_world& operator=(const real_world&) = delete;
};

} // namespace

TEST_CASE("passwords of any bytes log in at the real daemons", "[daemon]") {
  const auto password =
      GENERATE(as<std::string>{}, "plain+base64/=", "two words", "\"quotes\" and 'others'", "back\\slash \\x41 \\n",
               "# no comment", "line\nrequirepass other", "\x01\x7f\xc3\xa9", " ", "$HOME `id` %s");
  CAPTURE(password);
  real_world world;
  world.context.secrets = {{"REDIS_PASSWORD", password}, {"REDIS_SENTINEL_PASSWORD", password + "2"}};
  const auto specs = clusters::redis::render(world.context);
  real_daemon node{specs[0]};
  REQUIRE_THAT(node.output_until("Ready to accept connections"), Catch::Contains("Ready to accept"));
  real_daemon sentinel{specs[3]};
  REQUIRE_THAT(sentinel.output_until("+monitor"), Catch::Contains("+monitor master mymaster"));
  CHECK(log_in(specs[0].address, 6379, password) == "+OK");
  CHECK(log_in(specs[0].address, 6379, password + "x").starts_with("-WRONGPASS"));
  CHECK(log_in(specs[3].address, 26379, password + "2") == "+OK");
  CHECK(log_in(specs[3].address, 26379, password).starts_with("-WRONGPASS"));
}

TEST_CASE("a replica ends when asked to in the moment it has synchronised", "[daemon]") {
  real_world world;
  const auto specs = clusters::redis::render(world.context);
  real_daemon master{specs[0]};
  REQUIRE_THAT(master.output_until("Ready to accept connections"), Catch::Contains("Ready to accept"));
  real_daemon replica{specs[1]};
  REQUIRE_THAT(replica.output_until("Finished with success"), Catch::Contains("Finished with success"));
  CHECK(replica.ends());
}
