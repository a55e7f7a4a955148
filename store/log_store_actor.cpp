#include "store/log_store_actor.hpp"

#include "messages/all.hpp"
#include "store/log_archive.hpp"

#include <chrono>
#include <cstdio>
#include <utility>

namespace paws::store {

namespace {

using topology::failure;

constexpr std::chrono::hours cleaning_pace{1};
// The index waits for quieter times: a second with more lines than this is a busy one, after which one piece only is
// added. So it keeps up with 10,000 lines per second, and whoever says more is not held up by it.
constexpr std::chrono::seconds index_pace{1};
constexpr std::uint64_t busy_lines = 5'000;

// Searches have a thread and connections of their own: however long one takes, collecting goes on.
using log_searcher_actor = caf::typed_actor<caf::replies_to<logic::log_query>::with<log_page>>;

log_searcher_actor::behavior_type log_searcher(log_searcher_actor::pointer, const std::string& directory) {
  return {[directory](const logic::log_query& what) -> caf::result<log_page> {
    auto found = search_logs(directory, what);
    if (const auto* why = std::get_if<failure>(&found))
      return to_error(*why);
    auto& page = std::get<found_logs>(found);
    return log_page{std::move(page.rows), page.last_id};
  }};
}

// With what it reminds itself of: pace = a piece for the index, expire = cleaning.
using own_actor = log_store_actor::extend<caf::reacts_to<pace_atom>, caf::reacts_to<expire_atom>>;

struct log_store_state {
  own_actor::stateful_pointer<log_store_state> self = nullptr;
  std::optional<log_archive> archive;
  log_searcher_actor searcher;
  bool failing = false;       // what was asked for last could not be done
  bool reminded = false;      // a tick for the index is on its way
  std::uint64_t recently = 0; // lines since the last of them

  static constexpr const char* name = "log_store";

  caf::result<std::uint64_t> append(const log_rows& rows, const log_positions& positions) {
    if (const auto why = archive->append(rows, positions))
      return tell(*why);
    failing = false;
    recently += rows.size();
    remind();
    return archive->last_id();
  }

  caf::result<log_positions> load() {
    auto out = archive->positions();
    if (const auto* why = std::get_if<failure>(&out))
      return tell(*why);
    return std::get<log_positions>(std::move(out));
  }

  // It is asked for again and again: said once.
  caf::error tell(const failure& why) {
    if (!std::exchange(failing, true))
      std::fprintf(stderr, "%s\n", to_string(why).c_str());
    return to_error(why);
  }

  void remind() {
    if (!std::exchange(reminded, true))
      self->delayed_send(own_actor{self}, index_pace, pace_atom_v);
  }

  void index() {
    reminded = false;
    const bool busy = std::exchange(recently, 0) > busy_lines;
    if (!archive->index_piece())
      return;
    if (busy)
      return remind();
    reminded = true;
    self->send(own_actor{self}, pace_atom_v); // what came meanwhile is kept first
  }

  void clean() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    archive->remove_old(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
  }

  void clean_again() {
    clean();
    self->delayed_send(own_actor{self}, cleaning_pace, expire_atom_v);
  }
};

own_actor::behavior_type log_store(own_actor::stateful_pointer<log_store_state> self, const std::string& directory) {
  self->state.self = self;
  self->state.archive.emplace(directory);
  self->state.searcher = self->spawn<caf::detached + caf::linked>(log_searcher, directory);
  self->send(own_actor{self}, expire_atom_v);
  self->state.remind();
  return {
      [self](append_atom, const log_rows& rows, const log_positions& positions) {
        return self->state.append(rows, positions);
      },
      [self](load_atom) { return self->state.load(); },
      [self](const logic::log_query& what) { return self->delegate(self->state.searcher, what); },
      [self](tick_atom) { self->state.clean(); },
      [self](pace_atom) { self->state.index(); },
      [self](expire_atom) { self->state.clean_again(); },
      [self](actors_atom) { return own_row(self, "log store", "log store"); },
  };
}

} // namespace

log_store_actor make_log_store(caf::actor_system& system, std::string directory) {
  return system.spawn<caf::detached>(log_store, std::move(directory));
}

} // namespace paws::store
