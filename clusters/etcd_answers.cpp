#include "clusters/etcd_answers.hpp"

#include "clusters/drill_kits.hpp"

#include <limits>
#include <nlohmann/json.hpp>

namespace paws::clusters::etcd {

using nlohmann::json;

json body_of(const logic::answer& got) {
  auto out = got.ok && got.status == 200 ? json::parse(got.text, nullptr, false) : json::object();
  return out.is_object() ? out : json::object();
}

std::optional<std::int64_t> number_at(const json& from, const char* key) {
  const auto at = from.is_object() ? from.find(key) : from.end();
  if (at == from.end())
    return 0;
  if (at->is_string())
    return to_number(at->get_ref<const std::string&>());
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (!at->is_number_unsigned() || at->get<std::uint64_t>() > most)
    return std::nullopt;
  return at->get<std::int64_t>();
}

json object_at(const json& from, const char* key) {
  const auto at = from.is_object() ? from.find(key) : from.end();
  return at != from.end() && at->is_object() ? *at : json::object();
}

std::optional<json> list_at(const json& from, const char* key) {
  const auto at = from.is_object() ? from.find(key) : from.end();
  if (at == from.end())
    return json(json::array());
  if (!at->is_array())
    return std::nullopt;
  return json(*at);
}

} // namespace paws::clusters::etcd
