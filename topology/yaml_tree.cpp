#include "topology/yaml_tree.hpp"

namespace paws::topology {

const yaml_node* yaml_node::find(std::string_view name) const {
  if (!is_map())
    return nullptr;
  for (const auto& child : children)
    if (child.key == name)
      return &child;
  return nullptr;
}

const yaml_node* yaml_node::find(std::initializer_list<std::string_view> path) const {
  const auto* node = this;
  for (const auto name : path)
    if (node = node->find(name); node == nullptr)
      return nullptr;
  return node;
}

mark key_mark(const yaml_node& root, std::initializer_list<std::string_view> path) {
  const auto* node = &root;
  mark at = root.at;
  for (const auto name : path) {
    node = node->find(name);
    if (node == nullptr)
      break;
    at = node->key_at;
  }
  return at;
}

mark entry_mark(const yaml_node& root, std::initializer_list<std::string_view> path, std::size_t index) {
  const auto* node = root.find(path);
  if (node == nullptr || node->children.size() <= index)
    return key_mark(root, path);
  return node->children[index].at;
}

} // namespace paws::topology
