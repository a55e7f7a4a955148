#include "store/store_actor.hpp"

#include "messages/all.hpp"
#include "store/drill_files.hpp"
#include "store/journal_file.hpp"
#include "store/rotation_file.hpp"
#include "store/secrets.hpp"
#include "store/state_file.hpp"
#include "store/undo_log.hpp"

#include <cstdio>
#include <optional>
#include <variant>

namespace paws::store {

using topology::failure;

namespace {

struct store_state {
  std::string journal_path;
  std::string state_path;
  std::string rotation_path;
  std::string secrets_path;
  std::string undo_path;
  std::string drills_path;
  std::optional<std::variant<journal_file, failure>> journal;
  std::optional<failure> lost; // why the last event was not written

  static constexpr const char* name = "store";

  // A journal that could not be opened stays so for this engine's life: its numbers would be wrong afterwards.
  std::variant<journal_file, failure>& opened() {
    if (!journal)
      journal = journal_file::open(journal_path);
    return *journal;
  }

  std::optional<failure> try_append(const logic::event& what) {
    auto& file = opened();
    if (const auto* why = std::get_if<failure>(&file))
      return *why;
    return std::get<journal_file>(file).append(what);
  }

  // No fsync for each event: what the kernel has outlives the engine, and a power cut ends the members as well.
  void append(const logic::event& what) {
    auto failed = try_append(what);
    if (failed && !lost)
      std::fprintf(stderr, "%s\n", to_string(*failed).c_str());
    lost = std::move(failed);
  }

  caf::result<saved_state> load() {
    auto out = load_state(state_path);
    if (const auto* why = std::get_if<failure>(&out); why != nullptr && why->code == "ERR_ENG_008") {
      // What runs is found without it: from the members' own directories.
      auto moved = set_aside_state(state_path);
      if (const auto* stays = std::get_if<failure>(&moved))
        return to_error(*stays);
      saved_state none;
      none.version = 0;
      none.set_aside = std::get<std::string>(moved);
      return none;
    }
    if (const auto* why = std::get_if<failure>(&out))
      return to_error(*why);
    return std::get<saved_state>(std::move(out));
  }

  caf::result<void> save(const saved_state& what) {
    if (const auto failed = save_state(state_path, what))
      return to_error(*failed);
    if (lost)
      return to_error(*lost);
    return caf::unit;
  }

  caf::result<logic::rotation_record> begin(const std::vector<std::string>& names) {
    auto out = begin_rotation(rotation_path, secrets_path, names);
    if (const auto* why = std::get_if<failure>(&out))
      return to_error(*why);
    return std::get<logic::rotation_record>(std::move(out));
  }

  caf::result<logic::rotation_record> pending() {
    auto out = load_rotation(rotation_path);
    if (const auto* why = std::get_if<failure>(&out))
      return to_error(*why);
    return std::get<logic::rotation_record>(std::move(out));
  }

  caf::result<fault_list> open_faults() const {
    auto out = store::open_faults(undo_path);
    if (const auto* why = std::get_if<failure>(&out))
      return to_error(*why);
    return std::get<fault_list>(std::move(out));
  }

  caf::result<std::uint64_t> note(const logic::injected_fault& what) const {
    auto out = note_fault(undo_path, what);
    if (const auto* why = std::get_if<failure>(&out))
      return to_error(*why);
    return std::get<std::uint64_t>(out);
  }

  caf::result<std::string> keep_report(const std::string& title, const std::string& json,
                                       const std::string& page) const {
    auto out = save_drill(drills_path, title, json, page);
    if (const auto* why = std::get_if<failure>(&out))
      return to_error(*why);
    return std::get<std::string>(std::move(out));
  }

  static caf::result<void> answer(const std::optional<failure>& failed) {
    if (failed)
      return to_error(*failed);
    return caf::unit;
  }

  caf::result<std::uint64_t> last() {
    auto& file = opened();
    if (const auto* why = std::get_if<failure>(&file))
      return to_error(*why);
    return std::get<journal_file>(file).last_seq();
  }

  caf::result<event_list> read(std::uint64_t since, std::uint32_t limit) {
    auto& file = opened();
    if (const auto* why = std::get_if<failure>(&file))
      return to_error(*why);
    auto out = std::get<journal_file>(file).read(since, limit);
    if (const auto* why = std::get_if<failure>(&out))
      return to_error(*why);
    return std::get<event_list>(std::move(out));
  }
};

store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self, const store_paths& paths) {
  self->state.journal_path = paths.journal;
  self->state.state_path = paths.state;
  self->state.rotation_path = paths.rotation;
  self->state.secrets_path = paths.secrets;
  self->state.undo_path = paths.undo;
  self->state.drills_path = paths.drills;
  return {
      [self](append_atom, const logic::event& what) { self->state.append(what); },
      [self](load_atom) { return self->state.load(); },
      [self](save_atom, const saved_state& what) { return self->state.save(what); },
      [self](rotate_atom, const std::vector<std::string>& names) { return self->state.begin(names); },
      [self](load_atom, rotate_atom) { return self->state.pending(); },
      [self](save_atom, const logic::rotation_record& what) {
        return store_state::answer(save_rotation(self->state.rotation_path, what));
      },
      [self](publish_atom, const logic::rotation_record& what) {
        return store_state::answer(replace_secrets(self->state.secrets_path, what.after));
      },
      [self](remove_atom, rotate_atom) { return store_state::answer(remove_rotation(self->state.rotation_path)); },
      [self](append_atom, const logic::injected_fault& what) { return self->state.note(what); },
      [self](remove_atom, undo_atom, std::uint64_t id) {
        return store_state::answer(note_undone(self->state.undo_path, id));
      },
      [self](load_atom, undo_atom) { return self->state.open_faults(); },
      [self](save_atom, const std::string& title, const std::string& json, const std::string& page) {
        return self->state.keep_report(title, json, page);
      },
      [self](last_atom) { return self->state.last(); },
      [self](read_atom, std::uint64_t since, std::uint32_t limit) { return self->state.read(since, limit); },
      [self](actors_atom) { return own_row(self, "store", "store"); },
  };
}

} // namespace

store_actor make_store(caf::actor_system& system, store_paths paths) {
  return system.spawn<caf::detached>(store, std::move(paths));
}

} // namespace paws::store
