#include "runtimes/docker/names.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::docker {

namespace {

constexpr std::size_t longest_name = 63; // of a label of DNS: names become host names
constexpr std::size_t longest_image = 255;
constexpr std::size_t longest_shown = 80;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

topology::failure refused(std::string_view kind, std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, longest_shown))
    shown += c >= 0x20 && c < 0x7f ? c : '?';
  return {"ERR_RUN_002", "\"" + shown + "\" cannot be the name of " + std::string{kind} + " on a container engine",
          "use letters, digits, '-', '_' and '.', a letter or digit first"};
}

} // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && is_alnum(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_image(std::string_view text) {
  if (text.empty() || text.size() > longest_image || !is_alnum(text.front()))
    return false;
  char before = '/';
  for (const char c : text) {
    if (!is_alnum(c) && std::string_view{"-_./:@"}.find(c) == std::string_view::npos)
      return false;
    if ((c == '.' || c == '/') && (before == '/' || before == '.'))
      return false;
    before = c;
  }
  return is_alnum(text.back());
}

std::string container_name(const std::string& environment, const std::string& member) {
  return environment + "-" + member;
}

std::string shared_name(const std::string& environment, const std::string& name) {
  return environment + "_" + name;
}

std::optional<topology::failure> refuse_name(std::string_view kind, std::string_view text) {
  return is_name(text) ? std::nullopt : std::optional{refused(kind, text)};
}

std::optional<topology::failure> refuse_image(std::string_view text) {
  return is_image(text) ? std::nullopt : std::optional{refused("an image", text)};
}

std::string escape(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string label_filter(const std::string& environment, const std::string& member) {
  nlohmann::json labels{std::string{environment_label} + "=" + environment};
  if (!member.empty())
    labels.push_back(std::string{member_label} + "=" + member);
  return "filters=" + escape(nlohmann::json{{"label", labels}}.dump());
}

} // namespace paws::docker
