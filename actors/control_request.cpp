// How requests of the control API are taken apart: whatever bytes come, nothing else happens here.
#include "actors/control.hpp"
#include "actors/control_fields.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

namespace paws {

namespace {

using nlohmann::json;

constexpr std::size_t most_trace_id = 64; // characters

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// A word that can stand in any log and be searched for.
bool is_trace_id(const std::string& text) {
  return !text.empty() && text.size() <= most_trace_id &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

// One field of a command's body; false when there is none of that name.
bool take_field(const std::string& key, const json& value, parsed_command& out) {
  for (const auto& field : body_fields()) {
    if (field.name != key)
      continue;
    if (const auto wanted = misfit(field, value); !wanted.empty())
      out.what = {"ERR_CLI_001", "`" + key + "` must be " + wanted, "see: GET /v1/openapi.json"};
    else
      field.take(value, out);
    return true;
  }
  return false;
}

} // namespace

line_list words_of(const control_request& request, const std::string& key) {
  line_list out;
  for (auto [at, end] = request.query.equal_range(key); at != end; ++at)
    for (std::size_t begin = 0; begin <= at->second.size();) {
      const auto comma = std::min(at->second.find(',', begin), at->second.size());
      if (comma > begin)
        out.push_back(at->second.substr(begin, comma - begin));
      begin = comma + 1;
    }
  return out;
}

std::string control_request::value(const std::string& key) const {
  std::string out;
  for (auto [at, end] = query.equal_range(key); at != end; ++at)
    out = at->second;
  return out;
}

control_request parse_target(std::string_view target) {
  control_request out;
  const auto question = std::min(target.find('?'), target.size());
  out.path = decoded(target.substr(0, question));
  auto rest = target.substr(std::min(question + 1, target.size()));
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    if (!pair.empty())
      out.query.emplace(decoded(pair.substr(0, equals)), decoded(pair.substr(std::min(equals + 1, pair.size()))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

std::string new_trace_id() {
  std::random_device random;
  std::array<char, 17> out{};
  std::snprintf(out.data(), out.size(), "%08x%08x", random(), random());
  return out.data();
}

parsed_command parse_command(const std::string& name, const std::string& body, const std::string& trace_id) {
  parsed_command out;
  out.command.name = name;
  out.command.trace_id = trace_id;
  const auto from = body.empty() ? json::object() : json::parse(body, nullptr, false);
  if (!from.is_object()) {
    out.what = {"ERR_CLI_001", "the body is no JSON object", "send {} or the fields of the command"};
    return out;
  }
  for (const auto& [key, value] : from.items())
    if (out.what.code.empty() && !take_field(key, value, out))
      out.what = {"ERR_CLI_001", name + " knows no field `" + key + "`", "see: GET /v1/openapi.json"};
  if (out.what.code.empty() && !out.command.trace_id.empty() && !is_trace_id(out.command.trace_id))
    out.what = {"ERR_CLI_001", "X-Trace-ID and `trace_id` must be a word of at most 64 letters, digits and signs",
                "see: GET /v1/openapi.json"};
  if (name == "reset" || name == "reinit")
    out.command.destroy_data = true;
  static constexpr std::array whole{"down",     "reset",      "pause",  "resume",     "rotate",
                                    "failover", "switchover", "reinit", "defragment", "resume-after-sleep",
                                    "time-sync"};
  if (!out.what.code.empty())
    return out;
  if (out.command.destroy_data && !out.confirmed)
    out.what = {"ERR_CLI_001", name + " would destroy data: it needs confirm_data_loss",
                "send {\"confirm_data_loss\":true} as well"};
  else if (!out.command.services.empty() && std::find(whole.begin(), whole.end(), name) != whole.end())
    out.what = {"ERR_CLI_001", name + " is for the whole environment: it takes no `services`",
                "leave `services` out, or use stop or restart"};
  else if (!out.command.secrets.empty() && name != "rotate")
    out.what = {"ERR_CLI_001", name + " takes no `secrets`", "leave `secrets` out, or use rotate"};
  return out;
}

} // namespace paws
