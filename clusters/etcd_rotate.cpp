// etcd knows one password of each user, and a changed one ends the user's sessions. Patroni must never lose the
// leader's lease, so it gets another user beside its old one; root and the engine's user serve the engine alone.
#include "clusters/etcd_users.hpp"
#include "clusters/rotate.hpp"

namespace paws::clusters::etcd {

namespace {

using enum logic::rotation_stage;

constexpr const char* already = "already exists";
constexpr const char* gone = "not found";

struct rotation_side {
  const logic::cluster_context &before, &after;
};

// By root, with the old or the new password, to whichever member answers.
std::vector<logic::ask> by_root(const rotation_side& in, const std::string& path, const std::string& body) {
  std::vector<logic::ask> out;
  for (const auto& member : in.after.cluster.members)
    for (const auto* context : {&in.before, &in.after})
      out.push_back(as_user(gateway_ask(*context, member, "etcd.rotate", path, body), *context, root_user));
  return out;
}

std::vector<logic::ask> login(const rotation_side& in, const std::string& body) {
  std::vector<logic::ask> out;
  for (const auto& member : in.after.cluster.members)
    out.push_back(gateway_ask(in.after, member, "etcd.rotate", "/v3/auth/authenticate", body));
  return out;
}

void add_second_user(const rotation_side& in, const secret_change& each, const user_row& row,
                     std::vector<logic::rotation_step>& out) {
  const auto& where = in.after.cluster.name;
  const auto old_name = login_name(row, each.old_value), new_name = login_name(row, each.new_value);
  const auto body = user_body(new_name, each.new_value);
  out.push_back(
      asking(add, where, each.name, where + " knows a second user of Patroni", by_root(in, "/v3/auth/user/add", body)));
  out.back().fine = already;
  out.push_back(asking(add, where, each.name, where + " permits it what the first may",
                       by_root(in, "/v3/auth/user/grant", grant_body(new_name, row.role))));
  out.push_back(asking(retire, where, each.name, where + " has forgotten Patroni's first user",
                       by_root(in, "/v3/auth/user/delete", name_body(old_name))));
  out.back().fine = gone;
}

} // namespace

std::vector<logic::rotation_step> rotate(const logic::cluster_context& before, const logic::cluster_context& after) {
  std::vector<logic::rotation_step> out;
  if (!after.cluster.tls)
    return out;
  const rotation_side in{before, after};
  const auto& where = after.cluster.name;
  for (const auto& row : users) {
    const auto each = change_of(before, after, row.secret);
    if (!each.changed())
      continue;
    const auto body = user_body(login_name(row, each.new_value), each.new_value);
    if (login_name(row, each.new_value) != login_name(row, each.old_value))
      add_second_user(in, each, row, out);
    else
      out.push_back(asking(change, where, each.name, where + " knows the new password of " + row.user,
                           by_root(in, "/v3/auth/user/changepw", body)));
    out.push_back(
        asking(verify, where, each.name, where + " accepts the new password of " + row.user, login(in, body)));
  }
  return out;
}

} // namespace paws::clusters::etcd
