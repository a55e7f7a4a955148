// Reports of drills on disk: <environment>/drills/<id>.json, what a drill found out, and <id>.html, the same for eyes.
// Blocking.
#pragma once

#include "topology/failure.hpp"

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace paws::store {

/// A report beyond this was not written by an engine; nobody reads it.
inline constexpr std::size_t most_drill_bytes = 4UL * 1024 * 1024;

/// Writes both files (0600), the page first: whoever finds a report finds its page. Answers the page's path. Where the
/// folder is <root>/.local/env/<environment>/drills, <root>/.local/drills/<environment> leads to it, if that can be.
std::variant<std::string, topology::failure> save_drill(const std::string& folder, const std::string& name,
                                                        const std::string& json, const std::string& page);

/// Names of the reports in `folder`, sorted; a folder that is not there has none.
std::variant<std::vector<std::string>, topology::failure> saved_drills(const std::string& folder);

/// The JSON of one. ERR_SYS_003 also for a link, and for what is beyond `most_drill_bytes`.
std::variant<std::string, topology::failure> read_drill(const std::string& folder, const std::string& name);

/// Where a report's files are.
std::string drill_json_path(const std::string& folder, const std::string& name);
std::string drill_page_path(const std::string& folder, const std::string& name);

} // namespace paws::store
