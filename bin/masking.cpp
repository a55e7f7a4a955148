#include "bin/masking.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <re2/re2.h>

namespace paws::bin {

namespace {

constexpr std::size_t least_characters = 4;

std::string as_json(const std::string& text, bool ascii) {
  const auto quoted = nlohmann::json(text).dump(-1, ' ', ascii, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string percent_encoded(const std::string& text, const char* digits) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view{"-._~"}.find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return out;
}

bool sounds_secret(const std::string& name) {
  static const re2::RE2 words{"(?i)password|secret|token|key"};
  return re2::RE2::PartialMatch(name, words);
}

// Switches are no secrets, and their words stand everywhere.
bool may_be_secret(const std::string& value) {
  return value != "true" && value != "false" && value.find("${") == std::string::npos;
}

} // namespace

void masker::add_form(std::string text, const std::string& mask) {
  auto& same = forms_.at(static_cast<unsigned char>(text.front()));
  if (std::any_of(same.begin(), same.end(), [&](const form& one) { return one.text == text; }))
    return;
  const auto at =
      std::find_if(same.begin(), same.end(), [&](const form& one) { return one.text.size() < text.size(); });
  same.insert(at, {std::move(text), mask});
}

void masker::add(const std::string& name, const std::string& value) {
  if (const auto end = value.find('\n'); end != std::string::npos) {
    add(name, value.substr(0, end));
    add(name, value.substr(end + 1));
    return;
  }
  if (value.empty())
    return;
  if (value.size() < least_characters) {
    left_out_.push_back(name);
    return;
  }
  const auto mask = "***" + name + "***";
  add_form(value, mask);
  for (const bool ascii : {false, true}) {
    const auto once = as_json(value, ascii);
    add_form(once, mask);
    add_form(as_json(once, ascii), mask); // a JSON line of a daemon, itself a value in a JSON log
  }
  for (const auto* digits : {"0123456789ABCDEF", "0123456789abcdef"})
    add_form(percent_encoded(value, digits), mask);
}

std::string masker::operator()(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto& forms = forms_.at(static_cast<unsigned char>(text[at]));
    const auto rest = text.substr(at);
    const auto hit =
        std::find_if(forms.begin(), forms.end(), [&](const form& one) { return rest.starts_with(one.text); });
    out += hit == forms.end() ? std::string_view{rest.substr(0, 1)} : std::string_view{hit->mask};
    at += hit == forms.end() ? 1 : hit->text.size();
  }
  return out;
}

std::vector<named_value> spelled_out(const topology::document& doc) {
  std::vector<named_value> out;
  for (const auto& service : doc.services)
    for (const auto& [name, value] : service.environment)
      if (sounds_secret(name) && may_be_secret(value))
        out.push_back({name, value});
  return out;
}

std::vector<named_value> spelled_out(const std::string& yaml) {
  static const re2::RE2 entry{
      R"re(([\w.-]+)["']?[ \t]*:[ \t]+(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"',{}\[\]#][^,}\n]*)))re"};
  std::vector<named_value> out;
  re2::StringPiece rest{yaml};
  std::string name, twice, once, plain;
  while (re2::RE2::FindAndConsume(&rest, entry, &name, &twice, &once, &plain)) {
    auto value = !twice.empty() ? twice : !once.empty() ? once : plain;
    if (const auto comment = value.find(" #"); !plain.empty() && comment != std::string::npos)
      value.resize(comment);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\r'))
      value.pop_back();
    if (sounds_secret(name) && may_be_secret(value))
      out.push_back({name, value});
  }
  return out;
}

std::string tail_of(const std::filesystem::path& path, std::uint64_t most_bytes) {
  std::ifstream file{path, std::ios::binary};
  file.seekg(0, std::ios::end);
  const auto size = std::max<std::streamoff>(file.tellg(), 0);
  const auto begin = std::max<std::streamoff>(0, size - static_cast<std::streamoff>(most_bytes));
  file.seekg(begin);
  std::string out{std::istreambuf_iterator<char>{file}, {}};
  if (begin == 0)
    return out;
  // Half a secret would not be recognised: a line that was cut is left out whole.
  const auto line = out.find('\n');
  return line == std::string::npos ? "" : out.substr(line + 1);
}

} // namespace paws::bin
