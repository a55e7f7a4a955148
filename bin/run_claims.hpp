// What one run has for itself alone on this machine: a name, a range of loopback addresses, ports. Each is claimed as a
// name in the kernel (an abstract socket), which is of the same reach as addresses and ports themselves (the network
// namespace), can be had by one process only, and is given back however that process ends.
#pragma once

#include "bin/port_owner.hpp"
#include "store/durable_file.hpp"
#include "topology/failure.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

class claims {
public:
  /// False when somebody holds `what` already.
  bool take(const std::string& what);

private:
  std::vector<store::descriptor> held_;
};

/// Ranges of addresses that runs choose from: 127.64.0.0/24 to 127.127.255.0/24.
inline constexpr std::uint32_t run_subnets = 64U * 256;

/// The `number`-th of them, modulo their number: "127.64.0.0/24".
std::string run_subnet(std::uint32_t number);

/// Whether somebody listens within `subnet`, as run_subnet writes it.
bool is_used(const std::string& subnet, const std::vector<listener>& all);

/// The first of them from number `first` on that nobody uses or has claimed: it is ours from now on. ERR_NET_001 when
/// there is none.
std::variant<std::string, topology::failure> claim_subnet(claims& into, const std::vector<listener>& all,
                                                          std::uint32_t first);

/// Ports that runs choose from: below those that the kernel gives to outgoing connections.
struct port_range {
  std::uint16_t first = 15'000, last = 32'767;
};

/// What is left of it where outgoing connections begin at port `ephemeral_first`; all of it where nothing would be.
port_range run_ports(std::uint32_t ephemeral_first);

/// `count` ports of 127.0.0.1 from the `start`-th of `from` on, that nobody uses or has claimed: they are ours from now
/// on. ERR_NET_001 when there are not so many.
std::variant<std::vector<std::uint16_t>, topology::failure>
claim_ports(claims& into, const std::vector<listener>& all, port_range from, std::size_t count, std::uint32_t start);

/// `base`, cut where it must be, and `suffix`: "paws360-k3x9ab". At most 31 characters, as names of environments are.
std::string run_name(const std::string& base, const std::string& suffix);

/// Six random letters and digits; a number.
std::string random_suffix();
std::uint32_t random_number();

} // namespace paws::bin
