// The rules of a topology that concern more than one value: names, what may refer to what, cycles, relations between
// numbers. For the loader's sources only.
#pragma once

#include "topology/model.hpp"
#include "topology/yaml_tree.hpp"

namespace paws::topology {

/// Checks `doc`, which was read from `root`; positions are looked up there. Values that check_shape refused are
/// skipped where a second complaint would say nothing new.
void check_rules(const document& doc, const yaml_node& root, problem_list& problems);

// Its parts. check_counts answers whether the others may go on: they are meant for numbers within the limits.
bool check_counts(const document& doc, const yaml_node& root, problem_list& problems);
void check_names(const document& doc, const yaml_node& root, problem_list& problems);
void check_clusters(const document& doc, const yaml_node& root, problem_list& problems);
void check_routes(const document& doc, const yaml_node& root, problem_list& problems);
void check_services(const document& doc, const yaml_node& root, problem_list& problems);
void check_dependencies(const document& doc, const yaml_node& root, problem_list& problems);

} // namespace paws::topology
