#include "store/log_store_actor.hpp"

#include "messages/all.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using store_test::scratch;

namespace {

#ifdef PAWS_SANITIZED // a search takes a hundred times as long
constexpr std::size_t stored_lines = 3'000, searches = 10;
#else
constexpr std::size_t stored_lines = 20'000, searches = 50;
#endif

struct quiet_config : caf::actor_system_config {
  quiet_config() {
    set("scheduler.max-threads", 1);
    set("logger.verbosity", caf::atom("quiet"));
    add_message_types<caf::id_block::paws>();
  }
};

} // namespace

TEST_CASE("lines are kept while searches are under way") {
  const scratch dir;
  quiet_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto store = store::make_log_store(system, dir.path("logs"));
  const log_rows many(stored_lines, {0, 1, "one", logic::log_level::info, false, "", std::string(150, 'x')});
  bool failed = false;
  const auto note = [&](const caf::error&) { failed = true; };
  self->request(store, caf::infinite, append_atom_v, many, log_positions{}).receive([](std::uint64_t) {}, note);
  // Far more work for the searches than for what is kept behind them: whoever answers first was not held up.
  logic::log_query slow;
  slow.pattern = "[a-w]{2}\\d";
  std::size_t searched = 0, searched_before = searches;
  const auto searcher = [&](caf::event_based_actor* asker) {
    for (std::size_t i = 0; i < searches; ++i)
      asker->request(caf::actor_cast<caf::actor>(store), caf::infinite, slow)
          .then([asker, self_address = caf::actor_cast<caf::actor>(self)](const log_page&) {
            asker->send(self_address, gone_atom_v);
          });
    asker
        ->request(caf::actor_cast<caf::actor>(store), caf::infinite, append_atom_v, log_rows(1, many[0]),
                  log_positions{})
        .then([asker, self_address = caf::actor_cast<caf::actor>(self)](std::uint64_t) {
          asker->send(self_address, append_atom_v);
        });
  };
  system.spawn([&](caf::event_based_actor* asker) { searcher(asker); });
  bool kept = false;
  self->receive_while([&] { return searched < searches || !kept; })([&](gone_atom) { ++searched; },
                                                                    [&](append_atom) {
                                                                      kept = true;
                                                                      searched_before = searched;
                                                                    });
  CHECK_FALSE(failed);
  CHECK(searched_before < searches / 2);
  self->send_exit(store, caf::exit_reason::user_shutdown);
  self->wait_for(store);
}
