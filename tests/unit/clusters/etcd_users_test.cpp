#include "clusters/etcd_users.hpp"
#include "clusters/etcd_view.hpp"
#include "clusters/kinds.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

using namespace paws;
namespace etcd = paws::clusters::etcd;
using etcd::users_state;

namespace {

struct users_world {
  logic::cluster_context context;
  logic::observation_table seen;
  logic::steady_time now{std::chrono::hours{1}};

  users_world() {
    auto& cluster = context.cluster;
    cluster.name = "etcd";
    cluster.kind = topology::cluster_kind::etcd;
    cluster.tls = true;
    context.places.environment = "test";
    context.certificates = {"CA", "/env/certificates/ca.crt", {}};
    for (int i = 1; i <= 3; ++i) {
      const auto name = "etcd" + std::to_string(i), dir = "/env/members/" + name;
      cluster.members.push_back(name);
      context.places.members[name] = {name,          "etcd",      "127.36.105.1" + std::to_string(i), dir + "/config",
                                      dir + "/data", dir + "/run"};
      context.running.insert(name);
      context.certificates.members[name] = {"CERT " + name, "KEY " + name};
      logic::observation status;
      status.name = "etcd.status";
      status.member = name;
      status.ok = true;
      status.known = {
          {"id", std::to_string(100 + i)}, {"leader", "102"}, {"term", "2"}, {"size_bytes", "1"}, {"errors", ""}};
      seen.put(std::move(status));
    }
    context.secrets = {{"ETCD_ROOT_PASSWORD", "hush-root"},
                       {"ETCD_PATRONI_PASSWORD", "hush-patroni"},
                       {"ETCD_ENGINE_PASSWORD", "hush-engine"}};
  }

  std::vector<logic::ask> due() const { return etcd::prepare(context, seen, now); }
  std::set<std::string> due_names() const {
    std::set<std::string> out;
    for (const auto& one : due())
      out.insert(one.name.substr(std::string{etcd::users_ask}.size()));
    return out;
  }
  void answer(const std::string& step, int status, const std::string& error = "") {
    logic::ask question;
    question.name = etcd::users_ask + step;
    logic::answer got;
    got.ok = status != 0;
    got.status = status;
    got.text = error.empty() ? "{}" : R"({"error":"etcdserver: )" + error + R"(","code":9})";
    logic::observation out;
    out.name = question.name;
    out.member = "etcd";
    out.ok = got.ok;
    out.answered_at = now;
    if (got.ok)
      out.known = etcd::interpret(question, got);
    seen.put(std::move(out));
  }
  void answer_all(int status, const std::string& error = "") {
    for (const auto& name : due_names())
      answer(name, status, error);
  }
  users_state state() const { return etcd::judge_users(context, seen); }
  logic::cluster_view view() const { return etcd::judge(context, seen, now); }
};

const std::set<std::string> all_logins{"login.root", "login.patroni", "login.engine"};
const std::set<std::string> all_names{"add.root", "add.patroni", "add.engine", "role.patroni", "role.engine"};
const std::set<std::string> all_grants{"grant.root", "grant.patroni", "grant.engine", "permit.patroni",
                                       "permit.engine"};
constexpr const char* off = "authentication is not enabled";
constexpr const char* refused = "authentication failed, invalid user ID or password";

} // namespace

TEST_CASE("an etcd without users gets them in four waves, and only then there is a quorum") {
  users_world w;
  CHECK_FALSE(w.view().quorum);
  CHECK(w.view().awaited.front() == "authentication is not on yet");
  CHECK(w.due_names() == all_logins);
  w.answer_all(412, off);
  CHECK(w.due_names() == all_names);
  for (const auto& question : w.due()) {
    CHECK(question.member == "etcd2"); // who leads
    CHECK(question.tls.on);
    CHECK(question.tls.ca_file == "/env/certificates/ca.crt");
    CHECK(question.token_path.empty());
  }
  w.answer_all(200);
  CHECK(w.due_names() == all_grants);
  w.answer_all(200);
  CHECK(w.due_names() == std::set<std::string>{"enable"});
  CHECK_FALSE(w.view().quorum);
  w.answer_all(200);
  CHECK(w.due().empty());
  CHECK(w.state() == users_state::ready);
  CHECK(w.view().quorum);
  CHECK(w.view().ready);
}

TEST_CASE("an etcd that has its users is only asked whether it knows them") {
  users_world w;
  w.answer_all(200);
  CHECK(w.state() == users_state::ready);
  CHECK(w.due().empty());
}

TEST_CASE("what an interrupted setup left gets the passwords of today") {
  users_world w;
  w.answer_all(412, off);
  for (const auto& name : w.due_names())
    w.answer(name, 412, name.starts_with("role.") ? "role name already exists" : "user name already exists");
  auto expected = all_grants;
  expected.merge(std::set<std::string>{"password.root", "password.patroni", "password.engine"});
  CHECK(w.due_names() == expected);
  w.answer_all(200);
  CHECK(w.due_names() == std::set<std::string>{"enable"});
}

TEST_CASE("root mends the other users where authentication is on") {
  users_world w;
  w.answer("login.root", 200);
  w.answer("login.engine", 200);
  w.answer("login.patroni", 400, refused);
  CHECK(w.state() == users_state::awaited);
  CHECK(w.due_names() == all_names);
  for (const auto& question : w.due()) {
    CHECK(question.user == "root");
    CHECK(question.password == "hush-root");
    CHECK(question.token_path == "/v3/auth/authenticate");
  }
  for (const auto& name : w.due_names())
    w.answer(name, 412, "user name already exists");
  w.answer_all(200);
  CHECK(w.state() == users_state::ready);
  CHECK(w.due().empty());
}

TEST_CASE("an etcd with other passwords is said to refuse ours, and asked again") {
  users_world w;
  w.answer_all(400, refused);
  CHECK(w.state() == users_state::refused);
  CHECK(w.due().empty());
  const auto view = w.view();
  CHECK_FALSE(view.quorum);
  CHECK(view.awaited.front() == "etcd refuses the passwords it is given");
  const auto check = std::find_if(view.checks.begin(), view.checks.end(),
                                  [](const auto& one) { return one.name == "authentication"; });
  REQUIRE(check != view.checks.end());
  CHECK_THAT(check->error, Catch::StartsWith("[SECURITY] ERR_SEC_005"));
  w.now += std::chrono::milliseconds{200};
  CHECK(w.due_names() == all_logins);
}

TEST_CASE("a step that fails is tried again a little later") {
  users_world w;
  w.answer_all(412, off);
  w.answer_all(200);
  w.answer("grant.root", 0);
  w.answer("grant.engine", 503, "request timed out");
  auto rest = all_grants;
  rest.erase("grant.root");
  rest.erase("grant.engine");
  CHECK(w.due_names() == rest);
  w.now += std::chrono::milliseconds{200};
  CHECK(w.due_names() == all_grants);
}

TEST_CASE("without a leader, without passwords or without TLS nothing is asked") {
  users_world w;
  SECTION("no TLS") {
    w.context.cluster.tls = false;
    CHECK(w.state() == users_state::unneeded);
    CHECK(w.view().quorum);
  }
  SECTION("no password") {
    w.context.secrets["ETCD_ROOT_PASSWORD"] = "-";
  }
  SECTION("no leader") {
    w.seen.forget("etcd1");
    w.seen.forget("etcd3");
  }
  CHECK(w.due().empty());
}

TEST_CASE("etcd's members get certificates, and every URL is encrypted") {
  const users_world w;
  const auto specs = clusters::etcd_kind.render(w.context);
  REQUIRE(specs.size() == 3);
  const auto& spec = specs[0];
  std::string all;
  for (const auto& word : spec.command)
    all += word + " ";
  CHECK_THAT(all, !Catch::Contains("http://"));
  CHECK_THAT(all, Catch::Contains("--peer-client-cert-auth=true"));
  CHECK_THAT(all, !Catch::Contains(" --trusted-ca-file"));
  CHECK_THAT(all, !Catch::Contains("hush"));
  REQUIRE(spec.files.size() == 3);
  CHECK(spec.files[1].content == "CERT etcd1");
  for (const auto& file : spec.files)
    CHECK(file.mode == 0600);
  for (const auto& question : clusters::etcd_kind.inspect_asks(w.context, "etcd1")) {
    CHECK(question.tls.on);
    CHECK((question.user == "engine") == (question.name == "etcd.keys"));
  }
}

TEST_CASE("data that was made without TLS is named as what keeps etcd from forming") {
  users_world w;
  for (int i = 1; i <= 3; ++i) {
    const auto name = "etcd" + std::to_string(i);
    logic::observation status = *w.seen.find(name, "etcd.status");
    status.known["leader"] = "0";
    w.seen.put(status);
    logic::answer listed;
    listed.ok = true;
    listed.status = 200;
    listed.text = R"({"members":[{"ID":"10)" + std::to_string(i) + R"(","peerURLs":["http://127.36.105.11:2380"]},)" +
                  R"({"ID":7},{"ID":"8","peerURLs":[3]},null]})";
    logic::ask question;
    question.name = "etcd.members";
    logic::observation members;
    members.name = question.name;
    members.member = name;
    members.ok = true;
    members.known = etcd::interpret(question, listed);
    CHECK(members.known.size() == 1);
    w.seen.put(members);
  }
  const auto view = w.view();
  CHECK(view.members[0].why == "has data that was made without TLS");
  const auto check =
      std::find_if(view.checks.begin(), view.checks.end(), [](const auto& one) { return one.name == "encryption"; });
  REQUIRE(check != view.checks.end());
  CHECK_THAT(check->error, Catch::StartsWith("[SECURITY] ERR_SEC_006"));
}

TEST_CASE("permissions name the keys of a prefix, or all keys") {
  CHECK(etcd::permission_body("r", "READWRITE", "/service/") ==
        R"({"name":"r","perm":{"key":"L3NlcnZpY2Uv","permType":"READWRITE","range_end":"L3NlcnZpY2Uw"}})");
  CHECK(etcd::permission_body("r", "READ", "") ==
        R"({"name":"r","perm":{"key":"AA==","permType":"READ","range_end":"AA=="}})");
}
