#include "net/asker.hpp"

#include "messages/all.hpp"
#include "net/answer_sink.hpp"
#include "net/http_client.hpp"
#include "net/postgres_client.hpp"
#include "net/redis_client.hpp"
#include "net/resident.hpp"
#include "net/token_client.hpp"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

namespace paws::net {

namespace {

// What lives on the I/O thread.
struct clients {
  explicit clients(asio::io_context& context) : http(context), tokens(http), postgres(context), redis(context) {}

  void send(logic::ask question, answer_sink sink) {
    if (auto why = unaskable(question); !why.empty()) {
      sink.fail(std::move(why));
      return;
    }
    switch (question.channel) {
    case logic::channel::http:
      if (question.token_path.empty())
        http.send(std::move(question), std::move(sink));
      else
        tokens.send(std::move(question), std::move(sink));
      break;
    case logic::channel::postgres:
      postgres.send(std::move(question), std::move(sink));
      break;
    case logic::channel::redis:
      redis.send(std::move(question), std::move(sink));
      break;
    }
  }

  void forget(const std::string& address) {
    http.forget(address);
    tokens.forget(address);
    postgres.forget(address);
    redis.forget(address);
  }

  http_client http;
  token_client tokens;
  postgres_client postgres;
  redis_client redis;
};

// The actor as the I/O thread sees it: it also takes answers, by the id of the question.
using answered_actor = asker_actor::extend<caf::reacts_to<std::uint64_t, logic::answer>>;

struct asker_state {
  resident<clients> outside;
  std::unordered_map<std::uint64_t, caf::typed_response_promise<logic::answer>> waiting;
  std::uint64_t last_id = 0;

  void ask(const logic::ask& question, answered_actor self, caf::typed_response_promise<logic::answer> promise) {
    auto id = ++last_id;
    waiting.emplace(id, std::move(promise));
    answer_sink sink([self = std::move(self), id](logic::answer what) { caf::anon_send(self, id, std::move(what)); });
    outside.use(
        [copy = question, sink = std::move(sink)](clients& to) mutable { to.send(std::move(copy), std::move(sink)); });
  }

  void answered(std::uint64_t id, logic::answer& what) {
    auto found = waiting.extract(id);
    if (!found.empty())
      found.mapped().deliver(std::move(what));
  }
};

answered_actor::behavior_type asker(answered_actor::stateful_pointer<asker_state> self,
                                    const std::shared_ptr<io_loop>& loop) {
  self->state.outside = resident<clients>(loop);
  return {
      [=](const logic::ask& question) -> caf::result<logic::answer> {
        auto promise = self->make_response_promise<logic::answer>();
        self->state.ask(question, self, promise);
        return promise;
      },
      [=](forget_atom, const std::string& address) {
        self->state.outside.use([address](clients& to) { to.forget(address); });
      },
      [=](actors_atom) { return own_row(self, "asker", "asker"); },
      [=](std::uint64_t id, logic::answer& what) { self->state.answered(id, what); },
  };
}

} // namespace

asker_actor make_asker(caf::actor_system& system, io_thread& io) {
  return system.spawn(asker, io.loop());
}

} // namespace paws::net
