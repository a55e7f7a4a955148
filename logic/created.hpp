// A fact that a cluster's actor adds to what its members answer: when one was created last.
#pragma once

namespace paws::logic {

/// Name of the observation of a member that was created without data while others ran: `answered_at` says when.
/// Whatever was found out about it before is about an earlier life. It is forgotten when the member starts.
inline constexpr const char* created_observation = "created";

} // namespace paws::logic
