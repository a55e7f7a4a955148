#include "tests/stack/containers.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

namespace paws::e2e {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    if (!line.empty())
      out.push_back(line);
  return out;
}

bool answers(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool out = ::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0;
  ::close(fd);
  return out;
}

} // namespace

container_engine::container_engine(const std::string& name)
    : name_{name}, socket_{name == "podman" ? "/run/podman/podman.sock" : "/var/run/docker.sock"} {}

bool container_engine::usable() const {
  for (const auto* image : {"etcd", "patroni", "redis", "haproxy"})
    if (const auto found = run({"image", "inspect", "paws360/" + std::string{image} + ":bookworm"}, 20s);
        found.exit_code != 0) {
      WARN("needs a container engine at " << socket_ << " with the images of this project: " << found.err);
      return false;
    }
  return true;
}

outcome container_engine::run(std::vector<std::string> words, std::chrono::milliseconds limit) const {
  words.insert(words.begin(), {"docker", "-H", "unix://" + socket_});
  program running{words, {{"PATH", "/usr/local/bin:/usr/bin:/bin"}}, "/"};
  outcome out;
  out.in_time = running.wait(in(limit));
  out.exit_code = running.exit_code();
  out.out = running.out();
  out.err = running.err();
  return out;
}

std::string container_engine::word(const std::vector<std::string>& words) const {
  const auto said = run(words);
  INFO(said.err);
  REQUIRE(said.exit_code == 0);
  const auto lines = lines_of(said.out);
  return lines.empty() ? "" : lines.front();
}

json container_engine::inspect(const std::string& container) const {
  const auto said = run({"container", "inspect", container});
  INFO(said.err);
  REQUIRE(said.exit_code == 0);
  return json::parse(said.out).at(0);
}

std::vector<std::string> container_engine::labelled(const std::string& kind, const std::string& environment) const {
  std::vector<std::string> words{kind, "ls", "-q", "--filter", "label=io.paws-engine.environment=" + environment};
  if (kind == "container")
    words.insert(words.end(), {"-a", "--no-trunc"});
  return lines_of(run(words).out);
}

std::map<std::string, std::string> container_engine::lives(const std::string& environment) const {
  std::map<std::string, std::string> out;
  std::vector<std::string> words{"container", "inspect"};
  const auto all = labelled("container", environment);
  if (all.empty())
    return out;
  words.insert(words.end(), all.begin(), all.end());
  for (const auto& each : json::parse(run(words).out, nullptr, false)) {
    const auto name = each["Name"].get<std::string>();
    out[name.substr(name.starts_with('/') ? 1 : 0)] = // Docker writes one before it
        each["Id"].get<std::string>() + " " + each["State"]["StartedAt"].get<std::string>();
  }
  return out;
}

void container_engine::remove_all(const std::string& environment) const {
  const auto remove = [&](const std::string& kind, std::vector<std::string> words) {
    const auto all = labelled(kind, environment);
    words.insert(words.end(), all.begin(), all.end());
    if (!all.empty())
      run(words, 120s);
  };
  for (const auto& each : labelled("container", environment))
    run({"container", "unpause", each});
  remove("container", {"container", "rm", "-f", "-v"});
  remove("volume", {"volume", "rm", "-f"});
  remove("network", {"network", "rm"});
}

bool container_engine::restart(int how) const {
  std::vector<std::string> words{PAWS_SOURCE_DIR "/tools/container-engines", "restart", name_};
  if (how == SIGKILL)
    words.emplace_back("--kill");
  program tool{words, {{"PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"}}, "/"};
  if (tool.wait(in(150s)) && tool.exit_code() == 0)
    return true;
  WARN(name_ << " was not restarted: " << tool.err());
  return false;
}

std::vector<std::uint16_t> open_ports(const std::vector<std::uint16_t>& also) {
  std::vector<std::uint16_t> out;
  for (std::uint16_t port = 1; port < 32'768; ++port)
    if (answers(port))
      out.push_back(port);
  for (const auto port : also)
    if (port >= 32'768 && answers(port))
      out.push_back(port);
  return out;
}

} // namespace paws::e2e
