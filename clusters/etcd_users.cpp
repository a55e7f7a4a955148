#include "clusters/etcd_users.hpp"

#include "clusters/base64.hpp"

#include "clusters/tls.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace paws::clusters::etcd {

namespace {

using nlohmann::json;

constexpr std::uint16_t client_port = 2379;
constexpr const char* token_path = "/v3/auth/authenticate";
constexpr logic::milliseconds again_after{200}; // a step that failed is tried again
constexpr const char* patroni_prefix = "/service/";

std::string text_of(const json& what) {
  return what.dump(-1, ' ', false, json::error_handler_t::replace);
}

// What a step's last answer said; "" when it was not taken yet or its question was lost.
std::string said(const logic::cluster_context& context, const logic::observation_table& seen, const std::string& step) {
  const auto* found = seen.find(context.cluster.name, users_ask + step);
  if (found == nullptr || !found->ok)
    return "";
  const auto at = found->known.find("said");
  return at == found->known.end() || at->second == "error" ? "" : at->second;
}

// One step of getting there.
struct step {
  std::string name;
  std::string path;
  std::string body;
};

// Steps beside each other; the next wave comes after the whole one before.
using wave = std::vector<step>;

std::string own_body(const logic::cluster_context& context, const user_row& row) {
  const auto password = secret(context, row.secret);
  return user_body(login_name(row, password), password);
}

wave logins(const logic::cluster_context& context) {
  wave out;
  for (const auto& row : users)
    out.push_back({std::string{"login."} + row.user, token_path, own_body(context, row)});
  return out;
}

// A name that is there already may have another password: what an earlier setup did not finish.
std::vector<wave> setup(const logic::cluster_context& context, const logic::observation_table& seen) {
  wave names, grants;
  for (const auto& row : users) {
    const std::string user = row.user, body = own_body(context, row);
    names.push_back({"add." + user, "/v3/auth/user/add", body});
    if (said(context, seen, "add." + user) == "exists")
      grants.push_back({"password." + user, "/v3/auth/user/changepw", body});
    grants.push_back(
        {"grant." + user, "/v3/auth/user/grant", grant_body(login_name(row, secret(context, row.secret)), row.role)});
    if (user == root_user)
      continue;
    names.push_back({"role." + user, "/v3/auth/role/add", text_of({{"name", row.role}})});
    grants.push_back({"permit." + user, "/v3/auth/role/grant",
                      user == patroni_user ? permission_body(row.role, "READWRITE", patroni_prefix)
                                           : permission_body(row.role, "READ", "")});
  }
  return {names, grants};
}

bool settled(const std::string& word) {
  return word == "done" || word == "exists";
}

bool all_settled(const logic::cluster_context& context, const logic::observation_table& seen, const wave& steps) {
  return std::all_of(steps.begin(), steps.end(),
                     [&](const auto& one) { return settled(said(context, seen, one.name)); });
}

// Of `steps`, those whose last answer was none, or none that settles it, some time ago.
void add_due(std::vector<logic::ask>& out, const logic::cluster_context& context, const logic::observation_table& seen,
             const std::string& leader, logic::steady_time now, const wave& steps, bool by_root) {
  for (const auto& one : steps) {
    const auto* last = seen.find(context.cluster.name, users_ask + one.name);
    if (settled(said(context, seen, one.name)) || (last != nullptr && now - last->answered_at < again_after))
      continue;
    auto question = gateway_ask(context, leader, users_ask + one.name, one.path, one.body);
    out.push_back(by_root ? as_user(std::move(question), context, root_user) : std::move(question));
  }
}

} // namespace

logic::ask gateway_ask(const logic::cluster_context& context, const std::string& member, const std::string& name,
                       const std::string& path, const std::string& body) {
  logic::ask out;
  out.name = name;
  out.member = member;
  out.channel = logic::channel::http;
  out.address = context.places.members.at(member).address;
  out.port = client_port;
  out.tls = tls_of(context);
  out.method = "POST";
  out.path = path;
  out.body = body;
  return out;
}

logic::ask as_user(logic::ask question, const logic::cluster_context& context, const std::string& user) {
  question.user = user;
  for (const auto& row : users)
    if (user == row.user) {
      question.password = secret(context, row.secret);
      question.user = login_name(row, question.password);
    }
  question.token_path = token_path;
  return question;
}

logic::ask root_ask(const logic::cluster_context& context, const std::string& member, const std::string& name,
                    const std::string& path, const std::string& body) {
  auto out = gateway_ask(context, member, name, path, body);
  return context.cluster.tls ? as_user(std::move(out), context, root_user) : out;
}

// A few bits tell two generated passwords apart and nothing about one.
std::string login_name(const user_row& user, const std::string& password) {
  if (std::string_view{user.user} != patroni_user)
    return user.user;
  std::uint32_t sum = 2166136261U; // FNV-1a
  for (const char c : password)
    sum = (sum ^ static_cast<unsigned char>(c)) * 16777619U;
  sum ^= sum >> 16U;
  std::string out = std::string{user.user} + "-";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += "0123456789abcdef"[sum >> static_cast<unsigned>(shift) & 15U];
  return out;
}

std::string name_body(const std::string& user) {
  return text_of({{"name", user}});
}

std::string user_body(const std::string& user, const std::string& password) {
  return text_of({{"name", user}, {"password", password}});
}

std::string grant_body(const std::string& user, const std::string& role) {
  return text_of({{"user", user}, {"role", role}});
}

std::string permission_body(const std::string& role, const std::string& permission, const std::string& prefix) {
  auto end = prefix;
  if (end.empty())
    end = std::string(1, '\0'); // from the first key to the last
  else
    ++end.back();
  return text_of({{"name", role},
                  {"perm",
                   {{"permType", permission},
                    {"key", base64(prefix.empty() ? std::string(1, '\0') : prefix)},
                    {"range_end", base64(end)}}}});
}

logic::facts interpret_users(const logic::answer& answer) {
  if (!answer.ok)
    return {};
  if (answer.status == 200)
    return {{"said", "done"}};
  const auto body = json::parse(answer.text, nullptr, false);
  const auto error = body.is_object() && body.contains("error") && body["error"].is_string()
                         ? body["error"].get<std::string>()
                         : "answers HTTP " + std::to_string(answer.status);
  const auto has = [&](const char* words) { return error.find(words) != std::string::npos; };
  const auto* word = has("authentication is not enabled") ? "off"
                     : has("already exists")              ? "exists"
                     : has("invalid user ID or password") ? "refused"
                     : has("not found")                   ? "missing"
                                                          : "error";
  return {{"said", word}, {"why", error}};
}

users_state judge_users(const logic::cluster_context& context, const logic::observation_table& seen) {
  if (!context.cluster.tls)
    return users_state::unneeded;
  if (all_settled(context, seen, logins(context)))
    return users_state::ready;
  const auto root = said(context, seen, std::string{"login."} + root_user);
  if (root == "refused")
    return users_state::refused;
  const auto steps = setup(context, seen);
  const bool done =
      std::all_of(steps.begin(), steps.end(), [&](const auto& each) { return all_settled(context, seen, each); });
  return done && (root == "done" || said(context, seen, "enable") == "done") ? users_state::ready
                                                                             : users_state::awaited;
}

std::vector<logic::ask> prepare_users(const logic::cluster_context& context, const logic::observation_table& seen,
                                      const std::string& leader, logic::steady_time now) {
  std::vector<logic::ask> out;
  const auto state = judge_users(context, seen);
  // A text this short stands for a secret that is not there: whoever only looks at what runs has none to set.
  const bool known_passwords =
      std::all_of(users.begin(), users.end(), [&](const auto& row) { return secret(context, row.secret).size() > 1; });
  if (state == users_state::unneeded || state == users_state::ready || leader.empty() || !known_passwords)
    return out;
  const auto root = said(context, seen, std::string{"login."} + root_user);
  const bool root_known = root == "off" || root == "done";
  if (!root_known || state == users_state::refused) {
    add_due(out, context, seen, leader, now, logins(context), false);
    return out;
  }
  for (const auto& each : setup(context, seen))
    if (!all_settled(context, seen, each)) {
      add_due(out, context, seen, leader, now, each, root == "done");
      return out;
    }
  if (root == "off")
    add_due(out, context, seen, leader, now, {{"enable", "/v3/auth/enable", "{}"}}, false);
  return out;
}

} // namespace paws::clusters::etcd
