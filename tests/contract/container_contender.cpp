#include "tests/contract/container_contender.hpp"

#include "runtimes/docker/names.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <unistd.h>

namespace paws::contract {

namespace {

namespace fs = std::filesystem;

constexpr const char* image = "debian:bookworm-slim";
constexpr std::uint32_t uid = 2005;

docker::engine engine_called(const std::string& name) {
  const auto found = docker::find_engine(name);
  if (const auto* why = std::get_if<topology::failure>(&found))
    FAIL("the contract suite needs " + name + ", with the image " + image + ": " + why->message);
  return std::get<docker::engine>(found);
}

// All members wait for signals as a daemon does, also as process 1.
std::string script_of(habit what) {
  switch (what) {
  case habit::serves:
    return "trap 'exit 0' TERM; echo x >> /data/member/kept; echo ready; while :; do sleep 3600 & wait $!; done";
  case habit::stubborn:
    return "trap '' TERM; echo deaf; while :; do sleep 3600 & wait $!; done";
  case habit::exits:
    return "echo leaving; exit 3";
  }
  return "";
}

} // namespace

container_contender::container_contender(const std::string& engine, caf::actor_system& system)
    : system_{system}, engine_{engine_called(engine)}, api_{engine_} {
  static int count = 0;
  environment_ = "contract" + std::to_string(::getpid()) + "x" + std::to_string(++count);
  REQUIRE(::mkdtemp(root_.data()) != nullptr);
  auto chosen = docker::choose_subnets(engine_, environment_, {"net", "side"});
  if (const auto* why = std::get_if<topology::failure>(&chosen))
    FAIL(why->message);
  networks_ = std::get<0>(chosen);
}

container_contender::~container_contender() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
  sweep("containers/json?all=1&", "/containers/", "Id", "?force=1&v=1");
  sweep("networks?", "/networks/", "Id", "");
  sweep("volumes?", "/volumes/", "Name", "?force=1");
}

runtime_actor container_contender::second() {
  return through(engine_.socket);
}

runtime_actor container_contender::through(const std::string& socket) {
  auto on = engine_;
  on.socket = socket;
  return docker::make_docker_runtime(system_, {environment_, root_, on, networks_});
}

std::string container_contender::address(const std::string& name, int last) const {
  const auto& cidr = networks_.at(name).cidr;
  return cidr.substr(0, cidr.rfind('.') + 1) + std::to_string(last);
}

logic::member_spec container_contender::spec(const std::string& name, habit what) {
  logic::member_spec out;
  out.name = name;
  out.environment = environment_;
  out.image = image;
  out.config_dir = "/paws/config";
  out.run_dir = "/paws/run";
  out.data_dir = "/data/member";
  out.uid = uid;
  out.stop_grace_ms = what == habit::stubborn ? 100 : 60'000;
  out.command = {"/bin/sh", "-c", script_of(what)};
  out.networks = {{"net", address("net", static_cast<int>(11 + std::hash<std::string>{}(name) % 200))}};
  out.address = out.networks[0].address;
  return out;
}

void container_contender::crash(const std::string& name) {
  REQUIRE(call("POST", "/containers/" + container(name) + "/kill?signal=SIGKILL").ok());
}

std::uint32_t container_contender::owner() const {
  return uid;
}

docker::reply container_contender::call(const std::string& method, const std::string& path,
                                        const nlohmann::json& body) {
  docker::request what{.method = method, .path = path, .patience = docker::work_patience};
  if (!body.is_null())
    what.body = body.dump();
  const auto answer = api_.call(what);
  if (const auto* why = docker::why_not(answer))
    FAIL(why->message);
  return std::get<docker::reply>(answer);
}

nlohmann::json container_contender::all_of(const std::string& list) {
  const auto answer = api_.get("/" + list + docker::label_filter(environment_));
  if (docker::why_not(answer) != nullptr)
    return nlohmann::json::array();
  auto said = std::get<docker::reply>(answer).json();
  if (said.is_object())
    said = said.value("Volumes", nlohmann::json::array());
  return said.is_array() ? said : nlohmann::json::array();
}

std::size_t container_contender::labelled(const std::string& list) {
  return all_of(list).size();
}

// Nothing of a failed case stays.
void container_contender::sweep(const std::string& list, const std::string& one, const std::string& key,
                                const std::string& how) {
  for (const auto& each : all_of(list))
    api_.remove(one + each.value(key, "none") + how);
}

std::unique_ptr<contender> make_container_contender(const std::string& engine, caf::actor_system& system) {
  return std::make_unique<container_contender>(engine, system);
}

} // namespace paws::contract
