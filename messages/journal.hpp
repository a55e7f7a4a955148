// The role of the journal: the one stream of events, append-only, replayable, subscribable; and of the store that
// keeps it and the engine's small state on disk.
#pragma once

#include "messages/protocol.hpp"

namespace paws {

/// An event sent to the journal has seq = 0; at_us is given by the sender (actor clock) or, when 0, by the journal.
/// subscribe(sink, since): replays everything with seq > since, then follows. read(since, limit): a page.
using journal_actor =
    caf::typed_actor<caf::reacts_to<logic::event>, caf::reacts_to<subscribe_atom, event_sink, std::uint64_t>,
                     caf::reacts_to<unsubscribe_atom, event_sink>,
                     caf::replies_to<read_atom, std::uint64_t, std::uint32_t>::with<event_list>,
                     caf::replies_to<actors_atom>::with<actor_list>>;

/// What the engine must remember to adopt what runs after it was killed. Small: written whole, atomically.
struct saved_state {
  std::uint32_t version = 1;
  std::string environment;
  std::string topology_file;
  std::string runtime;
  std::vector<std::string> profiles;
  std::map<std::string, std::string> desired; // member -> desired_state, or "destroyed": its data is to go
  std::map<std::string, std::string> leaders; // cluster -> member
  std::string set_aside;                      // where a damaged one was moved to; never saved
};

/// rotate(names): a change of these secrets begins: makes the new values and remembers it all, durably, before it
/// answers. load(rotate): the one that is under way; no names: none. save: how far it has come. publish: puts the new
/// values into the secrets file. remove(rotate): it is complete.
/// append(fault): a drill is about to inject it: answers its id once that is durable. remove(undo, id): it is taken
/// back. load(undo): faults that are open, in the order of their injection. save(name, json, page): a drill's report;
/// answers the path of its page.
/// append: writes events to the journal file. load: the saved state; version 0 when there is none, also when it was
/// damaged and is set aside.
/// save: answers when it is durable. last: the seq of the last event on disk, 0 = none.
using store_actor =
    caf::typed_actor<caf::reacts_to<append_atom, logic::event>, caf::replies_to<load_atom>::with<saved_state>,
                     caf::replies_to<save_atom, saved_state>::with<void>,
                     caf::replies_to<last_atom>::with<std::uint64_t>,
                     caf::replies_to<read_atom, std::uint64_t, std::uint32_t>::with<event_list>,
                     caf::replies_to<rotate_atom, std::vector<std::string>>::with<logic::rotation_record>,
                     caf::replies_to<load_atom, rotate_atom>::with<logic::rotation_record>,
                     caf::replies_to<save_atom, logic::rotation_record>::with<void>,
                     caf::replies_to<publish_atom, logic::rotation_record>::with<void>,
                     caf::replies_to<remove_atom, rotate_atom>::with<void>,
                     caf::replies_to<append_atom, logic::injected_fault>::with<std::uint64_t>,
                     caf::replies_to<remove_atom, undo_atom, std::uint64_t>::with<void>,
                     caf::replies_to<load_atom, undo_atom>::with<fault_list>,
                     caf::replies_to<save_atom, std::string, std::string, std::string>::with<std::string>,
                     caf::replies_to<actors_atom>::with<actor_list>>;

} // namespace paws
