#include "actors/log_stream.hpp"

#include "actors/view_json.hpp"

#include <algorithm>

namespace paws {

namespace {

constexpr std::chrono::seconds collect_patience{5};
constexpr std::chrono::seconds search_patience{30};
constexpr std::uint32_t follow_lines = 2'000; // of one piece

} // namespace

// What the members said up to now is collected first: nobody is told less than what there is.
void log_stream_state::init(log_stream_pointer self, log_stream_setup setup) {
  self_ = self;
  setup_ = std::move(setup);
  self_->set_exit_handler([this](caf::exit_msg&) { end({}); });
  searching_ = true;
  const auto go = [this] {
    searching_ = false;
    search();
  };
  self_->request(setup_.collector, collect_patience, flush_atom_v)
      .then([go](std::uint64_t) { go(); }, [go](const caf::error&) { go(); });
}

void log_stream_state::search() {
  if (over_ || searching_)
    return;
  searching_ = true;
  self_->request(setup_.logs, search_patience, setup_.query)
      .then(
          [this](const log_page& page) {
            searching_ = false;
            take(page);
          },
          [this](const caf::error& why) {
            const auto what = to_failure(why);
            if (head_sent_)
              return end(dump(error_document(what)));
            http_reply_out out;
            out.id = setup_.request;
            out.status = what.code == "ERR_CLI_001" ? 400 : 503;
            out.body = dump(error_document(what)) + "\n";
            self_->send(setup_.server, std::move(out));
            over_ = true;
            self_->quit();
          });
}

void log_stream_state::take(const log_page& page) {
  std::string lines;
  std::uint64_t last_sent = 0;
  for (const auto& row : page.rows) {
    lines += dump(to_json(row)) + "\n";
    last_sent = std::max(last_sent, row.id);
  }
  if (!setup_.follow) {
    send(std::move(lines), false);
    return end({});
  }
  const bool full = setup_.query.after_id > 0 && page.rows.size() >= setup_.query.limit;
  setup_.query.after_id = std::max<std::uint64_t>(full ? last_sent : page.last_id, setup_.query.after_id);
  lines += dump({{"after", setup_.query.after_id}}) + "\n"; // from here a follower that lost us goes on
  send(std::move(lines), false);
  setup_.query.newest = false;
  setup_.query.limit = follow_lines;
  if (!std::exchange(subscribed_, true))
    self_->send(setup_.collector, subscribe_atom_v, log_listener{log_stream_actor{self_}});
  if (full || known_id_ > setup_.query.after_id)
    search();
}

void log_stream_state::hear(std::uint64_t last_id) {
  known_id_ = std::max(known_id_, last_id);
  if (known_id_ > setup_.query.after_id)
    search();
}

void log_stream_state::send(std::string data, bool last) {
  http_chunk_out out;
  out.id = setup_.request;
  out.data = std::move(data);
  out.last = last;
  head_sent_ = true;
  self_->send(setup_.server, std::move(out));
}

void log_stream_state::end(const std::string& last_line) {
  if (std::exchange(over_, true))
    return;
  send(last_line.empty() ? "" : last_line + "\n", true);
  self_->quit();
}

log_stream_actor::behavior_type log_stream(log_stream_pointer self, log_stream_setup setup) {
  self->state.init(self, std::move(setup));
  return {
      [self](append_atom, std::uint64_t last_id) { self->state.hear(last_id); },
      [self](const logic::event&) { self->state.end({}); },
  };
}

} // namespace paws
