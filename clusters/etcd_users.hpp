// etcd's users: who they are, what they may, and how a cluster without them gets them. Authentication is on wherever
// the cluster has tls, and off elsewhere: a password is nothing to send in plain text.
#pragma once

#include "logic/cluster_view.hpp"

#include <array>
#include <string>
#include <vector>

namespace paws::clusters::etcd {

/// A user of etcd. Patroni's may read and write the keys below /service/, the engine's may read all keys, root may all.
struct user_row {
  const char* user;
  const char* secret; // the name of its password
  const char* role;   // "root" is etcd's own
};
inline constexpr const char* root_user = "root";
inline constexpr const char* patroni_user = "patroni";
inline constexpr const char* engine_user = "engine";
inline constexpr const char* patroni_secret = "ETCD_PATRONI_PASSWORD";
inline constexpr std::array users{user_row{root_user, "ETCD_ROOT_PASSWORD", "root"},
                                  user_row{patroni_user, patroni_secret, "patroni"},
                                  user_row{engine_user, "ETCD_ENGINE_PASSWORD", "engine"}};

/// The name under which a user logs in. Patroni's follows from its password, so that two can be good at once while that
/// is changed: its sessions are never cut off from the leader's lease.
std::string login_name(const user_row& user, const std::string& password);

/// A question to the JSON gateway of `member`, over TLS where the cluster has it, without a user.
logic::ask gateway_ask(const logic::cluster_context& context, const std::string& member, const std::string& name,
                       const std::string& path, const std::string& body);
/// `question`, asked by `user` with its password in the context's secrets (a token is got for it).
logic::ask as_user(logic::ask question, const logic::cluster_context& context, const std::string& user);
/// gateway_ask, by root where there are users.
logic::ask root_ask(const logic::cluster_context& context, const std::string& member, const std::string& name,
                    const std::string& path, const std::string& body);

/// Bodies of /v3/auth/user/add and changepw, role/grant (READWRITE of a prefix) and user/grant.
std::string user_body(const std::string& user, const std::string& password);
std::string grant_body(const std::string& user, const std::string& role);
std::string name_body(const std::string& user);
/// permission: READ or READWRITE of all keys with this prefix; "" = all keys.
std::string permission_body(const std::string& role, const std::string& permission, const std::string& prefix);

/// Every question of these begins so.
inline constexpr const char* users_ask = "etcd.users.";
/// "said": done, exists, missing, refused (the password), off (no authentication), error; "why" with error.
logic::facts interpret_users(const logic::answer& answer);

enum class users_state : std::uint8_t {
  unneeded, // the cluster has no tls
  awaited,
  ready,
  refused // authentication is on, with other passwords than ours
};
/// What the observations of the cluster itself say.
users_state judge_users(const logic::cluster_context& context, const logic::observation_table& seen);
/// What to ask `leader` next to get there; cluster_kind_row::prepare says how.
std::vector<logic::ask> prepare_users(const logic::cluster_context& context, const logic::observation_table& seen,
                                      const std::string& leader, logic::steady_time now);

} // namespace paws::clusters::etcd
