// Names on a container engine, and which of them may go into a URL or a request at all.
#pragma once

#include "runtimes/docker/outcome.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace paws::docker {

inline constexpr std::string_view environment_label = "io.paws-engine.environment";
inline constexpr std::string_view member_label = "io.paws-engine.member";
inline constexpr std::string_view network_label = "io.paws-engine.network";
/// With a network's name behind it, of a volume: the addresses that the data in it knows.
inline constexpr std::string_view range_label = "io.paws-engine.range.";

/// An environment, a member, a volume or a network: letters, digits, '_', '.', '-', the first a letter or digit, at
/// most 63.
bool is_name(std::string_view text);

/// "[registry[:port]/]path[:tag][@sha256:digest]", at most 255.
bool is_image(std::string_view text);

/// "<environment>-<member>"
std::string container_name(const std::string& environment, const std::string& member);
/// "<environment>_<name>": volumes and networks.
std::string shared_name(const std::string& environment, const std::string& name);

/// ERR_RUN_002 when `text` is not a name of this `kind`.
std::optional<topology::failure> refuse_name(std::string_view kind, std::string_view text);
std::optional<topology::failure> refuse_image(std::string_view text);

/// `text` for a query of a URL: what is no letter, digit or one of "-._~" is escaped.
std::string escape(std::string_view text);

/// A query's filters for what carries this environment's label, and the member's when there is one.
std::string label_filter(const std::string& environment, const std::string& member = "");

} // namespace paws::docker
