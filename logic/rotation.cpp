#include "logic/rotation.hpp"

#include <array>

namespace paws::logic {

std::string_view to_string(rotation_stage what) {
  static constexpr std::array<std::string_view, rotation_stage_count> names{
      "add", "publish", "change", "settle", "renew", "files", "link", "reload", "restart", "verify", "retire", "prove"};
  return names.at(static_cast<std::size_t>(what));
}

bool succeeded(const ask& question, const answer& got, const std::string& fine) {
  return got.ok && (question.channel != channel::http || got.status / 100 == 2 ||
                    (!fine.empty() && got.text.find(fine) != std::string::npos));
}

std::string why_not(const ask& question, const answer& got) {
  if (!got.ok)
    return got.error.empty() ? "no answer" : got.error;
  return question.channel == channel::http ? "it answers HTTP " + std::to_string(got.status) : "";
}

std::map<std::string, std::string> overlaid(std::map<std::string, std::string> secrets,
                                            const std::map<std::string, std::string>& changes) {
  for (const auto& [name, value] : changes)
    secrets[name] = value;
  return secrets;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

} // namespace paws::logic
