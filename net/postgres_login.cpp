#include "net/postgres_login.hpp"

#include "net/answer_sink.hpp"
#include "net/postgres_words.hpp"

#include <libpq-fe.h>
#include <openssl/ssl.h>

#include <array>

namespace paws::net {

namespace {

// What libpq would look for in the user's home.
constexpr const char* nothing = "/nonexistent/none";
// Warnings are part of an answer: that a commit is here but not on the standby is told as one.
constexpr const char* plain_options = "-c client_min_messages=warning";
// Whatever the server is set to write into its log, it leaves out what is asked.
constexpr const char* quiet_options = "-c client_min_messages=error -c log_statement=none -c log_duration=off "
                                      "-c log_min_duration_statement=-1 -c log_min_messages=panic "
                                      "-c log_min_error_statement=panic -c log_error_verbosity=terse";

} // namespace

// With hostaddr and without GSS, a password file or a service, nothing in libpq's connecting blocks; of TLS only the
// authority's file is read. No certificate of our own, no revocation list: those of the user's home are not meant.
pg_conn* begin_login(const logic::ask& asked, const std::string& ip_address, const std::string& application) {
  auto port = std::to_string(asked.port);
  const auto& tls = asked.tls;
  const auto& host = tls.server_name.empty() ? asked.address : tls.server_name;
  constexpr std::array keywords{"hostaddr",
                                "host",
                                "port",
                                "user",
                                "password",
                                "dbname",
                                "application_name",
                                "sslmode",
                                "sslrootcert",
                                "sslcert",
                                "sslkey",
                                "sslcrl",
                                "gssencmode",
                                "passfile",
                                "client_encoding",
                                "options",
                                "target_session_attrs",
                                "keepalives",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                static_cast<const char*>(nullptr)};
  const std::array values{ip_address.c_str(),
                          host.c_str(),
                          port.c_str(),
                          asked.user.c_str(),
                          asked.password.c_str(),
                          asked.database.c_str(),
                          application.c_str(),
                          tls.on ? "verify-full" : "disable",
                          tls.ca_file.c_str(),
                          nothing,
                          nothing,
                          nothing,
                          "disable",
                          nothing,
                          "UTF8",
                          asked.discreet ? quiet_options : plain_options,
                          "any",
                          "1",
                          "10",
                          "5",
                          "3",
                          static_cast<const char*>(nullptr)};
  static_assert(keywords.size() == values.size());
  auto* out = PQconnectStartParams(keywords.data(), values.data(), 0);
  if (out != nullptr)
    PQsetErrorVerbosity(out, PQERRORS_VERBOSE); // the only way to the SQLSTATE of a refused login
  return out;
}

// An encrypted connection that ends ("SSL SYSCALL error") is none of these: the server goes.
logic::answer login_failure(const pg_conn& connection, const logic::ask& asked) {
  logic::answer out;
  out.error = first_line(PQerrorMessage(&connection));
  if (out.error.empty())
    out.error = endpoint_of(asked) + " closed the connection";
  out.sqlstate = take_sqlstate(out.error);
  const auto has = [&](const char* words) { return out.error.find(words) != std::string::npos; };
  const bool refused = has("certificate") || has("SSL error:") || has("does not support SSL");
  if (asked.tls.on && refused)
    out.error = "ERR_SEC_004: " + out.error;
  return out;
}

int decrypted_bytes(pg_conn& connection) {
  auto* tls = static_cast<ssl_st*>(PQsslStruct(&connection, "OpenSSL"));
  return tls == nullptr ? 0 : SSL_pending(tls);
}

} // namespace paws::net
