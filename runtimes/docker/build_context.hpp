// What something is built from: a directory, as a value. All of it counts, and of an image is sent to the engine, but
// for what a file of patterns leaves out; nothing of the machine it lies on (owners, times, the order of its entries)
// does.
#pragma once

#include "topology/failure.hpp"

#include <string>
#include <variant>
#include <vector>

namespace paws::docker {

struct context_file {
  std::string path; // relative to the context
  std::string content;
  bool runs = false; // it may be executed
};

using build_context = std::vector<context_file>; // sorted by path

/// Largest context that is read, in bytes: ours are some kilobytes.
inline constexpr std::size_t context_limit_bytes = 64 << 20;

/// What is left out of an image's context (one of its own, NAME.dockerignore, goes before), and of what a program is
/// built from.
inline constexpr const char* image_ignores = ".dockerignore";
inline constexpr const char* source_ignores = ".gitignore";

/// The files below `directory`, without those that the patterns of its file `ignores` name (one a line: `*` `?` within
/// a name, a name without a slash also in directories below, `!` takes back, the last that fits counts). ERR_IMG_003
/// when it holds anything but files and directories, cannot be read, or is larger than context_limit_bytes.
std::variant<build_context, topology::failure> read_sources(const std::string& directory, const std::string& ignores);

/// What a service is made of: without what git ignores, and without what `dockerfile`.dockerignore names where there is
/// such a file: a server that sees its sources' changes by itself is not built from them.
std::variant<build_context, topology::failure> read_service_sources(const std::string& directory,
                                                                    const std::string& dockerfile);

/// Where a build finds the authorities that its host trusts of its own accord, such as that of a company's proxy:
/// what it fetches through that is signed by them. Files NAME.crt, and one that is always there.
inline constexpr const char* authorities_in_context = ".host-ca";

/// Where Debian keeps those of the host.
inline constexpr const char* host_authorities = "/usr/local/share/ca-certificates";

/// Those of an image; `dockerfile`.dockerignore counts instead of .dockerignore where there is one. With what lies in
/// `authorities`, where its `dockerfile` speaks of authorities_in_context. ERR_IMG_003 also when that file is missing.
std::variant<build_context, topology::failure> read_context(const std::string& directory,
                                                            const std::string& dockerfile = "Dockerfile",
                                                            const std::string& authorities = host_authorities);

/// SHA-256 over paths, kinds and contents, in hexadecimal digits.
std::string hash_of(const build_context& context);

/// The context as an engine takes it.
std::string tar_of(const build_context& context);

} // namespace paws::docker
