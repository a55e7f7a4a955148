#include "store/log_store_actor.hpp"

#include "messages/all.hpp"
#include "store/log_archive.hpp"

#include <chrono>
#include <cstdio>

namespace paws::store {

namespace {

using topology::failure;

constexpr std::chrono::hours cleaning_pace{1};

struct log_store_state {
  std::optional<log_archive> archive;
  bool failing = false; // the last append did

  static constexpr const char* name = "log_store";

  caf::result<std::uint64_t> append(const log_rows& rows, const log_positions& positions) {
    const auto why = archive->append(rows, positions);
    if (why && !failing)
      std::fprintf(stderr, "%s\n", to_string(*why).c_str());
    failing = why.has_value();
    if (why)
      return to_error(*why);
    return archive->last_id();
  }

  caf::result<log_positions> load() {
    auto out = archive->positions();
    if (const auto* why = std::get_if<failure>(&out))
      return to_error(*why);
    return std::get<log_positions>(std::move(out));
  }

  caf::result<log_page> search(const logic::log_query& what) {
    auto found = archive->search(what);
    if (const auto* why = std::get_if<failure>(&found))
      return to_error(*why);
    return log_page{std::get<log_rows>(std::move(found)), archive->last_id()};
  }
};

log_store_actor::behavior_type log_store(log_store_actor::stateful_pointer<log_store_state> self,
                                         const std::string& directory) {
  self->state.archive.emplace(directory);
  self->delayed_send(log_store_actor{self}, cleaning_pace, tick_atom_v);
  return {
      [self](append_atom, const log_rows& rows, const log_positions& positions) {
        return self->state.append(rows, positions);
      },
      [self](load_atom) { return self->state.load(); },
      [self](const logic::log_query& what) { return self->state.search(what); },
      [self](tick_atom) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        self->state.archive->remove_old(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
        self->delayed_send(log_store_actor{self}, cleaning_pace, tick_atom_v);
      },
      [self](actors_atom) { return own_row(self, "log store", "store"); },
  };
}

} // namespace

log_store_actor make_log_store(caf::actor_system& system, std::string directory) {
  return system.spawn<caf::detached>(log_store, std::move(directory));
}

} // namespace paws::store
