// Single values of a topology file: text in, value or one sentence out. The sentence continues "`key`: …".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paws::topology {

/// A value, or why there is none.
template <class T>
struct parsed {
  std::optional<T> value;
  std::string error;

  explicit operator bool() const { return value.has_value(); }
};

/// An IPv4 network in host byte order.
struct ipv4_network {
  std::uint32_t base = 0;
  int prefix = 32;

  std::uint32_t size() const { return prefix == 0 ? 0 : 1U << (32 - prefix); }
  bool contains(std::uint32_t address) const { return prefix != 0 && (address - base) < size(); }
};

/// "100ms", "5s", "2m", "1h": a whole number and a unit.
parsed<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "512MB", "64KiB", "1GB": a whole number and a unit. As in Docker, KB, MB, GB and TB are multiples of 1024 and the
/// same as KiB, MiB, GiB and TiB; B is bytes.
parsed<std::uint64_t> parse_size(std::string_view text);

/// "0.5", "2": processors, within limits::lowest_cpus and highest_cpus.
parsed<double> parse_cpus(std::string_view text);

/// Decimal digits without sign or leading zeros, at most `highest`, at least `lowest`.
parsed<std::uint64_t> parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest);

/// "127.36.0.0/24": inside 127.0.0.0/8, outside 127.0.0.0/24, without host bits.
parsed<ipv4_network> parse_subnet(std::string_view text);

/// "127.36.0.11"
std::string to_dotted(std::uint32_t address);

/// "5s", "100ms": the shortest exact spelling, as a file would have it.
std::string spell(std::chrono::milliseconds what);

// Each answers "" for text that is well formed, or what is wrong with it.

/// [a-z][a-z0-9-]{0,30}
std::string check_name(std::string_view text);
/// A variable of a process: [A-Za-z_][A-Za-z0-9_]{0,62}
std::string check_variable(std::string_view text);
/// A name in the secrets file: [A-Z][A-Z0-9_]{0,62}
std::string check_secret_name(std::string_view text);
/// A PostgreSQL name that needs no quotes: [a-z_][a-z0-9_]{0,62}
std::string check_identifier(std::string_view text);
/// An image reference, at most 255 characters: "registry.local:5000/paws360/etcd:bookworm@sha256:…". Each part of its
/// path begins and ends with a letter or digit, so that it never leads elsewhere in a URL.
std::string check_image(std::string_view text);
/// One word without blanks, such as a master's name: [A-Za-z0-9][A-Za-z0-9._-]{0,62}
std::string check_word(std::string_view text);
/// Any text of at most limits::text_bytes without control characters; `lines` admits tabs and newlines.
std::string check_text(std::string_view text, bool lines = false);
/// A relative path that stays inside the directory it is relative to.
std::string check_inner_path(std::string_view text);
/// Where a container may have something mounted: an absolute path without `.`, `..` and empty parts that hides nothing
/// of what every container needs.
std::string check_container_path(std::string_view text);
/// A path of a URL: begins with /, visible ASCII only.
std::string check_url_path(std::string_view text);
/// Of a listener of the engine's own: 127.0.0.1:PORT and nothing else, for nobody else may reach it.
std::string check_endpoint(std::string_view text);

} // namespace paws::topology
