#include "clusters/recovery_kits.hpp"

#include <algorithm>

namespace paws::clusters {

namespace {

constexpr std::size_t most_characters = 200; // of what a daemon says: more is no sentence

} // namespace

topology::failure not_safe(std::string message, std::string remedy) {
  return {"ERR_REC_001", std::move(message), std::move(remedy)};
}

topology::failure not_done(std::string message, std::string remedy) {
  return {"ERR_REC_002", std::move(message), std::move(remedy)};
}

const logic::member_view* find_member(const logic::cluster_view& view, const std::string& name) {
  const auto at =
      std::find_if(view.members.begin(), view.members.end(), [&](const auto& each) { return each.name == name; });
  return at == view.members.end() ? nullptr : &*at;
}

std::string nodes_of(const logic::cluster_view& view) {
  std::string out;
  for (const auto& member : view.members) {
    const auto& about = member.healthy && !member.role.empty() ? member.role : member.why;
    out += (out.empty() ? "" : ", ") + member.name + (about.empty() ? "" : " (" + about + ")");
  }
  return out;
}

std::string words_of(const logic::answer& got) {
  if (!got.ok)
    return got.error.empty() ? "no answer" : got.error;
  std::string out;
  for (const char c : got.text.substr(0, most_characters))
    out += c >= ' ' && c <= '~' ? c : ' ';
  return out.empty() ? "HTTP " + std::to_string(got.status) : out;
}

} // namespace paws::clusters
