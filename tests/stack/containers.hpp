// A container engine as its own command line shows it: what the engine of ours made there, seen without it.
#pragma once

#include "tests/stack/stack.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace paws::e2e {

class container_engine {
public:
  /// docker or podman; both are asked with `docker`, over the socket.
  explicit container_engine(const std::string& name);

  /// It answers, and has the images of the default topology. Says why not with a warning.
  bool usable() const;
  const std::string& socket() const { return socket_; }
  outcome run(std::vector<std::string> words, std::chrono::milliseconds limit = std::chrono::seconds{60}) const;
  /// The first line of its output, after it ended well.
  std::string word(const std::vector<std::string>& words) const;
  nlohmann::json inspect(const std::string& container) const;

  /// Ids of everything that carries the environment's label: `kind` is container, volume or network.
  std::vector<std::string> labelled(const std::string& kind, const std::string& environment) const;
  /// Name -> "<id> <StartedAt>" of the environment's containers.
  std::map<std::string, std::string> lives(const std::string& environment) const;
  void remove_all(const std::string& environment) const;
  /// Ends the container engine itself and starts it again; `how`: SIGTERM or SIGKILL. False, and nothing done, when
  /// tools/container-engines has not started it: somebody else's containers may run on it.
  bool restart(int how) const;

private:
  std::string name_, socket_;
};

/// The container of a member of `s`.
inline std::string container_of(const stack& s, const std::string& member) {
  return s.name() + "-" + member;
}

/// Ports below 32768 of 127.0.0.1 that answer, and those in `also`.
std::vector<std::uint16_t> open_ports(const std::vector<std::uint16_t>& also);

} // namespace paws::e2e
