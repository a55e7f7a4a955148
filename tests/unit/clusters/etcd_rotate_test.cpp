#include "clusters/etcd_users.hpp"
#include "clusters/rotate.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace paws;
using namespace paws::clusters;
using logic::rotation_stage;

namespace {

logic::cluster_context context_with(const std::string& tag) {
  logic::cluster_context out;
  out.cluster.name = "etcd";
  out.cluster.tls = true;
  out.cluster.members = {"etcd1", "etcd2"};
  for (const auto& member : out.cluster.members)
    out.places.members[member].address = "127.36.0.1" + member.substr(4);
  for (const auto& row : etcd::users)
    out.secrets[row.secret] = tag + row.user;
  return out;
}

std::vector<std::string> paths(const std::vector<logic::rotation_step>& steps, rotation_stage stage) {
  std::vector<std::string> out;
  for (const auto& each : steps)
    if (each.stage == stage)
      out.push_back(each.tries.at(0).path);
  return out;
}

} // namespace

TEST_CASE("Patroni's name in etcd follows from its password, the others' do not") {
  std::set<std::string> names;
  for (int i = 0; i < 500; ++i) {
    const auto password = "generated-" + std::to_string(i * 7919);
    names.insert(etcd::login_name(etcd::users[1], password));
    CHECK(etcd::login_name(etcd::users[1], password) == etcd::login_name(etcd::users[1], password));
    CHECK(etcd::login_name(etcd::users[0], password) == "root");
    CHECK(etcd::login_name(etcd::users[2], password) == "engine");
  }
  CHECK(names.size() > 480);
  for (const auto& each : names) {
    CHECK(each.starts_with("patroni-"));
    CHECK(each.size() == 12);
  }
}

TEST_CASE("Patroni gets a second user, its first one goes last, and root is tried with either password") {
  const auto before = context_with("old-"), after = context_with("new-");
  const auto steps = etcd::rotate(before, after);
  CHECK(paths(steps, rotation_stage::add) == std::vector<std::string>{"/v3/auth/user/add", "/v3/auth/user/grant"});
  CHECK(paths(steps, rotation_stage::retire) == std::vector<std::string>{"/v3/auth/user/delete"});
  CHECK(paths(steps, rotation_stage::change) ==
        std::vector<std::string>{"/v3/auth/user/changepw", "/v3/auth/user/changepw"});
  CHECK(paths(steps, rotation_stage::verify).size() == 3);
  for (const auto& each : steps) {
    std::set<std::string> passwords, addresses;
    for (const auto& question : each.tries) {
      passwords.insert(question.password);
      addresses.insert(question.address);
    }
    CHECK(addresses.size() == 2);
    if (each.stage != rotation_stage::verify)
      CHECK(passwords == std::set<std::string>{"old-root", "new-root"});
  }
}

TEST_CASE("a user that is there already, or gone already, is as it should be") {
  const auto before = context_with("old-"), after = context_with("new-");
  for (const auto& each : etcd::rotate(before, after)) {
    const auto& question = each.tries.at(0);
    logic::answer got;
    got.ok = true;
    got.status = 412;
    got.text = question.path.ends_with("delete") ? R"({"error":"etcdserver: user name not found"})"
                                                 : R"({"error":"etcdserver: user name already exists"})";
    CHECK(logic::succeeded(question, got, each.fine) ==
          (question.path.ends_with("delete") || question.path == "/v3/auth/user/add"));
  }
}

TEST_CASE("two passwords that mean the same name: it is changed") {
  auto before = context_with("x"), after = context_with("x");
  const std::string secret = etcd::patroni_secret;
  const auto name = etcd::login_name(etcd::users[1], before.secrets[secret]);
  for (int i = 0; i < 2'000'000 && before.secrets[secret] == after.secrets[secret]; ++i)
    if (const auto other = std::to_string(i); etcd::login_name(etcd::users[1], other) == name)
      after.secrets[secret] = other;
  const auto steps = etcd::rotate(before, after);
  CHECK(paths(steps, rotation_stage::change) == std::vector<std::string>{"/v3/auth/user/changepw"});
  CHECK(paths(steps, rotation_stage::retire).empty());
}

TEST_CASE("without encryption etcd has no users, and nothing changes") {
  auto before = context_with("old-"), after = context_with("new-");
  before.cluster.tls = after.cluster.tls = false;
  CHECK(etcd::rotate(before, after).empty());
  CHECK(etcd::rotate(context_with("a"), context_with("a")).empty());
}
