// Keeps what lies below `.local` (passwords, data, logs) out of the user's git repository. Blocking.
#pragma once

#include "topology/failure.hpp"

#include <string>
#include <variant>

namespace paws::store {

/// When `root` lies in a git work tree that does not ignore `.local`, appends the lines to `root`/.gitignore that do
/// (all but the secrets template, which is to be committed). Answers whether it wrote.
std::variant<bool, topology::failure> ensure_git_ignore(const std::string& root);

} // namespace paws::store
