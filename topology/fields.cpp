#include "topology/fields.hpp"

#include "topology/limits.hpp"
#include "topology/values.hpp"

#include <limits>

namespace paws::topology {

namespace {

template <class T>
void read_whole(const std::string* text, T& into) {
  if (text == nullptr)
    return;
  if (const auto value = parse_whole(*text, 0, std::numeric_limits<T>::max()))
    into = static_cast<T>(*value.value);
}

condition to_condition(std::string_view word) {
  for (const auto what : {condition::started, condition::quorum, condition::completed})
    if (to_string(what) == word)
      return what;
  return condition::ready;
}

} // namespace

const std::string* fields::text(std::string_view key) const {
  const auto* node = find(key);
  return node != nullptr && node->is_scalar() ? &node->text : nullptr;
}

void fields::read(std::string_view key, std::string& into) const {
  if (const auto* found = text(key))
    into = *found;
}

void fields::read(std::string_view key, bool& into) const {
  if (const auto* found = text(key))
    into = *found == "true";
}

void fields::read(std::string_view key, milliseconds& into) const {
  const auto* found = text(key);
  if (found == nullptr)
    return;
  if (const auto value = parse_duration(*found))
    into = *value.value;
}

void fields::read(std::string_view key, std::uint16_t& into) const {
  read_whole(text(key), into);
}

void fields::read(std::string_view key, std::uint32_t& into) const {
  read_whole(text(key), into);
}

void fields::read(std::string_view key, resource_limits& into) const {
  const auto part = section(key);
  if (const auto* memory = part.text("memory"))
    into.memory_bytes = parse_size(*memory).value.value_or(0);
  if (const auto* reservation = part.text("memory_reservation"))
    into.memory_reservation_bytes = parse_size(*reservation).value.value_or(0);
  if (const auto* cpus = part.text("cpus"))
    into.cpus = parse_cpus(*cpus).value.value_or(0);
}

void fields::read(std::string_view key, std::vector<std::string>& into) const {
  const auto* node = find(key);
  if (node == nullptr || !node->is_sequence())
    return;
  into.clear();
  for (const auto& entry : node->children)
    into.push_back(entry.text);
}

void fields::read(std::string_view key, std::vector<dependency>& into) const {
  const auto* node = find(key);
  if (node == nullptr || !node->is_map())
    return;
  for (const auto& child : node->children)
    if (node->find(child.key) == &child)
      into.push_back({child.key, to_condition(child.text)});
}

void fields::read(std::string_view key, std::map<std::string, std::string>& into) const {
  const auto* node = find(key);
  if (node == nullptr || !node->is_map())
    return;
  for (const auto& child : node->children)
    into.emplace(child.key, child.text);
}

void fields::read(std::string_view key, std::map<std::string, std::uint16_t>& into) const {
  const auto* node = find(key);
  if (node == nullptr || !node->is_map())
    return;
  for (const auto& child : node->children)
    if (const auto value = parse_whole(child.text, limits::lowest_port, limits::highest_port))
      into.emplace(child.key, static_cast<std::uint16_t>(*value.value));
}

void fields::each_entry(std::string_view key, const std::function<void(const fields&)>& visit) const {
  const auto* node = find(key);
  if (node == nullptr || !node->is_sequence())
    return;
  for (const auto& child : node->children)
    visit(fields{&child});
}

std::string position_of(const document& doc, const fields& entry) {
  const auto at = entry.at();
  return doc.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void fields::each(std::string_view key, const std::function<void(const std::string&, const fields&)>& visit) const {
  const auto* node = find(key);
  if (node == nullptr || !node->is_map())
    return;
  for (const auto& child : node->children)
    if (node->find(child.key) == &child)
      visit(child.key, fields{&child});
}

} // namespace paws::topology
