// Topology files for tests: the default one, changes to it, and what the loader says about them.
#pragma once

#include "topology/loader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace topology_test {

using namespace paws::topology;

/// config/paws360.yaml as it stands.
std::string shipped_text();
/// The same without its applications.
const std::string& default_text();
/// A file of tests/unit/topology/data.
std::string data_text(const std::string& name);
std::string data_path(const std::string& name);

/// `text` with its only `from` replaced; fails the test when there is not exactly one.
std::string with(std::string text, std::string_view from, std::string_view to);

/// The default file with the block `services:` of `lines`, which are indented by two.
std::string with_services(std::string_view lines);

/// "line:column: message" for every problem.
std::vector<std::string> problems_of(std::string_view text);

/// "line:column" of the only occurrence of `needle`; fails the test when there is not exactly one.
std::string place_of(const std::string& text, std::string_view needle);

/// Checks that `text` is refused with exactly one problem, which stands at the only occurrence of `needle` and
/// contains `words`.
void check_refused(const std::string& text, std::string_view needle, std::string_view words);

/// The document of a text that must be good.
document good(std::string_view text);

} // namespace topology_test
