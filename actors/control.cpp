#include "actors/control.hpp"

#include "actors/event_stream.hpp"
#include "actors/view_json.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace paws {

namespace {

constexpr std::chrono::seconds answer_patience{5};
constexpr std::chrono::seconds live_patience{2};           // shorter than whoever asks for life has
constexpr std::chrono::seconds health_answer_patience{20}; // the environment itself answers within 15 s
constexpr std::uint32_t most_events = 10'000;              // of one answer that is not streamed: about 3 MiB

/// The sequence number in `text`; nothing when it is not one. "now" is the end of the journal.
std::optional<std::uint64_t> sequence(const std::string& text) {
  if (text.empty())
    return 0;
  if (text == "now")
    return from_now_on;
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{out} : std::nullopt;
}

/// Everything that a health report can be asked for.
line_list health_names(const logic::environment_view& view) {
  line_list out;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(out.begin(), out.end(), name) == out.end())
      out.push_back(name);
  };
  for (const auto& service : view.services) {
    add(service.cluster);
    add(service.name);
  }
  for (const auto& route : view.routes)
    add(route.name);
  return out;
}

} // namespace

void control_state::init(control_pointer self, control_setup setup) {
  self_ = self;
  with_ = std::move(setup);
  self_->set_down_handler([this](const caf::down_msg& down) { hear_down(down); });
  self_->monitor(with_.environment);
}

void control_state::hear_request(const http_request_in& request) {
  auto parsed = parse_target(request.target);
  parsed.id = request.id;
  parsed.body = request.body;
  parsed.trace_id = request.trace_id;
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view{request.method};
  std::string allowed;
  for (const auto& route : control_routes()) {
    if (route.path != parsed.path)
      continue;
    if (route.method == method)
      return (this->*route.answer)(parsed);
    allowed += (allowed.empty() ? "" : ", ") + std::string{route.method};
  }
  if (allowed.empty())
    refuse(request.id, 404, {"ERR_CLI_001", "no such path: " + parsed.path, "see: GET /v1/openapi.json"});
  else
    refuse(request.id, 405, {"ERR_CLI_001", request.method + " is not possible on " + parsed.path, "use: " + allowed});
}

void control_state::hear_gone(std::uint64_t id) {
  if (const auto at = streams_.find(id); at != streams_.end())
    self_->send_exit(at->second, caf::exit_reason::user_shutdown);
}

void control_state::hear_down(const caf::down_msg& down) {
  if (down.source == with_.environment.address()) {
    environment_over_ = true;
    for (const auto& [id, stream] : streams_)
      caf::anon_send(stream, logic::event{}); // no more will come; see event_stream
  }
  std::erase_if(streams_, [&](const auto& row) { return row.second.address() == down.source; });
  end_when_over();
}

void control_state::end_when_over() {
  if (environment_over_ && streams_.empty())
    self_->quit();
}

// -- the routes --------------------------------------------------------------------------------------------------

void control_state::status(const control_request& request) {
  const auto id = request.id;
  self_->request(with_.environment, answer_patience, status_atom_v)
      .then([this, id](const logic::environment_view& view) { reply(id, 200, dump(to_json(view))); },
            [this, id](const caf::error& why) { refuse(id, why); });
}

void control_state::health(const control_request& request) {
  const auto id = request.id;
  const auto ask = [this, id](const line_list& only) {
    self_->request(with_.environment, health_answer_patience, health_atom_v, only)
        .then([this, id](const logic::health_report& report) { reply_health(id, report); },
              [this, id](const caf::error& why) { refuse(id, why); });
  };
  const auto only = words_of(request, "service");
  if (only.empty())
    return ask(only);
  when_known(id, only, [only, ask](const logic::environment_view&) { ask(only); });
}

// With what is near its limit, as last seen.
void control_state::reply_health(std::uint64_t id, const logic::health_report& report) {
  if (!with_.resources)
    return reply(id, 200, dump(to_json(report)));
  self_->request(with_.resources, answer_patience, status_atom_v)
      .then(
          [this, id, report](const resource_report& seen) {
            auto warned = report;
            warned.warnings.insert(warned.warnings.end(), seen.warnings.begin(), seen.warnings.end());
            reply(id, 200, dump(to_json(warned)));
          },
          [this, id, report](const caf::error&) { reply(id, 200, dump(to_json(report))); });
}

void control_state::when_known(std::uint64_t id, const line_list& names,
                               std::function<void(const logic::environment_view&)> go) {
  self_->request(with_.environment, answer_patience, status_atom_v)
      .then(
          [this, id, names, go = std::move(go)](const logic::environment_view& view) {
            const auto known = health_names(view);
            for (const auto& wanted : names) {
              if (std::find(known.begin(), known.end(), wanted) != known.end())
                continue;
              std::string list;
              for (const auto& each : known)
                list += " " + each;
              return refuse(id, 404, {"ERR_CLI_001", "nothing here is called " + wanted, "choose from:" + list});
            }
            go(view);
          },
          [this, id](const caf::error& why) { refuse(id, why); });
}

void control_state::events(const control_request& request) {
  const auto id = request.id;
  const auto since = sequence(request.value("since"));
  const auto limit = sequence(request.value("limit"));
  if (!since || !limit)
    return refuse(id, 400, {"ERR_CLI_001", "since and limit are whole numbers", "see: GET /v1/openapi.json"});
  const auto follow = request.value("follow");
  if (follow == "1" || follow == "true") {
    stream_setup setup{id, *since, {}, with_.environment, with_.journal, with_.server};
    streams_[id] = caf::actor_cast<caf::actor>(self_->spawn<caf::monitored>(event_stream, std::move(setup)));
    return;
  }
  const auto most =
      *limit == 0 ? most_events : static_cast<std::uint32_t>(std::min<std::uint64_t>(*limit, most_events));
  self_->request(with_.journal, answer_patience, read_atom_v, *since == from_now_on ? *since - 1 : *since, most)
      .then(
          [this, id](const event_list& page) {
            http_reply_out out;
            out.id = id;
            out.content_type = "application/x-ndjson";
            for (const auto& what : page)
              out.body += dump(to_json(what)) + "\n";
            self_->send(with_.server, std::move(out));
          },
          [this, id](const caf::error& why) { refuse(id, why); });
}

void control_state::actors(const control_request& request) {
  with_rows([this, id = request.id](const actor_list& rows) { reply(id, 200, dump(to_json(rows))); });
}

void control_state::with_rows(std::function<void(const actor_list&)> go) {
  auto mine = own_row(self_, "control", "control", std::to_string(streams_.size()) + " streams");
  mine.front().who = nullptr; // it is given requests alone
  auto sources = with_.others;
  sources.emplace_back(with_.environment); // when it is over the rest still counts
  gather_rows(self_, sources, answer_patience, [mine, go = std::move(go)](actor_list rows) {
    rows.insert(rows.end(), mine.begin(), mine.end());
    const auto order = [](const actor_row& row) { return std::make_pair(row.kind != "environment", row.path); };
    std::sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
    go(rows);
  });
}

void control_state::metrics(const control_request& request) {
  const auto id = request.id;
  if (!with_.metrics)
    return refuse(id, 503, {"ERR_CLI_004", "this engine keeps no metrics", "see: GET /v1/status"});
  with_rows([this, id](const actor_list& actors) {
    self_->request(with_.metrics, answer_patience, read_atom_v, actors)
        .then(
            [this, id](const std::string& text) {
              self_->send(with_.server, http_reply_out{id, 200, "text/plain; version=0.0.4; charset=utf-8", text});
            },
            [this, id](const caf::error& why) { refuse(id, why); });
  });
}

void control_state::inspect(const control_request& request) {
  const auto id = request.id;
  auto kind = request.path.substr(request.path.rfind('/') + 1);
  kind = kind == "redis" ? "redis-sentinel" : kind;
  self_->request(with_.environment, 2 * answer_patience, describe_atom_v, kind)
      .then(
          [this, id, kind](const inspection_list& found) {
            if (found.empty())
              return refuse(id, 404, {"ERR_CLI_001", "this environment has no " + kind, "see: paws-engine ctl status"});
            reply(id, 200, dump({{"clusters", to_json(found)}}));
          },
          [this, id](const caf::error& why) { refuse(id, why); });
}

void control_state::resources(const control_request& request) {
  const auto id = request.id;
  if (!with_.resources)
    return refuse(id, 503, {"ERR_CLI_004", "this engine watches no resources", "see: GET /v1/status"});
  self_->request(with_.resources, 2 * answer_patience, resources_atom_v)
      .then([this, id](const resource_report& report) { reply(id, 200, dump(to_json(report))); },
            [this, id](const caf::error& why) { refuse(id, why); });
}

void control_state::live(const control_request& request) {
  const auto id = request.id;
  const auto answer = [this, id](bool up) {
    reply(id, up ? 200 : 503,
          dump({{"status", up ? "UP" : "DOWN"}, {"service", "paws-engine"}, {"version", PAWS_VERSION}}));
  };
  self_->request(with_.environment, live_patience, status_atom_v)
      .then([answer](const logic::environment_view&) { answer(true); }, [answer](const caf::error&) { answer(false); });
}

void control_state::ready(const control_request& request) {
  const auto id = request.id;
  self_->request(with_.environment, answer_patience, status_atom_v)
      .then(
          [this, id](const logic::environment_view& view) {
            const bool up = view.state == logic::environment_state::ready;
            auto out =
                nlohmann::json{{"status", up ? "UP" : "DOWN"},   {"service", view.environment},
                               {"version", view.engine_version}, {"uptime_seconds", view.engine_uptime_ms / 1000},
                               {"state", to_string(view.state)}, {"dependencies", nlohmann::json::object()}};
            for (const auto& service : view.services) {
              auto& group = out["dependencies"][service.cluster.empty() ? service.name : service.cluster];
              const bool well =
                  service.actual == logic::actual_state::ready || service.actual == logic::actual_state::completed;
              if (group.is_null() || !well)
                group = {{"status", well ? "UP" : "DOWN"}};
            }
            reply(id, up ? 200 : 503, dump(out));
          },
          [this, id](const caf::error& why) { refuse(id, why); });
}

void control_state::command(const control_request& request) {
  const auto verb = request.path.substr(request.path.rfind('/') + 1);
  auto parsed = parse_command(verb, request.body, request.trace_id);
  if (!parsed.what.code.empty())
    return refuse(request.id, parsed.what.code == "ERR_CLI_004" ? 501 : 400, parsed.what);
  if (parsed.command.trace_id.empty())
    parsed.command.trace_id = new_trace_id();
  stream_setup setup{request.id, from_now_on, parsed.command, with_.environment, with_.journal, with_.server};
  streams_[request.id] = caf::actor_cast<caf::actor>(self_->spawn<caf::monitored>(event_stream, std::move(setup)));
}

// -- answers -----------------------------------------------------------------------------------------------------

void control_state::reply(std::uint64_t id, int status, const std::string& body) {
  http_reply_out out;
  out.id = id;
  out.status = status;
  out.body = body + "\n";
  self_->send(with_.server, std::move(out));
}

void control_state::refuse(std::uint64_t id, int status, const topology::failure& why) {
  reply(id, status, dump(error_document(why)));
}

void control_state::refuse(std::uint64_t id, const caf::error& why) {
  const auto what = to_failure(why);
  refuse(id, what.code == "ERR_NET_003" ? 504 : 503, what);
}

http_handler_actor make_control(caf::actor_system& system, control_setup setup) {
  const auto control = [](control_pointer self, control_setup given) -> http_handler_actor::behavior_type {
    self->state.init(self, std::move(given));
    return {
        [self](const http_request_in& request) { self->state.hear_request(request); },
        [self](gone_atom, std::uint64_t id) { self->state.hear_gone(id); },
    };
  };
  return system.spawn(control, std::move(setup));
}

} // namespace paws
