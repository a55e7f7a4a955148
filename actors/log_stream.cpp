#include "actors/log_stream.hpp"

#include "actors/view_json.hpp"

#include <algorithm>

namespace paws {

namespace {

constexpr std::chrono::seconds collect_patience{5};
constexpr std::chrono::seconds search_patience{30};
constexpr std::uint32_t follow_lines = 2'000; // of one search
// Of one piece of a page, about: in JSON a byte may become six, and a piece must still fit what one client may make
// wait.
constexpr std::size_t piece_bytes = 1024 * 1024;
constexpr std::size_t row_bytes = 256; // what surrounds a text

std::size_t size_of(const logic::log_row& row) {
  return row_bytes + row.text.size() + row.left_out_bytes;
}

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
      .then([this](const log_page& page) { take(page); },
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
  full_ = setup_.query.after_id > 0 && page.rows.size() >= setup_.query.limit;
  std::uint64_t last_found = 0;
  for (const auto& row : page.rows)
    last_found = std::max(last_found, row.id);
  if (setup_.follow)
    setup_.query.after_id = std::max<std::uint64_t>(full_ ? last_found : page.last_id, setup_.query.after_id);
  left_ = page.rows;
  send_left();
}

void log_stream_state::send_left() {
  logic::log_query texts;
  texts.newest = false;
  std::string lines;
  std::size_t bytes = 0;
  bool whole = true;
  auto end = left_.begin();
  for (; end != left_.end() && (bytes == 0 || bytes + size_of(*end) <= piece_bytes); ++end) {
    bytes += size_of(*end);
    texts.ids.push_back(end->id);
    whole = whole && end->left_out_bytes == 0;
    lines += whole ? dump(to_json(*end)) + "\n" : "";
  }
  left_.erase(left_.begin(), end);
  if (whole)
    return send_piece(std::move(lines));
  texts.limit = static_cast<std::uint32_t>(texts.ids.size());
  self_->request(setup_.logs, search_patience, texts)
      .then(
          [this](const log_page& page) {
            std::string found;
            for (const auto& row : page.rows)
              found += dump(to_json(row)) + "\n";
            send_piece(std::move(found));
          },
          [this](const caf::error& why) { this->end(dump(error_document(to_failure(why)))); });
}

void log_stream_state::send_piece(std::string lines) {
  if (!lines.empty())
    send(std::move(lines), false);
  if (left_.empty())
    return page_sent();
  when_taken([this] { send_left(); });
}

void log_stream_state::page_sent() {
  if (!setup_.follow)
    return end({});
  // From here a follower that lost us goes on.
  send(dump({{"after", setup_.query.after_id}}) + "\n", false);
  setup_.query.newest = false;
  setup_.query.limit = follow_lines;
  if (!std::exchange(subscribed_, true))
    self_->send(setup_.collector, subscribe_atom_v, log_listener{log_stream_actor{self_}});
  when_taken([this] {
    searching_ = false;
    if (full_ || known_id_ > setup_.query.after_id)
      search();
  });
}

void log_stream_state::when_taken(std::function<void()> go) {
  self_->request(setup_.server, caf::infinite, flush_atom_v, setup_.request)
      .then(
          [this, go = std::move(go)](bool) {
            if (!over_)
              go();
          },
          [this](const caf::error&) { end({}); });
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
