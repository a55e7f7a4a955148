#include "bin/certificates.hpp"
#include "bin/machine_clocks.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace paws;
using namespace paws::bin;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t second = 1'000'000;

// A machine that says of itself what a test wants.
struct machine {
  machine() {
    std::string pattern = "/tmp/paws-clocks-XXXXXX";
    directory = ::mkdtemp(pattern.data());
    at = {path("version"), path("status"), path("adjtime"), path("since_epoch"), path("device")};
  }
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;
  ~machine() { std::filesystem::remove_all(directory); }

  std::string path(const std::string& name) const { return (directory / name).string(); }
  void say(const std::string& name, const std::string& text) const { std::ofstream{directory / name} << text; }

  std::filesystem::path directory;
  clock_places at;
};

} // namespace

TEST_CASE("a machine that says nothing about itself has no hardware clock and no rights") {
  const machine m;
  const auto facts = look_at_clocks(m.at);
  CHECK_FALSE(facts.hardware_us);
  CHECK(facts.hardware_unknown == "this machine shows none");
  CHECK_FALSE(facts.wsl);
  CHECK_FALSE(facts.may_set);
  CHECK_FALSE(facts.hardware_local);
  CHECK(facts.wall_us > 1'700'000'000 * second);
}

TEST_CASE("the hardware's seconds are read and half a second is added") {
  const machine m;
  m.say("since_epoch", "1764000000\n");
  m.say("adjtime", "0.0 0 0.0\n0\nLOCAL\n");
  const auto facts = look_at_clocks(m.at);
  CHECK(facts.hardware_us == 1'764'000'000 * second + second / 2);
  CHECK(facts.hardware_local);
}

TEST_CASE("a device that is no clock says why") {
  const machine m;
  m.say("device", "");
  const auto facts = look_at_clocks(m.at);
  CHECK_FALSE(facts.hardware_us);
  CHECK(facts.hardware_unknown.find(m.at.device) == 0);
}

TEST_CASE("WSL is known by its kernel and the right to set clocks by its capability") {
  const machine m;
  m.say("version", "Linux version 5.15.153.1-microsoft-standard-WSL2 (root@941d701f84f1)");
  m.say("status", "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t0000000002000000\nCapBnd:\tffffffffffffffff\n");
  CHECK(look_at_clocks(m.at).wsl);
  CHECK(look_at_clocks(m.at).may_set);
  m.say("status", "Name:\tx\nCapEff:\t0000000001000000\n");
  CHECK_FALSE(look_at_clocks(m.at).may_set);
  m.say("status", "CapEff:\tnothing\n");
  CHECK_FALSE(look_at_clocks(m.at).may_set);
}

TEST_CASE("the real clocks go on") {
  const auto clocks = real_clocks();
  const auto first = clocks.read(), then = clocks.read();
  CHECK(then.steady >= first.steady);
  CHECK(then.boot >= first.boot);
  CHECK(then.boot >= first.steady); // one goes on in a sleep, the other does not
  CHECK(std::chrono::abs(std::chrono::microseconds{clocks.look().wall_us} - first.wall) < 5s);
}

TEST_CASE("certificates that a clock makes invalid are named") {
  const store::wall_time made{1'764'000'000s};
  const auto authority = store::identity::make_authority("test", store::authority_life, made);
  REQUIRE(authority);
  const auto member = authority->issue("etcd1", {{"etcd1"}, {"127.0.0.1"}}, store::certificate_life, made);
  REQUIRE(member);
  logic::tls_material all;
  all.members["etcd1"] = {member->certificate(), member->key()};
  all.members["etcd2"] = {"nonsense", "nonsense"};
  CHECK(invalid_certificates(all, made).empty());
  const auto early = invalid_certificates(all, made - 48h);
  REQUIRE(early.size() == 1);
  CHECK(early[0].find("etcd1 is not valid yet") != std::string::npos);
  const auto late = invalid_certificates(all, made + store::certificate_life);
  REQUIRE(late.size() == 1);
  CHECK(late[0].find("etcd1 has run out") != std::string::npos);
}
