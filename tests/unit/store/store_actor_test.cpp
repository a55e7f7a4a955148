#include "store/store_actor.hpp"

#include "messages/all.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using store_test::scratch;

namespace {

struct quiet_store : caf::actor_system_config {
  quiet_store() {
    set("scheduler.max-threads", 1);
    set("logger.verbosity", caf::atom("quiet"));
    add_message_types<caf::id_block::paws>();
  }
};

// The store of a directory, asked from the test's own thread.
struct asked_store {
  explicit asked_store(const scratch& dir)
      : store{store::make_store(system, {dir.path("env/journal.jsonl"), dir.path("env/state.json"),
                                         dir.path("env/rotation.json"), dir.path("secrets.env")})} {}

  template <typename Result, typename... Parts>
  std::variant<Result, topology::failure> ask(Parts... parts) {
    std::variant<Result, topology::failure> out;
    self->request(store, caf::infinite, parts...)
        .receive([&](const Result& result) { out = result; }, [&](const caf::error& why) { out = to_failure(why); });
    return out;
  }

  std::optional<topology::failure> save(const saved_state& what) {
    std::optional<topology::failure> out;
    self->request(store, caf::infinite, save_atom_v, what)
        .receive([] {}, [&](const caf::error& why) { out = to_failure(why); });
    return out;
  }

  void append(std::uint64_t seq) {
    logic::event what;
    what.seq = seq;
    what.kind = "phase_begun";
    self->send(store, append_atom_v, what);
  }

  quiet_store config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  store_actor store;
};

} // namespace

TEST_CASE("the store keeps events and state over engines") {
  const scratch dir;
  {
    asked_store first{dir};
    CHECK(std::get<saved_state>(first.ask<saved_state>(load_atom_v)).version == 0);
    CHECK(std::get<std::uint64_t>(first.ask<std::uint64_t>(last_atom_v)) == 0);
    for (std::uint64_t seq = 1; seq <= 2000; ++seq)
      first.append(seq);
    saved_state what;
    what.environment = "e";
    CHECK_FALSE(first.save(what));
    CHECK(std::get<std::uint64_t>(first.ask<std::uint64_t>(last_atom_v)) == 2000);
  }
  asked_store second{dir};
  CHECK(std::get<saved_state>(second.ask<saved_state>(load_atom_v)).environment == "e");
  CHECK(std::get<std::uint64_t>(second.ask<std::uint64_t>(last_atom_v)) == 2000);
  second.append(2001);
  const auto page = std::get<event_list>(second.ask<event_list>(read_atom_v, std::uint64_t{1999}, std::uint32_t{10}));
  REQUIRE(page.size() == 2);
  CHECK(page.back().seq == 2001);
}

TEST_CASE("a damaged state file is set aside, and the engine goes on without it") {
  const scratch dir;
  dir.write("env/state.json", "{\"version\":");
  asked_store stores{dir};
  const auto state = std::get<saved_state>(stores.ask<saved_state>(load_atom_v));
  CHECK(state.version == 0);
  CHECK(state.set_aside == dir.path("env/state.json.damaged-1"));
  CHECK(std::filesystem::exists(state.set_aside));
}

TEST_CASE("a state file of a newer engine is an error with its reason") {
  const scratch dir;
  dir.write("env/state.json", "{\"version\":99}");
  asked_store stores{dir};
  const auto why = std::get<topology::failure>(stores.ask<saved_state>(load_atom_v));
  CHECK(why.code == "ERR_ENG_007");
  CHECK(why.message.find("state.json") != std::string::npos);
}

TEST_CASE("a store without a directory answers, and says why") {
  const scratch dir;
  dir.write("env", "a file in the directory's place");
  asked_store stores{dir};
  CHECK(std::get<topology::failure>(stores.ask<std::uint64_t>(last_atom_v)).code == "ERR_SYS_003");
  stores.append(1);
  const auto unsaved = stores.save(saved_state{});
  REQUIRE(unsaved);
  CHECK(unsaved->code == "ERR_SYS_003");
  const auto page = stores.ask<event_list>(read_atom_v, std::uint64_t{0}, std::uint32_t{10});
  CHECK(std::get<topology::failure>(page).code == "ERR_SYS_003");
}

TEST_CASE("events that are lost make the next save fail") {
  const scratch dir;
  dir.write("env/journal.jsonl", "something else\n");
  asked_store stores{dir};
  CHECK_FALSE(stores.save(saved_state{}));
  stores.append(1);
  const auto lost = stores.save(saved_state{});
  REQUIRE(lost);
  CHECK(lost->message.find("journal") != std::string::npos);
  CHECK(store_test::content_of(dir.path("env/journal.jsonl")) == "something else\n");
}
