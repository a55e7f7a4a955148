#include "topology/failure.hpp"

#include <array>

namespace paws::topology {

namespace {

using enum exit_code;

constexpr std::array table{
    error_row{"ERR_SYS_000", "SYSTEM", "unexpected internal failure", general},
    error_row{"ERR_SYS_001", "SYSTEM", "not enough memory", resource},
    error_row{"ERR_SYS_002", "SYSTEM", "not enough disk space", resource},
    error_row{"ERR_SYS_003", "SYSTEM", "a directory or file cannot be used", invalid},
    error_row{"ERR_SYS_004", "SYSTEM", "a program that is needed is not installed", invalid},
    error_row{"ERR_SYS_005", "SYSTEM", "interrupted", interrupted},
    error_row{"ERR_SYS_006", "SYSTEM", "not enough processors", resource},
    error_row{"ERR_NET_001", "NETWORK", "a port is already in use", resource},
    error_row{"ERR_NET_002", "NETWORK", "a peer cannot be reached", network},
    error_row{"ERR_NET_003", "NETWORK", "no answer in time", network},
    error_row{"ERR_NET_004", "NETWORK", "the engine has no connection free", network},
    error_row{"ERR_NET_005", "NETWORK", "no address range is free for a network", resource},
    error_row{"ERR_CLI_001", "CLI", "invalid use of the command line", invalid},
    error_row{"ERR_CLI_002", "CLI", "no engine runs for this environment", invalid},
    error_row{"ERR_CLI_003", "CLI", "several environments match", invalid},
    error_row{"ERR_CLI_004", "CLI", "not built into this version", invalid},
    error_row{"ERR_CLI_005", "CLI", "the command of a run cannot be executed", invalid},
    error_row{"ERR_CLI_006", "CLI", "the command of a run was never run", general},
    error_row{"ERR_TOPO_001", "TOPOLOGY", "the topology file is invalid", invalid},
    error_row{"ERR_TOPO_002", "TOPOLOGY", "the topology file cannot be read", invalid},
    error_row{"ERR_SEC_001", "SECRETS", "a secret is missing", invalid},
    error_row{"ERR_SEC_002", "SECRETS", "the secrets file is not safe to use", invalid},
    error_row{"ERR_SEC_003", "SECURITY", "a certificate or the certificate authority is wrong", invalid},
    error_row{"ERR_SEC_004", "SECURITY", "an encrypted connection is refused", unhealthy},
    error_row{"ERR_SEC_005", "SECURITY", "etcd refuses a password", unhealthy},
    error_row{"ERR_SEC_006", "SECURITY", "data was made with another encryption setting", unhealthy},
    error_row{"ERR_SEC_007", "SECRETS", "a change of secrets stands still", unhealthy},
    error_row{"ERR_SEC_008", "SECRETS", "secrets cannot be changed now", invalid},
    error_row{"ERR_RUN_001", "RUNTIME", "no usable runtime", invalid},
    error_row{"ERR_RUN_002", "RUNTIME", "the runtime failed to do what was asked", general},
    error_row{"ERR_RUN_003", "RUNTIME", "the runtime does not support this", invalid},
    error_row{"ERR_RUN_004", "RUNTIME", "the container engine cannot be reached", network},
    error_row{"ERR_RUN_005", "RUNTIME", "the environment lives on another runtime", invalid},
    error_row{"ERR_IMG_001", "IMAGES", "an image is missing", invalid},
    error_row{"ERR_IMG_002", "IMAGES", "an image is for another platform", invalid},
    error_row{"ERR_IMG_003", "IMAGES", "an image could not be built or pulled", invalid},
    error_row{"ERR_IMG_004", "IMAGES", "a service could not be built from its sources", invalid},
    error_row{"ERR_ENG_001", "ENGINE", "another engine already holds this environment", invalid},
    error_row{"ERR_ENG_002", "ENGINE", "the environment did not become ready in time", network},
    error_row{"ERR_ENG_003", "ENGINE", "a service failed", unhealthy},
    error_row{"ERR_ENG_004", "ENGINE", "another command is in progress", invalid},
    error_row{"ERR_ENG_005", "ENGINE", "the environment is not healthy", unhealthy},
    error_row{"ERR_ENG_006", "ENGINE", "the engine ended unexpectedly", general},
    error_row{"ERR_ENG_007", "ENGINE", "the saved state was written by a newer engine", invalid},
    error_row{"ERR_ENG_008", "ENGINE", "the saved state is damaged", invalid},
    error_row{"ERR_ENG_009", "ENGINE", "the record of injected faults is damaged", invalid},
    error_row{"ERR_ENG_010", "ENGINE", "a change of the topology cannot be applied while it runs", invalid},
    error_row{"ERR_REC_001", "RECOVERY", "a manual recovery is not safe or not possible now", invalid},
    error_row{"ERR_REC_002", "RECOVERY", "a manual recovery has not come to its end", unhealthy},
    error_row{"ERR_DRILL_001", "DRILL", "a drill has not passed", unhealthy},
    error_row{"ERR_DRILL_002", "DRILL", "a fault could not be taken back", general},
    error_row{"ERR_DRILL_003", "DRILL", "a fault of an earlier drill is still open", invalid},
    error_row{"ERR_CLOCK_001", "CLOCK", "clocks are out of step", unhealthy},
    error_row{"ERR_ETCD_001", "ETCD", "quorum failure", unhealthy},
    error_row{"ERR_ETCD_002", "ETCD", "disk space exhausted", unhealthy},
    error_row{"ERR_PATRONI_001", "PATRONI", "leader election timeout", unhealthy},
    error_row{"ERR_PATRONI_002", "PATRONI", "replication lag exceeded", unhealthy},
    error_row{"ERR_PATRONI_003", "PATRONI", "etcd knows nothing of the data that is there", unhealthy},
    error_row{"ERR_SQL_001", "DATABASE", "a directory or file of SQL cannot be used", invalid},
    error_row{"ERR_SQL_002", "DATABASE", "an applied migration was changed afterwards", invalid},
    error_row{"ERR_SQL_003", "DATABASE", "a statement of a file failed", general},
    error_row{"ERR_SQL_004", "DATABASE", "a member does not have what was applied", unhealthy},
    error_row{"ERR_SQL_005", "DATABASE", "PostgreSQL is not ready for what was asked", unhealthy},
    error_row{"ERR_REDIS_001", "REDIS", "Sentinel quorum lost", unhealthy},
};

} // namespace

std::span<const error_row> error_table() {
  return table;
}

const error_row& find_error(std::string_view code) {
  for (const auto& row : table)
    if (row.code == code)
      return row;
  return table.front();
}

std::string to_string(const failure& what) {
  std::string out = "[";
  out += find_error(what.code).component;
  out += "] " + what.code + ": " + what.message;
  if (!what.remedy.empty())
    out += " | " + what.remedy;
  return out;
}

} // namespace paws::topology
