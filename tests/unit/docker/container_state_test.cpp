#include "runtimes/docker/container_state.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::docker;
using nlohmann::json;

namespace {

json inspected(const std::string& state) {
  return json::parse(R"({"Id":"c19dc9","Image":"sha256:d92b","State":)" + state +
                     R"(,"Config":{"Labels":{"io.paws-engine.environment":"e","io.paws-engine.member":"a"}},)"
                     R"("Mounts":[{"Type":"volume","Name":"e_a_data"},{"Type":"bind","Source":"/x"}],)"
                     R"("NetworkSettings":{"Networks":{"e_infra":{"IPAddress":"172.30.1.11"}}}})");
}

constexpr const char* started = R"("StartedAt":"2026-11-27T23:16:41.83111165Z")";

} // namespace

TEST_CASE("a container that runs, as Docker tells of it") {
  const auto state = read_container(
      inspected(R"({"Status":"running","Running":true,"Paused":false,"OOMKilled":false,"Pid":21578,"ExitCode":0,)" +
                std::string{started} + R"(,"FinishedAt":"0001-01-01T00:00:00Z"})"));
  REQUIRE(state);
  CHECK(state->status == container_status::running);
  CHECK(state->pid == 21578);
  CHECK(state->started_ns == 1'795'821'401'831'111'650);
  CHECK(state->finished_ns == 0);
  CHECK(state->exit_code == -1);
  CHECK(state->labels.at("io.paws-engine.member") == "a");
  CHECK(state->volumes == std::vector<std::string>{"e_a_data"});
  CHECK(state->addresses.at("e_infra") == "172.30.1.11");
  CHECK(life_of(*state) == "c19dc9@1795821401831111650");
  const auto info = info_of(*state, "a");
  CHECK(info.id == life_of(*state));
  CHECK(info.started_at_us == 1'795'821'401'831'111);
}

TEST_CASE("the states of both engines") {
  const auto status = [](const std::string& said, const std::string& more = "") {
    return read_container(inspected("{\"Status\":\"" + said + "\"," + started + more + "}"))->status;
  };
  CHECK(status("created") == container_status::created);
  CHECK(status("configured") == container_status::created);
  CHECK(status("initialized") == container_status::created);
  CHECK(status("running") == container_status::running);
  CHECK(status("running", R"(,"Paused":true)") == container_status::paused);
  CHECK(status("paused") == container_status::paused);
  CHECK(status("stopping") == container_status::running);
  CHECK(status("stopped") == container_status::exited);
  CHECK(status("exited") == container_status::exited);
  CHECK(status("dead") == container_status::exited);
  CHECK(status("unheard of", R"(,"Running":true)") == container_status::running);
}

TEST_CASE("how it ended: a code of its own, or a signal") {
  const auto ended = [](int code) {
    return *read_container(inspected("{\"Status\":\"exited\",\"ExitCode\":" + std::to_string(code) + "," + started +
                                     R"(,"FinishedAt":"2026-11-27T23:16:43Z"})"));
  };
  CHECK(ended(3).exit_code == 3);
  CHECK(ended(3).exit_signal == 0);
  CHECK(ended(0).exit_code == 0);
  CHECK(ended(137).exit_signal == 9);
  CHECK(ended(137).exit_code == -1);
  CHECK(ended(143).exit_signal == 15);
  CHECK(ended(128).exit_code == 128);
  CHECK(ended(255).exit_code == 255);
  CHECK(ended(0).finished_ns == 1'795'821'403'000'000'000);
}

TEST_CASE("numbers and truths may come as text") {
  const auto state = read_container(
      inspected(R"({"Status":"exited","ExitCode":"3","OOMKilled":"true","Pid":"0",)" + std::string{started} + "}"));
  REQUIRE(state);
  CHECK(state->exit_code == 3);
  CHECK(state->oom_killed);
}

TEST_CASE("one whose only start failed was never started") {
  const auto state = read_container(inspected(
      R"({"Status":"exited","ExitCode":128,"StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"})"));
  REQUIRE(state);
  CHECK(state->status == container_status::created);
  CHECK(life_of(*state) == "c19dc9");
}

TEST_CASE("what is no container is none") {
  CHECK_FALSE(read_container(json::parse("null")));
  CHECK_FALSE(read_container(json::parse("[]")));
  CHECK_FALSE(read_container(json::parse(R"({"Id":"x"})")));
  CHECK_FALSE(read_container(json::parse(R"({"Id":7,"State":{}})")));
  CHECK(read_container(json::parse(R"({"Id":"x","State":{},"Mounts":7,"Config":[],"NetworkSettings":"y"})")));
}

TEST_CASE("times of the engines") {
  CHECK(parse_time_ns("1970-01-01T00:00:01Z") == 1'000'000'000);
  CHECK(parse_time_ns("1970-01-01T00:00:01.5Z") == 1'500'000'000);
  CHECK(parse_time_ns("1970-01-01T01:00:01.000000001+01:00") == 1'000'000'001);
  CHECK(parse_time_ns("1970-01-01T00:00:01.1234567899Z") == 1'123'456'789);
  for (const auto* none : {"", "0001-01-01T00:00:00Z", "1970-01-01", "1970-01-01T00:00:01", "1970-13-01T00:00:01Z",
                           "1970-01-01T00:00:01Zx", "1970-01-01T25:00:01Z", "9999-01-01T00:00:00Z", "hello"})
    CHECK(parse_time_ns(none) == 0);
}
