// Pieces of HAProxy's configuration language.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace paws::clusters {

/// "  tcp-check send-binary …" lines with `words` as one Redis command. Hexadecimal, so any character may occur.
std::string send_redis(const std::vector<std::string>& words);

/// A "  tcp-check expect …" line for `text` as one Redis bulk string, with its length: no longer address is mistaken
/// for it.
std::string expect_redis(const std::string& text);

/// The first lines of a server state file, and one server of it, which is down until its first check says otherwise.
std::string state_heading();
std::string state_row(const std::string& backend, std::size_t id, const std::string& server, const std::string& address,
                      std::uint16_t port);

} // namespace paws::clusters
