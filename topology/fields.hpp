// Reading checked YAML into the model: every reader leaves its target alone when the key is absent or was refused by
// check_shape. For the loader's sources only.
#pragma once

#include "topology/keys.hpp"
#include "topology/model.hpp"
#include "topology/yaml_tree.hpp"

#include <functional>
#include <map>

namespace paws::topology {

/// One section of the file.
class fields {
public:
  /// `node` may be nullptr: then nothing is there to read.
  explicit fields(const yaml_node* node) : node_{node} {}

  bool has(std::string_view key) const { return find(key) != nullptr; }
  fields section(std::string_view key) const { return fields{find(key)}; }

  void read(std::string_view key, std::string& into) const;
  void read(std::string_view key, bool& into) const;
  void read(std::string_view key, milliseconds& into) const;
  void read(std::string_view key, std::uint16_t& into) const;
  void read(std::string_view key, std::uint32_t& into) const;
  void read(std::string_view key, resource_limits& into) const;
  void read(std::string_view key, std::vector<dependency>& into) const;
  void read(std::string_view key, std::map<std::string, std::string>& into) const;
  void read(std::string_view key, std::map<std::string, std::uint16_t>& into) const;
  /// An entry that is no single value becomes "", so that indices stay those of the file.
  void read(std::string_view key, std::vector<std::string>& into) const;

  /// Calls `visit(name, fields)` for every entry of the map under `key`, the first of each name.
  void each(std::string_view key, const std::function<void(const std::string&, const fields&)>& visit) const;

  /// Calls `visit(fields)` for every entry of the list under `key`.
  void each_entry(std::string_view key, const std::function<void(const fields&)>& visit) const;
  /// Where the key of this section stands.
  mark at() const { return node_ == nullptr ? mark{} : node_->key_at; }

private:
  const yaml_node* find(std::string_view key) const { return node_ == nullptr ? nullptr : node_->find(key); }
  const std::string* text(std::string_view key) const;

  const yaml_node* node_;
};

/// "path:line:column" of `entry`'s key.
std::string position_of(const document& doc, const fields& entry);

void read_clusters(const fields& top, document& doc);
void read_routes(const fields& top, document& doc);
void read_services(const fields& top, document& doc);
void read_budgets(const fields& top, budgets& into);

} // namespace paws::topology
