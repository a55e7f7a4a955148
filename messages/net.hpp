// The roles of net: asking (HTTP, PostgreSQL and Redis clients behind one actor) and serving (HTTP on a Unix
// socket). All sockets live on the one I/O thread; what it learns becomes messages to these actors.
#pragma once

#include "messages/protocol.hpp"

namespace paws {

/// Answers every ask, always, within its timeout plus 100 ms; a peer that fails is an answer with ok = false, never
/// an error of the request. PostgreSQL and Redis connections are kept per (address, port, user, database) and
/// opened anew after any failure.
using asker_actor =
    caf::typed_actor<caf::replies_to<logic::ask>::with<logic::answer>,
                     // forget kept connections to this address (the peer was restarted)
                     caf::reacts_to<forget_atom, std::string>, caf::replies_to<actors_atom>::with<actor_list>>;

/// One request that the HTTP server accepted. Answer with exactly one http_reply_out, or a sequence of
/// http_chunk_out (same id) of which the last has `last` set.
struct http_request_in {
  std::uint64_t id = 0;
  std::string method;
  std::string target; // path and query as sent
  std::string body;
  std::string trace_id = {}; // of its X-Trace-ID header, as sent
};

struct http_reply_out {
  std::uint64_t id = 0;
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

/// A piece of a streamed answer (chunked transfer). The first one carries the status.
struct http_chunk_out {
  std::uint64_t id = 0;
  int status = 200;
  std::string content_type = "application/x-ndjson";
  std::string data;
  bool last = false;
};

/// serve(path, handler): listens on a Unix socket, directory 0700, socket 0600, peer uid checked; answers with the
/// path, or an error. Limits as in the contract. flush(id): true once the client has taken all that was sent of this
/// answer, or nobody waits for it any more: a long answer is produced no faster than it is read. stop: no more
/// listening; true once complete answers have left.
using http_server_actor =
    caf::typed_actor<caf::replies_to<serve_atom, std::string, http_handler_actor>::with<std::string>,
                     caf::reacts_to<http_reply_out>, caf::reacts_to<http_chunk_out>,
                     caf::replies_to<flush_atom, std::uint64_t>::with<bool>, caf::replies_to<stop_atom>::with<bool>,
                     caf::replies_to<actors_atom>::with<actor_list>>;

} // namespace paws
