#include "actors/event_stream.hpp"

#include "actors/view_json.hpp"

namespace paws {

namespace {

constexpr std::uint32_t page_events = 1'000; // about 300 KiB as JSON
constexpr std::chrono::seconds journal_patience{5};

} // namespace

void stream_state::init(stream_pointer self, stream_setup setup) {
  self_ = self;
  setup_ = std::move(setup);
  self_->set_exit_handler([this](caf::exit_msg&) { end({}); });
  // The head of the answer goes out at once, so that the client knows that it is being served.
  send({}, false);
  if (setup_.since == from_now_on)
    follow();
  else
    catch_up();
}

void stream_state::catch_up() {
  self_->request(setup_.journal, journal_patience, read_atom_v, setup_.since, page_events)
      .then(
          [this](const event_list& page) {
            std::string lines;
            for (const auto& what : page) {
              lines += dump(to_json(what)) + "\n";
              setup_.since = last_seq_ = what.seq;
            }
            if (!lines.empty())
              send(std::move(lines), false);
            page.size() < page_events ? follow() : catch_up_when_taken();
          },
          [this](const caf::error& why) { end(dump(error_document(to_failure(why)))); });
}

// A reader may be slow, and the journal is longer than what may wait for it.
void stream_state::catch_up_when_taken() {
  self_->request(setup_.server, caf::infinite, flush_atom_v, setup_.request)
      .then(
          [this](bool) {
            if (!over_)
              catch_up();
          },
          [this](const caf::error&) { end({}); });
}

void stream_state::follow() {
  if (over_)
    return;
  self_->send(setup_.journal, subscribe_atom_v, event_sink{self_}, setup_.since);
  if (setup_.command)
    run_command();
}

void stream_state::run_command() {
  self_->request(setup_.environment, caf::infinite, *setup_.command)
      .then([this](const command_outcome& outcome) { finish_with(outcome); },
            [this](const caf::error& why) {
              command_outcome outcome;
              outcome.name = setup_.command->name;
              outcome.what = to_failure(why);
              if (outcome.what.code == "ERR_SYS_000")
                outcome = ended_midway();
              outcome.code = topology::find_error(outcome.what.code).exits_with;
              finish_with(std::move(outcome));
            });
}

void stream_state::finish_with(command_outcome outcome) {
  outcome.trace_id = setup_.command->trace_id;
  finish_after_journal(dump({{"result", to_json(outcome)}}));
}

command_outcome stream_state::ended_midway() const {
  command_outcome out;
  out.name = setup_.command->name;
  out.what = {"ERR_ENG_006", "the engine ended before " + out.name + " was done", "run: make local-status"};
  out.code = topology::find_error(out.what.code).exits_with;
  return out;
}

void stream_state::environment_ended() {
  if (finishing_)
    return;
  // The outcome, had there been one, would have come before this.
  setup_.command ? finish_with(ended_midway()) : finish_after_journal("");
}

void stream_state::finish_after_journal(const std::string& line) {
  finishing_ = true;
  self_->request(setup_.journal, journal_patience, read_atom_v, last_seq_, std::uint32_t{1})
      .then([this, line](const event_list&) { end(line); }, [this, line](const caf::error&) { end(line); });
}

void stream_state::hear(const logic::event& what) {
  if (what.seq == 0)
    return environment_ended();
  if (over_ || what.seq <= last_seq_)
    return;
  last_seq_ = what.seq;
  send(dump(to_json(what)) + "\n", false);
}

void stream_state::send(std::string data, bool last) {
  http_chunk_out out;
  out.id = setup_.request;
  out.data = std::move(data);
  out.last = last;
  self_->send(setup_.server, std::move(out));
}

void stream_state::end(const std::string& last_line) {
  if (over_)
    return;
  over_ = true;
  send(last_line.empty() ? "" : last_line + "\n", true);
  self_->send(setup_.journal, unsubscribe_atom_v, event_sink{self_});
  self_->quit();
}

event_sink::behavior_type event_stream(stream_pointer self, stream_setup setup) {
  self->state.init(self, std::move(setup));
  return {[self](const logic::event& what) { self->state.hear(what); }};
}

} // namespace paws
