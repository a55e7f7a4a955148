#include "store/x509.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace paws::store {

namespace {

constexpr std::chrono::hours clock_skew{1}; // a certificate is valid from a little before it was made

wall_time time_of(const ASN1_TIME* what) {
  std::tm when{};
  if (ASN1_TIME_to_tm(what, &when) != 1)
    return {};
  return std::chrono::system_clock::from_time_t(::timegm(&when));
}
constexpr int serial_bytes = 16;

template <auto Free>
struct freer {
  template <class Type>
  void operator()(Type* what) const {
    Free(what);
  }
};
template <class Type, auto Free>
using owned = std::unique_ptr<Type, freer<Free>>;
using bio = owned<BIO, BIO_free_all>;

std::string text_of(const bio& from) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(from.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : "";
}

std::time_t seconds(wall_time when) {
  return std::chrono::system_clock::to_time_t(when);
}

bool add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const owned<X509_EXTENSION, X509_EXTENSION_free> made{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  return made && X509_add_ext(to, made.get(), -1) == 1;
}

bool set_serial(X509* to) {
  std::array<unsigned char, serial_bytes> bytes{};
  if (RAND_bytes(bytes.data(), serial_bytes) != 1)
    return false;
  bytes[0] &= 0x7fU; // positive
  const owned<BIGNUM, BN_free> number{BN_bin2bn(bytes.data(), serial_bytes, nullptr)};
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(to)) != nullptr;
}

// The parts that all certificates have; not signed yet.
std::shared_ptr<X509> draft(EVP_PKEY* key, const std::string& name, std::chrono::hours life, wall_time now) {
  std::shared_ptr<X509> out{X509_new(), X509_free};
  const bool made = out && X509_set_version(out.get(), X509_VERSION_3) == 1 && set_serial(out.get()) &&
                    ASN1_TIME_set(X509_getm_notBefore(out.get()), seconds(now - clock_skew)) != nullptr &&
                    ASN1_TIME_set(X509_getm_notAfter(out.get()), seconds(now + life)) != nullptr &&
                    X509_set_pubkey(out.get(), key) == 1 &&
                    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                                               reinterpret_cast<const unsigned char*>(name.data()),
                                               static_cast<int>(name.size()), -1, 0) == 1;
  return made ? out : nullptr;
}

std::string san_of(const subject_names& names) {
  std::string out;
  for (const auto& one : names.dns)
    out += (out.empty() ? "DNS:" : ",DNS:") + one;
  for (const auto& one : names.ip)
    out += (out.empty() ? "IP:" : ",IP:") + one;
  return out;
}

std::string address_of(const ASN1_OCTET_STRING& from) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = from.length == 4 ? AF_INET : AF_INET6;
  const bool fits = from.length == 4 || from.length == 16;
  return fits && ::inet_ntop(family, from.data, text.data(), text.size()) != nullptr ? text.data() : "?";
}

} // namespace

std::optional<identity> identity::parse(const std::string& pem) {
  identity out;
  const bio from{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  // No password is ever asked for at a terminal.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  out.key_.reset(PEM_read_bio_PrivateKey(from.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
  out.certificate_.reset(PEM_read_bio_X509(from.get(), nullptr, no_password, nullptr), X509_free);
  const bool whole =
      out.key_ && out.certificate_ && X509_check_private_key(out.certificate_.get(), out.key_.get()) == 1;
  ERR_clear_error();
  return whole ? std::optional{out} : std::nullopt;
}

std::optional<identity> identity::make_authority(const std::string& name, std::chrono::hours life, wall_time now,
                                                 const identity* keep) {
  identity out;
  if (keep != nullptr)
    out.key_ = keep->key_;
  else
    out.key_.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
  out.certificate_ = out.key_ ? draft(out.key_.get(), name, life, now) : nullptr;
  auto* cert = out.certificate_.get();
  const bool made = cert != nullptr && X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
                    add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
                    X509_sign(cert, out.key_.get(), EVP_sha256()) > 0;
  ERR_clear_error();
  return made ? std::optional{out} : std::nullopt;
}

std::optional<identity> identity::issue(const std::string& name, const subject_names& names, std::chrono::hours life,
                                        wall_time now) const {
  identity out;
  out.key_.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
  out.certificate_ = out.key_ ? draft(out.key_.get(), name, life, now) : nullptr;
  auto* cert = out.certificate_.get();
  auto* issuer = certificate_.get();
  const bool made = cert != nullptr && X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
                    add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(cert, issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
                    add_extension(cert, issuer, NID_subject_key_identifier, "hash") &&
                    add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always") &&
                    add_extension(cert, issuer, NID_subject_alt_name, san_of(names)) &&
                    X509_sign(cert, key_.get(), EVP_sha256()) > 0;
  ERR_clear_error();
  return made ? std::optional{out} : std::nullopt;
}

std::string identity::certificate() const {
  const bio to{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(to.get(), certificate_.get());
  return text_of(to);
}

std::string identity::key() const {
  const bio to{BIO_new(BIO_s_secmem())};
  PEM_write_bio_PrivateKey(to.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(to);
}

std::string identity::common_name() const {
  std::array<char, 256> text{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate_.get()), NID_commonName, text.data(),
                                             static_cast<int>(text.size()));
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
}

subject_names identity::names() const {
  subject_names out;
  const owned<GENERAL_NAMES, GENERAL_NAMES_free> all{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate_.get(), NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const auto* one = sk_GENERAL_NAME_value(all.get(), i);
    if (one->type == GEN_DNS)
      out.dns.emplace_back(reinterpret_cast<const char*>(one->d.dNSName->data),
                           static_cast<std::size_t>(one->d.dNSName->length));
    else if (one->type == GEN_IPADD)
      out.ip.push_back(address_of(*one->d.iPAddress));
    else
      out.dns.emplace_back("?");
  }
  std::sort(out.dns.begin(), out.dns.end());
  std::sort(out.ip.begin(), out.ip.end());
  return out;
}

wall_time identity::expires() const {
  return time_of(X509_get0_notAfter(certificate_.get()));
}

wall_time identity::begins() const {
  return time_of(X509_get0_notBefore(certificate_.get()));
}

bool identity::is_authority() const {
  return X509_check_ca(certificate_.get()) == 1;
}

std::string identity::refuses(const identity& leaf, wall_time now) const {
  const owned<X509_STORE, X509_STORE_free> trusted{X509_STORE_new()};
  const owned<X509_STORE_CTX, X509_STORE_CTX_free> check{X509_STORE_CTX_new()};
  if (!trusted || !check || X509_STORE_add_cert(trusted.get(), certificate_.get()) != 1 ||
      X509_STORE_CTX_init(check.get(), trusted.get(), leaf.certificate_.get(), nullptr) != 1)
    return "out of memory";
  X509_STORE_CTX_set_time(check.get(), 0, seconds(now));
  const bool good = X509_verify_cert(check.get()) == 1;
  const auto* why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
  ERR_clear_error();
  return good ? "" : why;
}

} // namespace paws::store
