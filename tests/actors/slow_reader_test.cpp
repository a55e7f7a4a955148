// Streams of the control API to a client that reads slowly: nothing is produced that was not taken, nothing is lost.
#include "actors/event_stream.hpp"
#include "actors/journal.hpp"
#include "actors/log_stream.hpp"
#include "tests/support/virtual_time.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;

namespace {

// An HTTP server whose client takes what it was sent only when it is told to.
struct slow_client {
  http_server_actor spawn(virtual_time& time) {
    return time.own(time.system().spawn([this](http_server_actor::pointer self) -> http_server_actor::behavior_type {
      return {[](serve_atom, const std::string& path, const http_handler_actor&) { return path; },
              [](const http_reply_out&) {},
              [this](const http_chunk_out& piece) {
                waits += piece.data.size();
                most_waited = std::max(most_waited, waits);
                body += piece.data;
                done = piece.last;
              },
              [this, self](flush_atom, std::uint64_t) -> caf::result<bool> {
                return taken.emplace_back(self->make_response_promise<bool>());
              },
              [this](stop_atom) {
                waits = 0;
                for (auto& each : std::exchange(taken, {}))
                  each.deliver(true);
                return true;
              },
              [](actors_atom) { return actor_list{}; }};
    }));
  }
  std::size_t lines() const { return static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n')); }

  std::size_t waits = 0, most_waited = 0;
  std::string body;
  bool done = false;
  std::vector<caf::typed_response_promise<bool>> taken;
};

constexpr std::size_t long_line_bytes = 64 * 1024;
constexpr std::size_t client_limit_bytes = 8 * 1024 * 1024;

// A log store as far as streams need it: long lines, whose texts are left out unless they are asked for by id.
log_store_actor spawn_store(virtual_time& time, std::uint64_t lines) {
  return time.own(time.system().spawn([lines](log_store_actor::pointer) -> log_store_actor::behavior_type {
    return {[](append_atom, const log_rows&, const log_positions&) { return std::uint64_t{0}; },
            [](load_atom) { return log_positions{}; },
            [lines](const logic::log_query& what) {
              log_page page{{}, lines};
              const auto add = [&](std::uint64_t id, bool with_text) {
                page.rows.push_back({id, 1, "one", logic::log_level::info, false, "", "", long_line_bytes});
                if (with_text) {
                  page.rows.back().left_out_bytes = 0;
                  page.rows.back().text = std::string(long_line_bytes, 'x');
                }
              };
              for (const auto id : what.ids)
                add(id, true);
              for (auto id = what.after_id + 1; what.ids.empty() && id <= lines; ++id)
                add(id, false);
              return page;
            },
            [](tick_atom) {}, [](actors_atom) { return actor_list{}; }};
  }));
}

log_collector_actor spawn_collector(virtual_time& time) {
  return time.own(time.system().spawn([](log_collector_actor::pointer) -> log_collector_actor::behavior_type {
    return {[](tick_atom) {}, [](flush_atom) { return std::uint64_t{0}; }, [](subscribe_atom, const log_listener&) {},
            [](actors_atom) { return actor_list{}; }};
  }));
}

} // namespace

TEST_CASE("a slow follower of a long journal is sent a page when it has taken the one before") {
  slow_client client;
  virtual_time time;
  auto log = time.own(time.system().spawn(journal, store_actor{}, std::uint64_t{0}));
  auto server = client.spawn(time);
  for (int i = 0; i < 2'500; ++i)
    caf::anon_send(log, logic::event{0, 1, "service_state", "etcd1", std::string(300, 'x'), {}});
  time.settle();
  auto stream = time.own(time.system().spawn(event_stream, stream_setup{1, 0, {}, {}, log, server}));
  time.advance(60s);
  CHECK(client.lines() == 1'000);
  caf::anon_send(log, logic::event{0, 1, "leader_changed", "etcd1", "", {}}); // meanwhile
  caf::anon_send(server, stop_atom_v);
  time.advance(60s);
  CHECK(client.lines() == 2'000);
  caf::anon_send(server, stop_atom_v);
  time.advance(60s);
  CHECK(client.lines() == 2'501);
  caf::anon_send(log, logic::event{0, 1, "leader_changed", "etcd1", "", {}});
  time.settle();
  CHECK(client.lines() == 2'502);
  caf::anon_send_exit(stream, caf::exit_reason::user_shutdown);
  time.settle();
  CHECK(client.done);
  client.taken.clear();
  time.shut_down();
}

TEST_CASE("a large page of logs goes out in pieces that fit what one client may make wait") {
  slow_client client;
  virtual_time time;
  constexpr std::uint64_t lines = 1'000; // 64 MiB
  log_stream_setup setup{1, {}, false, spawn_collector(time), spawn_store(time, lines), client.spawn(time)};
  const bool follow = GENERATE(false, true);
  setup.follow = follow;
  setup.query.limit = 10'000;
  const auto server = setup.server;
  auto stream = time.own(time.system().spawn(log_stream, setup));
  time.advance(60s);
  CHECK(client.lines() < 100);
  for (int i = 0; i < 200 && !client.taken.empty(); ++i) {
    caf::anon_send(server, stop_atom_v);
    time.advance(1s);
  }
  CHECK(client.most_waited < client_limit_bytes / 4);
  CHECK(client.lines() == lines + (follow ? 1 : 0)); // and from where it goes on
  CHECK(client.done == !follow);
  CHECK(client.body.size() > lines * long_line_bytes);
  caf::anon_send_exit(stream, caf::exit_reason::user_shutdown);
  client.taken.clear();
  time.shut_down();
}
