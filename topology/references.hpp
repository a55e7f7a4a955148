// References in texts of a topology file: ${secret:NAME} ${route:NAME} ${sentinels:CLUSTER} ${address:MEMBER}
// ${port:SERVICE/NAME} ${control:listen}.
// `$${` stands for a literal `${`; a lone `$` is a `$`. Pure: checked when a file is loaded, filled in when it is known
// where everything lives.
#pragma once

#include "topology/failure.hpp"
#include "topology/model.hpp"
#include "topology/placement.hpp"

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace paws::topology {

/// A stretch of a text: literal (kind is "") or a reference such as {"route", "patroni-leader"}.
struct text_piece {
  std::string kind;
  std::string text; // the literal, or the name

  bool is_literal() const { return kind.empty(); }
};

/// The pieces of `text`, or what is wrong with how a reference is written.
std::variant<std::vector<text_piece>, std::string> split_references(std::string_view text);

/// Why `piece` refers to nothing in `doc`, or "" when it does (or is literal).
std::string check_reference(const document& doc, const text_piece& piece);

/// What is wrong with the references in `text`, or "".
std::string check_references(const document& doc, std::string_view text);

/// `text` with every reference replaced:
///   secret     its value (ERR_SEC_001 when `secrets` lacks it)
///   route      "address:port": the published port on 127.0.0.1, or the routing service's own when it is not published
///   sentinels  "address:26379,…" of every Sentinel of the cluster, in file order
///   port       the number of the port NAME that a service publishes
///   control    "address:port" of the engine's own listener, of containers by their network's gateway
///   address    the address of a member, Sentinel, service or the routing service
/// ERR_TOPO_001 for what the loader would have refused.
std::variant<std::string, failure> expand(std::string_view text, const document& doc, const placement& places,
                                          const std::map<std::string, std::string>& secrets);

/// "Missing secret: NAME. Run: make local-gen-secrets" (ERR_SEC_001).
failure missing_secret(const std::string& name);

} // namespace paws::topology
