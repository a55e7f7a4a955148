// What each cluster kind offers to drills, and what the kinds' kits share.
#pragma once

#include "logic/drill_kit.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paws::clusters {

namespace patroni {
extern const logic::drill_kit drills; // patroni_drill.cpp
}

namespace redis {
extern const logic::drill_kit drills; // redis_sentinel_drill.cpp
}

namespace etcd {
extern const logic::drill_kit drills; // etcd_drill.cpp
}

/// Lanes of their own at each member: what is watched waits neither for probes nor for what is read in the end.
inline constexpr std::uint32_t watch_lane = 1'000, read_lane = 1'001;
inline constexpr logic::milliseconds poll_interval{100}; // the contract: polls at 100 ms or faster
/// A member that takes longer than this does not answer.
inline constexpr logic::milliseconds poll_timeout{1'000};
/// Reading everything back, making and dropping tables.
inline constexpr logic::milliseconds read_timeout{10'000};

/// Only digits, and it fits.
std::optional<std::int64_t> to_number(std::string_view text);
/// Short enough, not empty, and nothing in it that would spoil a line.
bool is_plain(std::string_view text, std::size_t most_characters = 64);

/// Whether `who` answered.
logic::drill_sight answers_sight(logic::steady_time at, const std::string& who, bool answered);

/// Of kinds whose logs tell drills nothing.
std::string no_log_pattern(const logic::cluster_context& context);
std::optional<logic::drill_sight> no_log_sight(const logic::log_row& line);

} // namespace paws::clusters
