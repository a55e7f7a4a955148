// Bad input and missing prerequisites end early, with the contract's exit code, a remedy, and nothing created.
#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++found;
  return found;
}

bool nothing_created(const stack& s) {
  return s.processes().empty() && !fs::exists(s.environment_dir() / "members");
}

int listen_on(std::uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  bool made = ::bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0 && ::listen(fd, 1) == 0;
  return made ? fd : -1;
}

} // namespace

TEST_CASE("TC-006: a taken port names its owner's pid and program, nothing is created") {
  stack s;
  int fd = listen_on(s.postgres_port());
  REQUIRE(fd >= 0);
  auto refused = s.run({"start", s.topology().string(), "--format", "json"});
  ::close(fd);
  INFO(refused.out << refused.err);
  CHECK(refused.exit_code == 3);
  CHECK(refused.err.find("[NETWORK] ERR_NET_001: ") != std::string::npos);
  CHECK(refused.err.find(std::to_string(s.postgres_port())) != std::string::npos);
  CHECK(refused.err.find(std::to_string(::getpid())) != std::string::npos);
  CHECK(refused.err.find("e2e") != std::string::npos);
  CHECK(refused.err.find("kill -9") == std::string::npos);
  CHECK(refused.json()["error"]["code"] == "ERR_NET_001");
  CHECK(nothing_created(s));
  CHECK(s.start().exit_code == 0);
}

TEST_CASE("a state directory that cannot be written is found before anything starts") {
  stack s;
  std::ofstream{s.root() / ".local"} << "a file where a directory must be\n";
  auto refused = s.start();
  INFO(refused.out << refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("ERR_") != std::string::npos);
  CHECK(refused.err.find(".local") != std::string::npos);
  CHECK(s.processes().empty());
}

TEST_CASE("a state directory whose daemons' users cannot reach it is found before anything starts") {
  if (::geteuid() != 0) {
    WARN("needs root: members run as users of their own only then");
    return;
  }
  stack s;
  fs::permissions(s.root(), fs::perms{0700});
  auto refused = s.start();
  INFO(refused.out << refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("ERR_SYS_003") != std::string::npos);
  CHECK(refused.err.find(s.root().string()) != std::string::npos);
  CHECK(s.processes().empty());
}

TEST_CASE("a missing program is named with the package that brings it") {
  if (::geteuid() != 0) {
    WARN("needs root: it hides a program in a mount namespace of its own");
    return;
  }
  stack s;
  program refused{{"unshare", "--mount", "--propagation", "private", "sh", "-c",
                   "mount --bind /dev/null /usr/sbin/haproxy && exec " PAWS_BIN_DIR "/paws-engine start topology.yaml"},
                  s.variables(),
                  s.root().string()};
  REQUIRE(refused.wait(in(60s)));
  INFO(refused.out() << refused.err());
  CHECK(refused.exit_code() == 2);
  CHECK(refused.err().find("ERR_SYS_004") != std::string::npos);
  CHECK(refused.err().find("haproxy") != std::string::npos);
  CHECK(nothing_created(s));
}

TEST_CASE("a secrets file that others may read, or that is a link, is refused") {
  stack s;
  REQUIRE(s.run({"secrets", "generate", "--file", s.topology().string()}).exit_code == 0);
  auto file = s.root() / ".local/secrets.env";
  struct stat found {};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);

  SECTION("mode 0644") {
    fs::permissions(file, fs::perms{0644});
    auto refused = s.start();
    INFO(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("ERR_SEC_002") != std::string::npos);
    CHECK(refused.err.find("chmod 600") != std::string::npos);
    CHECK(nothing_created(s));
  }
  SECTION("a symbolic link") {
    fs::rename(file, s.root() / "elsewhere.env");
    fs::create_symlink(s.root() / "elsewhere.env", file);
    auto refused = s.start();
    INFO(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("ERR_SEC_002") != std::string::npos);
    CHECK(nothing_created(s));
  }
  SECTION("a missing name") {
    std::ifstream in{file};
    std::string kept;
    for (std::string line; std::getline(in, line);)
      if (!line.starts_with("POSTGRES_PASSWORD="))
        kept += line + "\n";
    std::ofstream{file} << kept;
    auto refused = s.start();
    INFO(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("Missing secret: POSTGRES_PASSWORD. Run: make local-gen-secrets") != std::string::npos);
    CHECK(nothing_created(s));
  }
}

TEST_CASE("an unknown topology file is refused with its path") {
  stack s;
  auto refused = s.run({"start", (s.root() / "no-such.yaml").string()});
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("no-such.yaml") != std::string::npos);
  CHECK(refused.err.find("ERR_TOPO_002") != std::string::npos);
}

TEST_CASE("every mistake in a topology file is named with its line, at once") {
  stack s;
  std::ofstream{s.topology(), std::ios::app} << "no_such_key: 1\nroutes: {}\n";
  auto refused = s.run({"validate", s.topology().string()}, 2s);
  INFO(refused.out << refused.err);
  CHECK(refused.in_time);
  CHECK(refused.exit_code == 2);
  CHECK((refused.out + refused.err).find("topology.yaml:") != std::string::npos);
  CHECK(s.start().exit_code == 2);
}

TEST_CASE("TC-023: a bad etcd flag is the root cause, named once, Patroni is never started, a retry works") {
  auto bad_flag = [](YAML::Node& topology) { topology["clusters"]["etcd"]["extra_args"].push_back("--no-such-flag"); };
  stack s{bad_flag};
  auto failed = s.run({"start", s.topology().string(), "--keep-on-failure"});
  INFO(failed.out << failed.err);
  REQUIRE(failed.in_time);
  CHECK(failed.exit_code == 5);
  CHECK(count_of(failed.err, "[ETCD]") + count_of(failed.err, "[ENGINE]") == 1);
  CHECK(failed.err.find("etcd") != std::string::npos);
  CHECK((failed.out + failed.err).find("no-such-flag") != std::string::npos);

  auto status = s.status();
  CHECK(status["state"] == "failed");
  for (const char* member : {"patroni1", "patroni2", "patroni3"})
    CHECK(service_of(status, member)["pid"].is_null());
  for (const auto& event : s.events())
    CHECK_FALSE((event["kind"] == "start_called" && event["subject"].get<std::string>().starts_with("patroni")));
  REQUIRE(s.ctl({"down"}).exit_code == 0);
  CHECK(s.processes().empty());

  SECTION("without --keep-on-failure nothing is left running") {
    CHECK(s.start().exit_code == 5);
    CHECK(s.processes().empty());
  }
  SECTION("mended, the same environment starts") {
    auto document = YAML::LoadFile(s.topology());
    document["clusters"]["etcd"].remove("extra_args");
    std::ofstream{s.topology()} << document << '\n';
    CHECK(s.start().exit_code == 0);
  }
}
