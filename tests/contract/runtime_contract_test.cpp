// What every runtime promises (messages/runtime.hpp), on every runtime there is.
#include "tests/contract/contender.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using contract::ground;
using contract::habit;

TEST_CASE("what was never created is absent and cannot be started") {
  ground on{GENERATE(from_range(contract::contenders()))};
  CHECK(on.inspect("a").status == container_status::absent);
  on.start("a");
  CHECK_FALSE(on.code.empty());
  CHECK(on.ask(stop_atom_v, std::string{"a"}).status == container_status::absent);
}

TEST_CASE("created, started, stopped, started again: every verb answers with the state after it") {
  ground on{GENERATE(from_range(contract::contenders()))};
  const auto spec = on.of().spec("a", habit::serves);
  const auto made = on.create(spec);
  CHECK(made.status == container_status::created);
  CHECK(made.fresh_data);
  CHECK(on.create(spec).status == container_status::created); // again is the same
  const auto first = on.running("a");
  CHECK(first.status == container_status::running);
  CHECK(first.pid > 0);
  CHECK(first.started_at_us > 0);
  CHECK_FALSE(first.id.empty());
  CHECK(on.inspect("a").id == first.id);
  const auto stopped = on.ask(stop_atom_v, std::string{"a"});
  CHECK(stopped.status == container_status::exited);
  CHECK(stopped.stop_requested);
  CHECK(stopped.pid == 0);
  CHECK(on.ask(stop_atom_v, std::string{"a"}).status == container_status::exited); // again is the same
  const auto second = on.start("a");
  CHECK(second.status == container_status::running);
  CHECK(second.id != first.id);
  CHECK_FALSE(second.stop_requested);
}

TEST_CASE("starting what runs changes nothing, creating it is refused") {
  ground on{GENERATE(from_range(contract::contenders()))};
  const auto first = on.running("a");
  const auto again = on.start("a");
  CHECK(again.id == first.id);
  CHECK(again.pid == first.pid);
  on.create(on.of().spec("a", habit::serves));
  CHECK(on.code == "ERR_RUN_002");
  CHECK(on.inspect("a").id == first.id);
}

TEST_CASE("kill ends everything, also what is deaf or paused") {
  ground on{GENERATE(from_range(contract::contenders()))};
  on.running("a", habit::stubborn);
  CHECK(on.ask(kill_atom_v, std::string{"a"}).status == container_status::exited);
  on.start("a");
  CHECK(on.ask(pause_atom_v, std::string{"a"}).status == container_status::paused);
  const auto killed = on.ask(kill_atom_v, std::string{"a"});
  CHECK(killed.status == container_status::exited);
  CHECK(killed.pid == 0);
}

TEST_CASE("a stop of what is deaf ends after its grace") {
  ground on{GENERATE(from_range(contract::contenders()))};
  on.running("a", habit::stubborn);
  const auto stopped = on.ask(stop_atom_v, std::string{"a"});
  CHECK(stopped.status == container_status::exited);
  CHECK(stopped.stop_requested);
}

TEST_CASE("paused and resumed it is the same one") {
  ground on{GENERATE(from_range(contract::contenders()))};
  const auto first = on.running("a");
  CHECK(on.ask(pause_atom_v, std::string{"a"}).status == container_status::paused);
  CHECK(on.ask(pause_atom_v, std::string{"a"}).status == container_status::paused);
  CHECK(on.inspect("a").status == container_status::paused);
  const auto back = on.ask(unpause_atom_v, std::string{"a"});
  CHECK(back.status == container_status::running);
  CHECK(back.id == first.id);
}

TEST_CASE("who ends by itself is told, with its exit code, and nobody asked for it") {
  ground on{GENERATE(from_range(contract::contenders()))};
  on.running("a", habit::exits);
  const auto ended = on.told("a", container_status::exited);
  CHECK(ended.exit_code == 3);
  CHECK(ended.exit_signal == 0);
  CHECK_FALSE(ended.stop_requested);
  CHECK(on.inspect("a").status == container_status::exited);
}

TEST_CASE("who is killed from outside is told, with the signal") {
  ground on{GENERATE(from_range(contract::contenders()))};
  on.running("a");
  on.of().crash("a");
  const auto ended = on.told("a", container_status::exited);
  CHECK(ended.exit_signal == 9);
  CHECK_FALSE(ended.stop_requested);
}

TEST_CASE("data outlives removal unless it is to go as well") {
  ground on{GENERATE(from_range(contract::contenders()))};
  on.running("a");
  on.ask(remove_atom_v, std::string{"a"}, false);
  CHECK_FALSE(on.code.empty()); // it runs
  on.ask(stop_atom_v, std::string{"a"});
  CHECK(on.ask(remove_atom_v, std::string{"a"}, false).status == container_status::absent);
  CHECK_FALSE(on.create(on.of().spec("a", habit::serves)).fresh_data);
  CHECK(on.ask(remove_atom_v, std::string{"a"}, true).status == container_status::absent);
  CHECK(on.create(on.of().spec("a", habit::serves)).fresh_data);
}

TEST_CASE("files can be written anew under one that runs") {
  ground on{GENERATE(from_range(contract::contenders()))};
  on.write_files(on.of().spec("a", habit::serves));
  CHECK(on.code == "ERR_RUN_002"); // there is none
  const auto first = on.running("a");
  auto spec = on.of().spec("a", habit::serves);
  spec.files = {{spec.config_dir + "/late", "new", 0600, false}};
  const auto after = on.write_files(spec);
  CHECK(on.code.empty());
  CHECK(after.status == container_status::running);
  CHECK(after.id == first.id);
}

TEST_CASE("a second engine finds what runs as it is") {
  ground on{GENERATE(from_range(contract::contenders()))};
  const auto first = on.running("a");
  const auto other = on.of().second();
  const auto found = on.found(other, {on.of().spec("a", habit::serves), on.of().spec("never", habit::serves)});
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "a");
  CHECK(found[0].id == first.id);
  CHECK(found[0].started_at_us == first.started_at_us);
  if (other != on.runtime()) {
    caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
    on.self()->wait_for(other);
  }
  CHECK(on.inspect("a").status == container_status::running); // engines come and go
}

TEST_CASE("every container is listed, running or not") {
  ground on{GENERATE(from_range(contract::contenders()))};
  on.running("a");
  on.create(on.of().spec("b", habit::serves));
  container_list all;
  on.self()
      ->request(on.runtime(), caf::infinite, list_atom_v)
      .receive([&](const container_list& list) { all = list; }, [](const caf::error&) {});
  std::map<std::string, container_status> seen;
  for (const auto& info : all)
    seen[info.name] = info.status;
  CHECK(seen ==
        std::map<std::string, container_status>{{"a", container_status::running}, {"b", container_status::created}});
}

TEST_CASE("the last lines of its output can be had") {
  ground on{GENERATE(from_range(contract::contenders()))};
  on.running("a");
  line_list lines;
  // The output is on its way to the log: once the member has ended, all of it is there.
  on.ask(stop_atom_v, std::string{"a"});
  on.self()
      ->request(on.runtime(), caf::infinite, tail_atom_v, std::string{"a"}, std::uint32_t{5})
      .receive([&](const line_list& got) { lines = got; }, [](const caf::error&) {});
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.front() == "ready");
}
