#include "net/http_server.hpp"

#include "messages/all.hpp"
#include "net/http_listener.hpp"
#include "net/resident.hpp"

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace paws::net {

namespace {

// The actor as the I/O thread sees it: it also takes the outcome of serve, by the id of the request: path, then
// code, message and remedy of a failure (code "" on success).
using listening_actor =
    http_server_actor::extend<caf::reacts_to<std::uint64_t, std::string, std::string, std::string, std::string>>;

// Tells the actor how serve (or stop) ended, also when the I/O thread ended before it could.
class serve_outcome {
public:
  serve_outcome(listening_actor self, std::uint64_t id, std::string path)
      : self_(std::move(self)), id_(id), path_(std::move(path)) {}
  ~serve_outcome() {
    if (self_)
      tell({"ERR_SYS_005", "the engine ends", "run again"});
  }
  serve_outcome(const serve_outcome&) = delete;
  serve_outcome& operator=(const serve_outcome&) = delete;

  void tell(const topology::failure& what) {
    caf::anon_send(std::exchange(self_, nullptr), id_, path_, what.code, what.message, what.remedy);
  }

private:
  listening_actor self_;
  std::uint64_t id_;
  std::string path_;
};

struct server_state {
  resident<http_listener> listener;
  std::unordered_map<std::uint64_t, caf::typed_response_promise<std::string>> waiting;
  std::unordered_map<std::uint64_t, caf::typed_response_promise<bool>> awaited; // ends of stop and flush
  std::uint64_t last_id = 0;

  void serve(const std::string& path, const http_handler_actor& handler, listening_actor self,
             caf::typed_response_promise<std::string> promise) {
    auto id = ++last_id;
    waiting.emplace(id, std::move(promise));
    auto outcome = std::make_shared<serve_outcome>(std::move(self), id, path);
    listener.use([path, handler, outcome](http_listener& on) {
      on.serve(path, handler, [outcome](const topology::failure& what) { outcome->tell(what); });
    });
  }

  // What tells of an end by its destructor, wherever that is.
  std::shared_ptr<serve_outcome> end_of(listening_actor self, caf::typed_response_promise<bool> promise) {
    auto id = ++last_id;
    awaited.emplace(id, std::move(promise));
    return std::make_shared<serve_outcome>(std::move(self), id, "");
  }

  void served(std::uint64_t id, const std::string& path, const topology::failure& what) {
    if (auto ended = awaited.extract(id)) {
      ended.mapped().deliver(true);
      return;
    }
    auto found = waiting.extract(id);
    if (found.empty())
      return;
    if (what.code.empty())
      found.mapped().deliver(path);
    else
      found.mapped().deliver(to_error(what));
  }
};

listening_actor::behavior_type server(listening_actor::stateful_pointer<server_state> self,
                                      const std::shared_ptr<io_loop>& loop, const http_server_limits& limits) {
  self->state.listener = resident<http_listener>(loop, limits);
  return {
      [=](serve_atom, const std::string& path, const http_handler_actor& handler) -> caf::result<std::string> {
        auto promise = self->make_response_promise<std::string>();
        self->state.serve(path, handler, self, promise);
        return promise;
      },
      [=](const http_reply_out& what) {
        self->state.listener.use([copy = what](http_listener& on) mutable { on.reply(std::move(copy)); });
      },
      [=](const http_chunk_out& what) {
        self->state.listener.use([copy = what](http_listener& on) mutable { on.chunk(std::move(copy)); });
      },
      [=](flush_atom, std::uint64_t id) -> caf::result<bool> {
        auto promise = self->make_response_promise<bool>();
        auto end = self->state.end_of(self, promise);
        self->state.listener.use([id, end](http_listener& on) { on.flush(id, end); });
        return promise;
      },
      [=](stop_atom) -> caf::result<bool> {
        auto promise = self->make_response_promise<bool>();
        auto end = self->state.end_of(self, promise);
        self->state.listener.use([end](http_listener& on) { on.stop(end); });
        return promise;
      },
      [=](actors_atom) { return own_row(self, "http server", "server"); },
      [=](std::uint64_t id, const std::string& path, const std::string& code, const std::string& message,
          const std::string& remedy) {
        self->state.served(id, path, {code, message, remedy});
      },
  };
}

} // namespace

http_server_actor make_http_server(caf::actor_system& system, io_thread& io, const http_server_limits& limits) {
  return system.spawn(server, io.loop(), limits);
}

} // namespace paws::net
