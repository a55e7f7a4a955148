// The grounds of the container runtimes: an environment of its own on the engine for each case, gone afterwards.
#pragma once

#include "runtimes/docker/api.hpp"
#include "runtimes/docker/docker_runtime.hpp"
#include "tests/contract/contender.hpp"

namespace paws::contract {

/// What is on the engine behind the runtime's back.
class container_contender : public contender {
public:
  container_contender(const std::string& engine, caf::actor_system& system);
  ~container_contender() override;

  runtime_actor runtime() override { return second(); }
  runtime_actor second() override;
  /// A runtime that reaches the engine through another socket.
  runtime_actor through(const std::string& socket);
  logic::member_spec spec(const std::string& name, habit what) override;
  void crash(const std::string& name) override;
  std::uint32_t owner() const override;

  const std::string& environment() const { return environment_; }
  const docker::engine& engine() const { return engine_; }
  std::string container(const std::string& name) const { return environment_ + "-" + name; }
  /// Address `last` of the network `name`.
  std::string address(const std::string& name, int last) const;
  const std::map<std::string, docker::subnet>& networks() const { return networks_; }
  docker::reply call(const std::string& method, const std::string& path, const nlohmann::json& body = nullptr);
  /// How many containers, networks or volumes ("containers/json?all=1&", "networks?", "volumes?") carry the
  /// environment's label.
  std::size_t labelled(const std::string& list);

private:
  void sweep(const std::string& list, const std::string& one, const std::string& key, const std::string& how);
  nlohmann::json all_of(const std::string& list);

  caf::actor_system& system_;
  docker::engine engine_;
  docker::api api_;
  std::string environment_;
  std::string root_ = "/tmp/paws-contract-XXXXXX";
  std::map<std::string, docker::subnet> networks_;
};

} // namespace paws::contract
