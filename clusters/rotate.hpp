// How each cluster kind's secrets are changed while its members run: rows of questions. Where either of two values may
// be valid, a question is tried with each.
#pragma once

#include "logic/cluster_view.hpp"

namespace paws::clusters {

namespace patroni {
/// Roles are altered by whoever takes writes; Patroni is told to read its file anew.
std::vector<logic::rotation_step> rotate(const logic::cluster_context& before, const logic::cluster_context& after);
} // namespace patroni

namespace etcd {
/// Patroni gets another user; its old one goes last. Root's and the engine's own passwords are known to the engine
/// only.
std::vector<logic::rotation_step> rotate(const logic::cluster_context& before, const logic::cluster_context& after);
} // namespace etcd

namespace redis {
/// A second password beside the first one, at nodes and at Sentinels; the first is removed at the end.
std::vector<logic::rotation_step> rotate(const logic::cluster_context& before, const logic::cluster_context& after);
} // namespace redis

/// The value of `name` in each; changed() when the old one was in use and differs.
struct secret_change {
  std::string name, old_value, new_value;
  bool changed() const { return !old_value.empty() && old_value != new_value; }
  /// `question` with each of the two as its password, the old one first.
  std::vector<logic::ask> either(const logic::ask& question) const;
  /// `question` with the new one.
  std::vector<logic::ask> newer(const logic::ask& question) const;
};
secret_change change_of(const logic::cluster_context& before, const logic::cluster_context& after,
                        const std::string& name);

logic::rotation_step asking(logic::rotation_stage stage, std::string where, std::string secrets, std::string text,
                            std::vector<logic::ask> tries);

} // namespace paws::clusters
