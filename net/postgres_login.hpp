// How every client of ours logs in to PostgreSQL: encrypted and verified where the question says so, with nothing of
// what libpq would look for in the user's home, and nothing in it that blocks.
#pragma once

#include "logic/ask.hpp"

struct pg_conn;

namespace paws::net {

/// Begins to connect to `ip_address` as `asked` says; PQconnectPoll goes on with it. nullptr when memory is short.
/// `application`: what PostgreSQL shows of whom the session is.
pg_conn* begin_login(const logic::ask& asked, const std::string& ip_address,
                     const std::string& application = "paws-engine");

/// Why a login has failed, on one line. What failed before it may be the encryption: then it begins with ERR_SEC_004.
logic::answer login_failure(const pg_conn& connection, const logic::ask& asked);

/// Bytes that were read from the socket but not yet by libpq: what TLS has decrypted makes no socket readable.
int decrypted_bytes(pg_conn& connection);

} // namespace paws::net
