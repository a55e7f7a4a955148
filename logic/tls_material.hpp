// Certificates as values: what members prove who they are with, and whom to trust.
#pragma once

#include <map>
#include <string>

namespace paws::logic {

/// One member's certificate and its private key, PEM.
struct member_certificate {
  std::string certificate, key;
};

/// All of one environment, signed by its own authority.
struct tls_material {
  std::string authority;      // certificate, PEM; "" = nothing of this environment is encrypted
  std::string authority_file; // the same, as a file of this machine: for the engine's own questions
  std::map<std::string, member_certificate> members;
};

} // namespace paws::logic
