// Certificates and keys by OpenSSL: made, read, checked. ECDSA on P-256: made in a tenth of a millisecond, and small on
// the wire. Time is an argument. Nothing here touches a file.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct x509_st;
struct evp_pkey_st;

namespace paws::store {

using wall_time = std::chrono::system_clock::time_point;

/// What a certificate must be valid for: host names and IP addresses.
struct subject_names {
  std::vector<std::string> dns, ip;
  bool operator==(const subject_names&) const = default;
};

/// A certificate with its private key.
class identity {
public:
  /// Reads PEM: the key, then the certificate. Empty when either is missing or damaged, or they do not belong together.
  static std::optional<identity> parse(const std::string& pem);
  /// A new authority that signs itself; empty when OpenSSL fails. With `keep`, its key and name live on, so that all
  /// that it has signed stays valid.
  static std::optional<identity> make_authority(const std::string& name, std::chrono::hours life, wall_time now,
                                                const identity* keep = nullptr);
  /// A certificate of `name` for `names`, signed by this authority.
  std::optional<identity> issue(const std::string& name, const subject_names& names, std::chrono::hours life,
                                wall_time now) const;

  /// PEM: the certificate, the key, both as parse() reads them.
  std::string certificate() const;
  std::string key() const;
  std::string pem() const { return key() + certificate(); }

  std::string common_name() const;
  subject_names names() const; // sorted
  wall_time expires() const;
  wall_time begins() const; // to be valid
  bool is_authority() const;
  /// Why this authority did not sign `leaf`, or why that is no certificate to use at this time; "" when all is well.
  std::string refuses(const identity& leaf, wall_time now) const;

private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
};

} // namespace paws::store
