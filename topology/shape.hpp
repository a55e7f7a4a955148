// Holds a YAML tree against the table of keys: unknown, duplicate and missing keys, wrong types, values out of range,
// capabilities that are not built yet. What it passes can be read without further questions.
#pragma once

#include "topology/keys.hpp"
#include "topology/yaml_tree.hpp"

namespace paws::topology {

/// Checks the whole file.
void check_shape(const yaml_node& root, problem_list& problems);

/// What is wrong with one scalar that stands under a key of this row, or "".
std::string check_scalar(const key_row& row, const yaml_node& value);

} // namespace paws::topology
