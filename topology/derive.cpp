#include "topology/derive.hpp"

#include "topology/limits.hpp"
#include "topology/problem.hpp"
#include "topology/yaml_tree.hpp"

#include <algorithm>

namespace paws::topology {

namespace {

constexpr std::size_t step = 2; // of indentation

// A scalar without quotes that means the same within braces as outside of them.
bool may_stay_plain(const yaml_node& node) {
  return node.plain && !node.text.empty() && node.text[0] != '-' &&
         std::all_of(node.text.begin(), node.text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
                  c == '-';
         });
}

// As YAML's double quotes want it; other control characters are in no topology.
std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n' || c == '\t' || c == '\r')
      out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    else
      out += (c == '"' || c == '\\' ? std::string{"\\"} : std::string{}) + c;
  }
  return out + "\"";
}

// Every map and list in braces, one entry a line.
void write(const yaml_node& node, std::size_t depth,
           std::string& into) { // NOLINT(misc-no-recursion): limits::nesting_levels
  if (node.is_null()) {
    into += "null";
    return;
  }
  if (node.is_scalar()) {
    into += may_stay_plain(node) ? node.text : in_quotes(node.text);
    return;
  }
  into += node.is_map() ? "{" : "[";
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const auto& child = node.children[i];
    into += (i == 0 ? "\n" : ",\n") + std::string(depth + step, ' ');
    if (node.is_map())
      into += in_quotes(child.key) + ": ";
    write(child, depth + step, into);
  }
  if (!node.children.empty())
    into += "\n" + std::string(depth, ' ');
  into += node.is_map() ? "}" : "]";
}

// The value under `key`, made when it is not there.
yaml_node& below(yaml_node& map, std::string_view key) {
  map.kind = yaml_node::kind_type::map;
  const auto found = std::ranges::find(map.children, key, &yaml_node::key);
  if (found != map.children.end())
    return *found;
  yaml_node made;
  made.key = key;
  return map.children.emplace_back(std::move(made));
}

void set(yaml_node& root, std::initializer_list<std::string_view> path, const std::string& text) {
  if (text.empty())
    return;
  auto* at = &root;
  for (const auto key : path)
    at = &below(*at, key);
  at->kind = yaml_node::kind_type::scalar;
  at->plain = true; // as long as it may be
  at->text = text;
  at->children.clear();
}

} // namespace

std::variant<std::string, failure> derive_topology(std::string_view text, const std::string& path,
                                                   const derivation& changes) {
  problem_list problems{path};
  auto root = read_yaml(text, problems);
  if (!root || !root->is_map()) {
    const auto all = problems.take();
    return failure{"ERR_TOPO_001", all.empty() ? path + ": is no topology" : to_string(all.front()),
                   "correct the file; `paws-engine validate " + path + "` checks it again"};
  }
  if (changes.control_port == 0)
    std::erase_if(root->children, [](const yaml_node& each) { return each.key == "control"; });
  else
    set(*root, {"control", "listen"},
        std::string{limits::publish_address} + ":" + std::to_string(changes.control_port));
  set(*root, {"name"}, changes.name);
  set(*root, {"root"}, changes.root);
  set(*root, {"project"}, changes.project);
  set(*root, {"runtime", "process", "subnet"}, changes.subnet);
  set(*root, {"secrets", "file"}, changes.secrets_file);
  for (const auto& [route, port] : changes.ports)
    set(*root, {"routes", route, "publish"}, std::to_string(port));
  for (const auto& [service, ports] : changes.service_ports)
    for (const auto& [title, port] : ports)
      set(*root, {"services", service, "publish", title}, std::to_string(port));
  std::string out;
  write(*root, 0, out);
  return out + "\n";
}

} // namespace paws::topology
