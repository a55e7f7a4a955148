// The secrets file: who may read it, what stands in it, and what is added to it. One NAME=value a line, comments
// begin with #, nothing is quoted: a value is every byte after the first `=` (no newline, no NUL). Values never
// appear in a message. Blocking.
#pragma once

#include "topology/failure.hpp"
#include "topology/model.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace paws::store {

using secret_map = std::map<std::string, std::string>;

/// Largest secrets file, in bytes: some hundred names of the longest line a person would write.
inline constexpr std::size_t secrets_file_bytes = 64UL * 1024;
/// Random bytes of a generated value (43 characters of the URL-safe base64 alphabet, which no shell and no URL quotes).
inline constexpr std::size_t secret_random_bytes = 32;

/// Names with their values; a name without a value counts as absent. ERR_SEC_002 when the file is a symbolic link or
/// no plain file, belongs to somebody else than us or root, may be read by group or others, is too large, names
/// something twice or has a line that is none; ERR_SEC_001 when there is no file.
std::variant<secret_map, topology::failure> load_secrets(const std::string& path);

/// One failure (ERR_SEC_001) for each of `needed` that `loaded` lacks, in order of names.
std::vector<topology::failure> check_secrets(const topology::document& doc, const secret_map& loaded,
                                             const std::set<std::string>& needed);

/// Gives every one of `names` that has no value a random one; creates the file (0600) and what is missing above it.
/// What stands there keeps its bytes and its place; a name that is written without a value gets it on its line.
/// Answers the names that got a value, in the order of `names`. Refuses a file that load_secrets would refuse.
std::variant<std::vector<std::string>, topology::failure> generate_secrets(const std::string& path,
                                                                           const std::vector<std::string>& names);

/// Gives names other values, on their lines; all else keeps its bytes. Replaced whole and durably. Refuses a file that
/// load_secrets would refuse.
std::optional<topology::failure> replace_secrets(const std::string& path, const secret_map& values);

/// A value as generate_secrets makes it; "" when the machine has no randomness to give.
std::string random_secret();

/// What `<secrets file>.template` holds: every name of `doc`, none with a value.
std::string secrets_template(const topology::document& doc);

/// Writes secrets_template beside the secrets file unless it holds just that; true when it wrote.
std::variant<bool, topology::failure> write_secrets_template(const topology::document& doc);

} // namespace paws::store
