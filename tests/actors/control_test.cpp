// The control actor between a fake HTTP server and a fake environment, in virtual time: every route, refusals, streams
// that outlive or do not outlive their readers, and the end.
#include "actors/control.hpp"
#include "actors/event_stream.hpp"
#include "actors/journal.hpp"
#include "actors/view_json.hpp"
#include "tests/support/virtual_time.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <sstream>

using namespace paws;
using namespace paws::testing;
using nlohmann::json;

namespace {

struct answer {
  int status = 0;
  std::string type, body;
  bool done = false;
  std::vector<json> lines() const {
    std::vector<json> out;
    std::istringstream in{body};
    for (std::string line; std::getline(in, line);)
      if (!line.empty())
        out.push_back(json::parse(line));
    return out;
  }
};

// Everything around a control actor.
struct world {
  world() {
    view.environment = "paws360";
    view.state = logic::environment_state::ready;
    view.engine_version = "9";
    view.services.resize(2);
    view.services[0].name = "etcd1";
    view.services[0].cluster = "etcd";
    view.services[0].actual = logic::actual_state::ready;
    view.services[1].name = "backend";
    view.services[1].actual = logic::actual_state::ready;
    view.routes.resize(1);
    view.routes[0].name = "patroni-leader";
    log = time.own(time.system().spawn(journal, store_actor{}, std::uint64_t{0}));
    environment = time.own(spawn_environment());
    server = time.own(spawn_server());
    control = make_control(time.system(), {environment, log, server, {}, {}, {}, {}});
    time.settle();
  }
  ~world() {
    pending.clear();
    promises.clear();
    caf::anon_send_exit(control, caf::exit_reason::kill);
    time.shut_down();
  }

  environment_actor spawn_environment() {
    return time.system().spawn([this](environment_actor::pointer self) -> environment_actor::behavior_type {
      return {[this, self](status_atom) -> caf::result<logic::environment_view> {
                if (silent)
                  return pending.emplace_back(self->make_response_promise<logic::environment_view>());
                return view;
              },
              [this](health_atom, const line_list& only) {
                asked_health = only;
                return logic::health_report{"healthy", 1, 1, 5, 0, {}, {}};
              },
              [this, self](const operator_command& command) -> caf::result<command_outcome> {
                commands.push_back(command);
                return promises.emplace_back(self->make_response_promise<command_outcome>());
              },
              [self](actors_atom) { return own_row(self, "environment", "environment", "ready"); },
              [](describe_atom, const std::string& kind) {
                return inspection_list{{kind, kind, {{"members", {"member"}, {{"one"}}}}}};
              },
              [](const logic::service_view&) {},
              [](const logic::route_view&) {},
              [](const cluster_report&) {},
              [this](tick_atom, std::uint64_t at) { promises.at(at).deliver(outcome); },
              [](reach_atom, const std::string&) {},
              [](renew_atom) {},
              [](restart_atom, const std::string&) { return command_outcome{}; },
              [](const command_outcome&) {},
              [](const logic::drill_report&) {},
              [](undo_atom, const fault_list&) {},
              [](const logic::clock_gap&) {},
              [](const awakened&) {}};
    });
  }

  http_server_actor spawn_server() {
    return time.system().spawn([this]() -> http_server_actor::behavior_type {
      return {[](serve_atom, const std::string& path, const http_handler_actor&) { return path; },
              [this](const http_reply_out& reply) {
                answers[reply.id] = {reply.status, reply.content_type, reply.body, true};
              },
              [this](const http_chunk_out& piece) {
                auto& to = answers[piece.id];
                CHECK_FALSE(to.done); // nothing comes after the last piece
                to.status = piece.status;
                to.type = piece.content_type;
                to.body += piece.data;
                to.done = piece.last;
              },
              [](flush_atom, std::uint64_t) { return true; },
              [](stop_atom) { return true; },
              [](actors_atom) { return actor_list{}; }};
    });
  }

  std::uint64_t send(const std::string& method, const std::string& target, const std::string& body = "") {
    caf::anon_send(control, http_request_in{++last_id, method, target, body});
    time.settle();
    return last_id;
  }
  const answer& ask(const std::string& method, const std::string& target, const std::string& body = "") {
    return answers[send(method, target, body)];
  }
  json get(const std::string& target) {
    const auto& got = ask("GET", target);
    CHECK(got.done);
    CHECK(got.status == 200);
    return json::parse(got.body);
  }
  void happen(const std::string& kind, const std::string& subject = "etcd1") {
    caf::anon_send(log, logic::event{0, 1'000'000, kind, subject, "", {}});
    time.settle();
  }
  /// The first command ends with `outcome`.
  void finish_command() { caf::anon_send(environment, tick_atom_v, std::uint64_t{0}); }
  void gone(std::uint64_t id) {
    caf::anon_send(control, gone_atom_v, id);
    time.settle();
  }
  void end_environment() {
    caf::anon_send_exit(environment, caf::exit_reason::user_shutdown);
    time.settle();
  }
  bool control_lives() {
    bool ended = false;
    caf::actor watched = caf::actor_cast<caf::actor>(control);
    auto watcher = time.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
      self->set_down_handler([&](const caf::down_msg&) { ended = true; });
      self->monitor(watched);
      return {[](tick_atom) {}};
    });
    time.settle();
    caf::anon_send_exit(watcher, caf::exit_reason::kill);
    time.settle();
    return !ended;
  }

  std::map<std::uint64_t, answer> answers;
  std::vector<operator_command> commands;
  std::vector<caf::typed_response_promise<command_outcome>> promises;
  std::vector<caf::typed_response_promise<logic::environment_view>> pending;
  line_list asked_health;
  logic::environment_view view;
  command_outcome outcome;
  bool silent = false;
  std::uint64_t last_id = 0;
  virtual_time time;
  journal_actor log;
  environment_actor environment;
  http_server_actor server;
  http_handler_actor control;
};

} // namespace

TEST_CASE("views are served as the contract's JSON") {
  world w;
  const auto status = w.get("/v1/status");
  CHECK(status["environment"] == "paws360");
  CHECK(status["state"] == "ready");
  CHECK(status["services"].size() == 2);
  CHECK(status["start_total_ms"].is_null());
  CHECK(w.get("/v1/health")["status"] == "healthy");
  CHECK(w.asked_health.empty());
  CHECK(w.get("/health/live")["status"] == "UP");
  const auto actors = w.get("/v1/actors")["actors"];
  REQUIRE(actors.size() == 2);
  CHECK(actors[1]["path"] == "control");
}

TEST_CASE("health of some: a list, by name of cluster, service or route, an unknown name is refused with the list") {
  world w;
  w.get("/v1/health?service=etcd&service=backend,patroni-leader");
  CHECK(w.asked_health == line_list{"etcd", "backend", "patroni-leader"});
  w.asked_health.clear();
  const auto& refused = w.ask("GET", "/v1/health?service=etcd%20x");
  CHECK(refused.status == 404);
  const auto error = json::parse(refused.body)["error"];
  CHECK(error["message"] == "nothing here is called etcd x");
  CHECK(error["remedy"] == "choose from: etcd etcd1 backend patroni-leader");
  CHECK(w.asked_health.empty());
}

TEST_CASE("ready is 503 while anything is not") {
  world w;
  CHECK(w.ask("GET", "/health/ready").status == 200);
  w.view.state = logic::environment_state::degraded;
  w.view.services[0].actual = logic::actual_state::exited;
  const auto& got = w.ask("GET", "/health/ready");
  CHECK(got.status == 503);
  const auto said = json::parse(got.body);
  CHECK(said["status"] == "DOWN");
  CHECK(said["dependencies"]["etcd"]["status"] == "DOWN");
  CHECK(said["dependencies"]["backend"]["status"] == "UP");
}

TEST_CASE("every route of the table is in the OpenAPI page") {
  world w;
  const auto page = w.get("/v1/openapi.json");
  for (const auto& route : control_routes())
    CHECK(page["paths"].contains(std::string{route.path}));
  CHECK(page["paths"]["/v1/events"]["get"]["parameters"].size() == 3);
  // And nothing else: whatever the page names is served.
  for (const auto& [path, operations] : page["paths"].items())
    for (const auto& [method, operation] : operations.items()) {
      INFO(method << " " << path);
      CHECK(operation["responses"].contains("200"));
      if (method == "get")
        CHECK(w.ask("GET", path).status != 404);
      else
        CHECK(w.ask("GET", path).status == 405);
    }
}

TEST_CASE("what is not there, and what is not possible there") {
  world w;
  CHECK(w.ask("GET", "/").status == 404);
  CHECK(w.ask("GET", "/v1/status/").status == 404);
  CHECK(w.ask("GET", "/v1/../etc/passwd").status == 404);
  CHECK(w.ask("GET", std::string(8000, '%')).status == 404);
  CHECK(w.ask("DELETE", "/v1/status").status == 405);
  CHECK(json::parse(w.ask("GET", "/v1/commands/down").body)["error"]["remedy"] == "use: POST");
  CHECK(w.ask("HEAD", "/v1/status").status == 200);
  CHECK(w.commands.empty());
}

TEST_CASE("an environment that does not answer is a timeout") {
  world w;
  w.silent = true;
  const auto id = w.send("GET", "/v1/status");
  CHECK_FALSE(w.answers[id].done);
  w.time.advance(6s);
  CHECK(w.answers[id].status == 504);
  CHECK(json::parse(w.answers[id].body)["error"]["code"] == "ERR_NET_003");
}

TEST_CASE("an engine whose environment is stuck does not live") {
  world w;
  CHECK(w.ask("GET", "/health/live").status == 200);
  w.silent = true;
  const auto id = w.send("GET", "/health/live");
  w.time.advance(2s);
  CHECK(w.answers[id].status == 503);
  CHECK(json::parse(w.answers[id].body)["status"] == "DOWN");
}

TEST_CASE("the OpenAPI page says what a body may hold, and that is what is checked") {
  world w;
  const auto page = w.get("/v1/openapi.json");
  const json wrong{{"boolean", 1}, {"integer", "x"}, {"string", 1}, {"array", {1}}, {"object", 1}};
  for (const auto& [path, operations] : page["paths"].items()) {
    if (!operations.contains("post"))
      continue;
    const auto schema = operations["post"]["requestBody"]["content"]["application/json"]["schema"];
    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["properties"].size() == (path == "/v1/send" ? 3 : 16));
    for (const auto& [name, field] : schema["properties"].items()) {
      const auto refused = w.ask("POST", path, json{{name, wrong[field["type"].get<std::string>()]}}.dump());
      INFO(path << " " << name);
      CHECK(refused.status == 400);
      CHECK(refused.body.find("`" + name + "`") != std::string::npos);
    }
    CHECK(w.ask("POST", path, R"({"no_such_field":1})").body.find("`no_such_field`") != std::string::npos);
  }
  CHECK(w.commands.empty());
  CHECK(
      page["paths"]["/v1/commands/reset"]["post"]["requestBody"]["content"]["application/json"]["schema"]["required"] ==
      json::array({"confirm_data_loss"}));
  for (const auto& parameter : page["paths"]["/v1/logs"]["get"]["parameters"])
    CHECK(parameter["schema"].contains("type"));
}

TEST_CASE("a registered message reaches its actor, and the answer comes back") {
  world w;
  const auto send = [&](const json& letter) { return w.ask("POST", "/v1/send", letter.dump()); };
  const auto asked = send({{"actor", "environment"}, {"message", "health"}, {"body", {{"services", {"etcd"}}}}});
  CHECK(asked.status == 200);
  CHECK(json::parse(asked.body)["answer"]["status"] == "healthy");
  CHECK(json::parse(asked.body)["message"] == "health");
  CHECK(w.asked_health == line_list{"etcd"});
  CHECK(json::parse(send({{"actor", "environment"}, {"message", "status"}}).body)["answer"]["state"] == "ready");
  CHECK(json::parse(send({{"actor", "environment"}, {"message", "actors"}}).body)["answer"]["actors"].size() == 1);
}

TEST_CASE("a message that nobody knows is refused with those that are known, a body that does not fit with what does") {
  world w;
  const auto refused = [&](const json& letter) {
    const auto got = w.ask("POST", "/v1/send", letter.dump());
    CHECK(json::parse(got.body)["error"]["code"] == "ERR_CLI_001");
    return std::to_string(got.status) + " " + json::parse(got.body)["error"]["message"].get<std::string>() + " | " +
           json::parse(got.body)["error"]["remedy"].get<std::string>();
  };
  CHECK(refused({{"actor", "nobody"}, {"message", "health"}}) ==
        "404 no actor here is called nobody | choose from: environment, control");
  CHECK(refused({{"actor", "environment"}, {"message", "explode"}}) ==
        "404 environment (environment) has no message explode | choose from: actors, status, health, describe");
  CHECK(refused({{"actor", "environment"}, {"message", "status"}, {"body", {{"x", 1}}}}) ==
        "400 `status` knows no field `x` | it takes nothing: leave the JSON out");
  CHECK(refused({{"actor", "environment"}, {"message", "describe"}}) ==
        "400 `describe` needs `kind` | it takes a JSON object with: kind");
  CHECK(refused({{"actor", "environment"}, {"message", "health"}, {"body", {{"services", "etcd"}}}}).find("a list") !=
        std::string::npos);
  CHECK(refused({{"actor", "control"}, {"message", "actors"}}) ==
        "404 control (control) has no message actors | it takes none");
  CHECK(refused({{"actor", "environment"}}).starts_with("400 send needs `actor` and `message`"));
  CHECK(refused({{"actor", 1}, {"message", "health"}}).starts_with("400 `actor` must be a name"));
  CHECK(refused({{"actor", "a"}, {"message", "b"}, {"body", 1}}).starts_with("400 `body` must be a JSON object"));
  CHECK(refused(json::array()).starts_with("400 the body is no JSON object"));
}

TEST_CASE("a page of events: since, limit, and numbers that are none") {
  world w;
  for (int i = 0; i < 5; ++i)
    w.happen("service_state");
  CHECK(w.ask("GET", "/v1/events").lines().size() == 5);
  const auto page = w.ask("GET", "/v1/events?since=2&limit=2").lines();
  REQUIRE(page.size() == 2);
  CHECK(page[0]["seq"] == 3);
  CHECK(page[1]["seq"] == 4);
  CHECK(w.ask("GET", "/v1/events?since=now").lines().empty());
  CHECK(w.ask("GET", "/v1/events?since=18446744073709551615").lines().empty());
  for (const auto* bad : {"since=-1", "since=x", "since=1x", "since=99999999999999999999", "limit=1e3", "since=%00"})
    CHECK(w.ask("GET", std::string{"/v1/events?"} + bad).status == 400);
}

TEST_CASE("a follower gets what was, then what comes, each once and in order") {
  world w;
  for (int i = 0; i < 3; ++i)
    w.happen("service_state");
  const auto id = w.send("GET", "/v1/events?follow=1&since=1");
  CHECK(w.answers[id].lines().size() == 2);
  w.happen("leader_changed");
  w.happen("cluster_state");
  const auto lines = w.answers[id].lines();
  REQUIRE(lines.size() == 4);
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(lines[i]["seq"] == i + 2);
  CHECK_FALSE(w.answers[id].done);
  CHECK(w.answers[id].type == "application/x-ndjson");
}

TEST_CASE("a follower of a long past misses nothing") {
  world w;
  for (int i = 0; i < 2'500; ++i)
    caf::anon_send(w.log, logic::event{0, 1, "service_state", "etcd1", "", {}});
  const auto id = w.send("GET", "/v1/events?follow=true");
  w.happen("leader_changed");
  const auto lines = w.answers[id].lines();
  REQUIRE(lines.size() == 2'501);
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i]["seq"] != i + 1)
      FAIL("a gap at " << i);
}

TEST_CASE("a follower that leaves is forgotten, one that follows from now on gets nothing old") {
  world w;
  w.happen("service_state");
  const auto id = w.send("GET", "/v1/events?follow=1&since=now");
  CHECK(w.answers[id].status == 200); // it is told at once that it is served
  CHECK(w.answers[id].body.empty());
  w.gone(id);
  w.gone(id);
  w.gone(4711);
  const auto before = w.answers[id].body;
  w.happen("service_state");
  CHECK(w.answers[id].body == before);
  CHECK(w.get("/v1/actors")["actors"][1]["state"] == "0 streams");
}

TEST_CASE("a command streams what happens meanwhile, its outcome is the last line") {
  world w;
  w.happen("service_state");
  const auto id = w.send("POST", "/v1/commands/start", R"({"keep_on_failure":true,"wait_timeout_ms":5000})");
  REQUIRE(w.commands.size() == 1);
  CHECK(w.commands[0].name == "start");
  CHECK(w.commands[0].keep_on_failure);
  CHECK(w.commands[0].wait_timeout_ms == 5000);
  w.happen("start_called");
  // the outcome and the last event at the same instant: the event comes first
  caf::anon_send(w.log, logic::event{0, 1, "environment_state", "paws360", "", {}});
  auto& outcome = w.outcome;
  outcome.name = "start";
  outcome.code = topology::exit_code::unhealthy;
  outcome.what = {"ERR_ENG_003", "etcd1 failed", "look"};
  outcome.culprit = "etcd1";
  outcome.log = {"bad flag \xff"};
  w.finish_command();
  w.time.settle();
  const auto lines = w.answers[id].lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["kind"] == "start_called");
  CHECK(lines[1]["kind"] == "environment_state");
  const auto back = outcome_from_json(lines[2]);
  CHECK(back.code == topology::exit_code::unhealthy);
  CHECK(back.what.code == "ERR_ENG_003");
  CHECK(back.culprit == "etcd1");
  REQUIRE(back.log.size() == 1);
  CHECK(back.log[0].starts_with("bad flag"));
  CHECK(w.answers[id].done);
}

TEST_CASE("a command goes on when its reader leaves") {
  world w;
  const auto id = w.send("POST", "/v1/commands/start");
  w.gone(id);
  REQUIRE(w.promises.size() == 1);
  CHECK(w.promises[0].pending());
  w.finish_command();
  w.time.settle();
  CHECK(w.answers[id].lines().empty());
  CHECK(w.control_lives());
}

TEST_CASE("bodies that are no command are refused, and nothing is done") {
  world w;
  for (const auto* body : {"{", "[]", "7", "\"down\"", "null", R"({"volumes":1})", R"({"volumes":"yes"})",
                           R"({"wait_timeout_ms":-1})", R"({"wait_timeout_ms":86400001})", R"({"wait_timeout_ms":1.5})",
                           R"({"wait_timeout_ms":1e99})", R"({"violence":true})", "{\"\xff\":true}"}) {
    const auto& refused = w.ask("POST", "/v1/commands/down", body);
    INFO(body);
    CHECK(refused.status == 400);
    CHECK(json::parse(refused.body)["error"]["code"] == "ERR_CLI_001");
  }
  for (const auto& [verb, body] :
       std::vector<std::pair<std::string, std::string>>{{"down", R"({"volumes":true})"},
                                                        {"down", R"({"volumes":true,"confirm_data_loss":false})"},
                                                        {"reset", "{}"},
                                                        {"reinit", R"({"target":"etcd3"})"},
                                                        {"failover", R"({"services":["etcd1"]})"},
                                                        {"down", R"({"services":["etcd1"]})"},
                                                        {"reset", R"({"services":["etcd1"],"confirm_data_loss":true})"},
                                                        {"pause", R"({"services":["etcd1"]})"},
                                                        {"resume", R"({"services":["etcd1"]})"}}) {
    INFO(verb << " " << body);
    const auto& refused = w.ask("POST", "/v1/commands/" + verb, body);
    CHECK(refused.status == 400);
    CHECK(json::parse(refused.body)["error"]["code"] == "ERR_CLI_001");
  }
  CHECK(w.ask("POST", "/v1/commands/down", std::string(100'000, '[')).status == 400); // nesting without end
  CHECK(w.ask("POST", "/v1/commands/selfdestruct", "{}").status == 404);
  CHECK(w.commands.empty());
}

TEST_CASE("when the environment has ended, followers get their last events and an end, then control ends") {
  world w;
  const auto follower = w.send("GET", "/v1/events?follow=1&since=now");
  const auto command = w.send("POST", "/v1/commands/down", R"({"volumes":true,"confirm_data_loss":true})");
  REQUIRE(w.commands.size() == 1);
  CHECK(w.commands[0].destroy_data);
  w.outcome.name = "down";
  caf::anon_send(w.log, logic::event{0, 1, "command_ended", "down", "", {}});
  w.finish_command();
  w.end_environment();
  CHECK(w.answers[command].done);
  CHECK(w.answers[command].lines().back().contains("result"));
  CHECK(w.answers[follower].done);
  REQUIRE_FALSE(w.answers[follower].lines().empty());
  CHECK(w.answers[follower].lines().back()["kind"] == "command_ended");
  CHECK_FALSE(w.control_lives());
}

TEST_CASE("a command that dies with the environment says so") {
  world w;
  const auto id = w.send("POST", "/v1/commands/start");
  w.end_environment();
  const auto lines = w.answers[id].lines();
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.back()["result"]["error"]["code"] == "ERR_ENG_006");
  CHECK(w.answers[id].done);
  CHECK_FALSE(w.control_lives());
}
