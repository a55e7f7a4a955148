// PostgreSQL knows one password of each role. All that change are altered by one statement, so that they change
// together or not at all; sessions go on. Patroni reads its file when it is told to and writes the replicas' password
// file itself; a replica that streams does not notice. Patroni must be able to log in to its own replica to look after
// it, so nobody gets a new file before its replica knows the new password; and a replica must be able to follow until
// then, so what replicas log in with is altered after that.
#include "clusters/etcd_users.hpp"
#include "clusters/patroni_render.hpp"
#include "clusters/patroni_view.hpp"
#include "clusters/rotate.hpp"

namespace paws::clusters::patroni {

namespace {

using enum logic::rotation_stage;

constexpr std::chrono::milliseconds alter_timeout{5000}; // a synchronous standby confirms it

struct role_row {
  const char* secret;
  const char* role; // nullptr: the application's
  logic::rotation_stage stage;
};
constexpr role_row roles[] = {{"POSTGRES_PASSWORD", "postgres", change},
                              {"POSTGRES_REWIND_PASSWORD", "rewinder", change},
                              {"POSTGRES_APP_PASSWORD", nullptr, change},
                              {"POSTGRES_REPLICATION_PASSWORD", "replicator", link}};

// As the member's probes ask it: patroni.cluster and patroni.sql.
logic::ask sql(const logic::cluster_context& context, const std::string& member, std::string statement) {
  auto out = asks(context, member).at(1);
  out.name = "patroni.rotate";
  out.sql = std::move(statement);
  return out;
}

logic::ask api(const logic::cluster_context& context, const std::string& member, std::string method, std::string path) {
  auto out = asks(context, member).at(0);
  out.name = "patroni.rotate";
  out.method = std::move(method);
  out.path = std::move(path);
  out.user = api_user;
  return out;
}

// Wakes Patroni's loop, which is what reads the file; changes nothing.
logic::ask wake(const logic::cluster_context& context, const std::string& member) {
  auto out = api(context, member, "PATCH", "/config");
  out.body = R"({"paws_engine_wake":null})";
  return out;
}

std::string alter(const std::vector<std::pair<std::string, std::string>>& passwords) {
  std::string body;
  for (const auto& [role, password] : passwords)
    body += "ALTER ROLE " + quoted_name(role) + " PASSWORD " + quoted_text(password) + ";\n";
  std::string tag = "$rotation";
  while (body.find(tag + "$") != std::string::npos)
    tag += "_";
  return "DO " + tag + "$ BEGIN\n" + body + "END " + tag + "$";
}

// By whoever takes writes, with either password of the superuser.
void alter_roles(const logic::cluster_context& before, const logic::cluster_context& after, logic::rotation_stage stage,
                 std::vector<std::string>& names, std::vector<logic::rotation_step>& out) {
  const auto& cluster = after.cluster;
  const auto super = change_of(before, after, "POSTGRES_PASSWORD");
  std::vector<std::pair<std::string, std::string>> passwords;
  std::vector<std::string> about;
  for (const auto& row : roles) {
    const auto each = change_of(before, after, row.secret);
    const auto role = row.role == nullptr ? cluster.db.user : std::string{row.role};
    if (row.stage != stage || !each.changed() || role.empty())
      continue;
    passwords.emplace_back(role, each.new_value);
    about.push_back(each.name);
    for (const auto& member : cluster.members) {
      auto question = sql(after, member, "SELECT 1");
      question.user = role;
      question.database = row.role == nullptr ? cluster.db.name : "postgres";
      out.push_back(
          asking(verify, member, each.name, member + " accepts the new password of " + role, each.newer(question)));
    }
  }
  if (passwords.empty())
    return;
  auto step = asking(stage, cluster.name, logic::joined(about), "the roles of " + cluster.name + " are altered", {});
  for (const auto& member : cluster.members) {
    auto question = sql(after, member, alter(passwords));
    question.discreet = true;
    question.timeout = alter_timeout;
    for (auto& attempt : super.either(question))
      step.tries.push_back(std::move(attempt));
  }
  out.push_back(std::move(step));
  names.insert(names.end(), about.begin(), about.end());
}

// Each replica has heard of the superuser's new password.
void settle_roles(const logic::cluster_context& before, const logic::cluster_context& after,
                  std::vector<logic::rotation_step>& out) {
  const auto super = change_of(before, after, "POSTGRES_PASSWORD");
  if (!super.changed())
    return;
  for (const auto& member : after.cluster.members)
    out.push_back(asking(settle, member, super.name, member + "'s data knows the new passwords",
                         super.newer(sql(after, member, "SELECT 1"))));
}

} // namespace

std::vector<logic::rotation_step> rotate(const logic::cluster_context& before, const logic::cluster_context& after) {
  std::vector<logic::rotation_step> out;
  std::vector<std::string> names; // of what Patroni's files hold
  alter_roles(before, after, change, names, out);
  settle_roles(before, after, out);
  alter_roles(before, after, link, names, out);
  const auto rest = change_of(before, after, "PATRONI_RESTAPI_PASSWORD");
  const auto lease = change_of(before, after, etcd::patroni_secret);
  if (after.etcd_tls && lease.changed())
    names.push_back(lease.name);
  if (rest.changed())
    names.push_back(rest.name);
  if (names.empty())
    return out;
  const auto about = logic::joined(names);
  for (const auto& member : after.cluster.members) {
    out.push_back(asking(reload, member, about, member + "'s Patroni is told to read its file anew",
                         rest.either(api(after, member, "POST", "/reload"))));
    out.push_back(
        asking(reload, member, about, member + "'s Patroni reads its file", rest.either(wake(after, member))));
    if (rest.changed())
      out.push_back(asking(verify, member, rest.name, member + "'s Patroni accepts its new password",
                           rest.newer(wake(after, member))));
  }
  return out;
}

} // namespace paws::clusters::patroni
