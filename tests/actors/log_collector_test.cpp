#include "actors/log_collector.hpp"
#include "runtimes/fake/fake_runtime.hpp"
#include "tests/support/virtual_time.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using paws::testing::virtual_time;
using namespace std::chrono_literals;

namespace {

struct collected {
  virtual_time time;
  fake::fake_runtime runtime = fake::make_fake_runtime(time.system());
  log_rows kept;
  log_positions positions;
  bool full = false; // the disk
  log_store_actor store =
      time.own(time.system().spawn([this](log_store_actor::pointer) -> log_store_actor::behavior_type {
        return {[this](append_atom, const log_rows& rows, const log_positions& at) -> caf::result<std::uint64_t> {
                  if (full)
                    return to_error({"ERR_SYS_003", "the disk is full", ""});
                  kept.insert(kept.end(), rows.begin(), rows.end());
                  positions = at;
                  return std::uint64_t{kept.size()};
                },
                [this](load_atom) { return positions; }, [](const logic::log_query&) { return log_page{}; },
                [](tick_atom) {}, [](actors_atom) { return actor_list{}; }};
      }));

  collected() { time.own(runtime.actor); }
  log_collector_actor spawn() { return time.own(time.system().spawn(log_collector, runtime.actor, store)); }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& row : kept)
      out.push_back(row.text);
    return out;
  }
};

using words = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(collected, "lines are collected as they come, each once, also by the next engine") {
  runtime.world->logs["one"] = {"a", "b"};
  auto first = spawn();
  time.advance(1s);
  CHECK(texts() == words{"a", "b"});
  runtime.world->logs["one"].push_back("c");
  time.advance(1s);
  CHECK(texts() == words{"a", "b", "c"});
  caf::anon_send_exit(first, caf::exit_reason::kill);
  runtime.world->logs["one"].push_back("d");
  spawn();
  time.advance(1s);
  CHECK(texts() == words{"a", "b", "c", "d"});
}

TEST_CASE_METHOD(collected, "what could not be kept is asked for again") {
  full = true;
  runtime.world->logs["one"] = {"a"};
  spawn();
  time.advance(20s);
  full = false;
  time.advance(20s);
  CHECK(texts() == words{"a"});
}

TEST_CASE_METHOD(collected, "a flush collects what is there now, and followers are told") {
  auto collector = spawn();
  time.advance(1s);
  std::vector<std::uint64_t> told;
  log_listener listener = time.own(time.system().spawn([&](log_listener::pointer) -> log_listener::behavior_type {
    return {[&](append_atom, std::uint64_t id) { told.push_back(id); }};
  }));
  caf::anon_send(collector, subscribe_atom_v, listener);
  runtime.world->logs["one"] = {"a", "b", "c"};
  CHECK(time.ask_now<std::uint64_t>(collector, flush_atom_v) == 3);
  CHECK(told.back() == 3);
}
