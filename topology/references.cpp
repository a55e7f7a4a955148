#include "topology/references.hpp"

#include "topology/limits.hpp"
#include "topology/problem.hpp"

#include <algorithm>
#include <array>

namespace paws::topology {

namespace {

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

using names = std::vector<std::string>;

void append(names& into, const std::vector<std::string>& list) {
  into.insert(into.end(), list.begin(), list.end());
}

names secret_candidates(const document& doc) {
  names out;
  append(out, doc.secrets.generate);
  append(out, doc.secrets.user_provided);
  return out;
}

names route_candidates(const document& doc) {
  names out;
  for (const auto& route : doc.routes)
    out.push_back(route.name);
  return out;
}

names sentinel_candidates(const document& doc) {
  names out;
  for (const auto& cluster : doc.clusters)
    if (!cluster.sentinels.empty())
      out.push_back(cluster.name);
  return out;
}

names address_candidates(const document& doc) {
  names out;
  for (const auto& cluster : doc.clusters) {
    append(out, cluster.members);
    append(out, cluster.sentinels);
  }
  if (doc.has_routing)
    out.push_back(doc.routing.service);
  for (const auto& service : doc.services)
    out.push_back(service.name);
  return out;
}

names port_candidates(const document& doc) {
  names out;
  for (const auto& service : doc.services)
    for (const auto& [port, number] : service.publish)
      out.push_back(service.name + "/" + port);
  return out;
}

names control_candidates(const document& doc) {
  return doc.control.port == 0 ? names{} : names{"listen"};
}

// What a wrong word may have been meant to be.
std::string hint(const std::string& wrong, const names& known) {
  return suggestion(wrong, {known.begin(), known.end()});
}

// One kind of reference: what it may name, and what it becomes.
struct reference_row {
  std::string_view kind;
  names (*candidates)(const document&);
  std::string_view nothing; // completes "`x` is …" when it names nothing
};

constexpr std::array rows{
    reference_row{"secret", secret_candidates, "not listed in `secrets`"},
    reference_row{"route", route_candidates, "no route"},
    reference_row{"sentinels", sentinel_candidates, "no cluster with Sentinels"},
    reference_row{"address", address_candidates, "no member or service"},
    reference_row{"control", control_candidates,
                  "no listener: the topology needs `control: { listen: 127.0.0.1:PORT }`"},
    reference_row{"port", port_candidates, "no port of a service: SERVICE/NAME of `publish`"},
};

const reference_row* row_of(std::string_view kind) {
  const auto row = std::ranges::find(rows, kind, &reference_row::kind);
  return row == rows.end() ? nullptr : row;
}

// A container is found by name in every network that it shares with whoever asks; its address holds in one only.
std::string address_of(const placement& places, const std::string& member) {
  const auto found = places.members.find(member);
  if (found == places.members.end())
    return "";
  return places.containers ? member : found->second.address;
}

// The value of a reference that check_reference found good; "" when `places` lacks it.
std::string value_of(const text_piece& piece, const document& doc, const placement& places) {
  if (piece.kind == "address")
    return address_of(places, piece.text);
  if (piece.kind == "control")
    return places.control_address.empty() ? "" : places.control_address + ":" + std::to_string(doc.control.port);
  if (piece.kind == "port") {
    const auto slash = piece.text.find('/');
    const auto& service = *std::ranges::find(doc.services, piece.text.substr(0, slash), &service::name);
    return std::to_string(service.publish.at(piece.text.substr(slash + 1)));
  }
  if (piece.kind == "route") {
    const auto& route = *std::ranges::find(doc.routes, piece.text, &route::name);
    if (places.containers) // the carrier answers to its routes' names
      return route.name + ":" + std::to_string(route.port);
    if (route.publish != 0)
      return places.publish_address + ":" + std::to_string(route.publish);
    const auto address = address_of(places, doc.routing.service);
    return address.empty() ? "" : address + ":" + std::to_string(route.port);
  }
  std::string out;
  for (const auto& sentinel : std::ranges::find(doc.clusters, piece.text, &cluster::name)->sentinels) {
    const auto address = address_of(places, sentinel);
    if (address.empty())
      return "";
    out += (out.empty() ? "" : ",") + address + ":" + std::to_string(limits::sentinel_port);
  }
  return out;
}

} // namespace

std::variant<std::vector<text_piece>, std::string> split_references(std::string_view text) {
  std::vector<text_piece> out;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty())
      out.push_back({"", std::move(literal)});
    literal.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("$${")) {
      literal += "${";
      i += 3;
      continue;
    }
    if (!text.substr(i).starts_with("${")) {
      literal += text[i++];
      continue;
    }
    const auto end = text.find('}', i);
    const auto colon = text.find(':', i);
    if (end == std::string_view::npos)
      return quoted(text.substr(i)) + " has no closing brace; write $${ for a literal ${";
    if (colon == std::string_view::npos || colon > end)
      return quoted(text.substr(i, end + 1 - i)) + " is no reference: write ${kind:name}, or $${ for a literal ${";
    flush();
    out.push_back(
        {std::string{text.substr(i + 2, colon - i - 2)}, std::string{text.substr(colon + 1, end - colon - 1)}});
    if (out.back().is_literal())
      return quoted(text.substr(i, end + 1 - i)) + " is no reference: its kind is missing";
    i = end + 1;
  }
  flush();
  return out;
}

std::string check_reference(const document& doc, const text_piece& piece) {
  if (piece.is_literal())
    return "";
  const auto* row = row_of(piece.kind);
  if (row == nullptr) {
    names kinds;
    for (const auto& known : rows)
      kinds.emplace_back(known.kind);
    return "unknown kind of reference " + quoted(piece.kind) + hint(piece.kind, kinds);
  }
  const auto known = row->candidates(doc);
  if (contains(known, piece.text))
    return "";
  return quoted("${" + piece.kind + ":" + piece.text + "}", 100) + ": " + quoted(piece.text) + " is " +
         std::string{row->nothing} + hint(piece.text, known);
}

std::string check_references(const document& doc, std::string_view text) {
  const auto pieces = split_references(text);
  if (const auto* wrong = std::get_if<std::string>(&pieces))
    return *wrong;
  for (const auto& piece : std::get<std::vector<text_piece>>(pieces))
    if (auto wrong = check_reference(doc, piece); !wrong.empty())
      return wrong;
  return "";
}

failure missing_secret(const std::string& name) {
  // The whole sentence is the message: it is part of the contract as it stands.
  return {"ERR_SEC_001", "Missing secret: " + name + ". Run: make local-gen-secrets", ""};
}

std::variant<std::string, failure> expand(std::string_view text, const document& doc, const placement& places,
                                          const std::map<std::string, std::string>& secrets) {
  const auto invalid = [](std::string why) { return failure{"ERR_TOPO_001", std::move(why), "correct the topology"}; };
  const auto pieces = split_references(text);
  if (const auto* wrong = std::get_if<std::string>(&pieces))
    return invalid(*wrong);
  std::string out;
  for (const auto& piece : std::get<std::vector<text_piece>>(pieces)) {
    if (auto wrong = check_reference(doc, piece); !wrong.empty())
      return invalid(std::move(wrong));
    if (piece.is_literal()) {
      out += piece.text;
      continue;
    }
    if (piece.kind == "secret") {
      const auto found = secrets.find(piece.text);
      if (found == secrets.end())
        return contains(doc.secrets.generate, piece.text)
                   ? missing_secret(piece.text)
                   : failure{"ERR_SEC_001", "Missing secret: " + piece.text,
                             "add the line " + piece.text + "=... to " + doc.secrets.file};
      out += found->second;
      continue;
    }
    const auto value = value_of(piece, doc, places);
    if (value.empty())
      return invalid("${" + piece.kind + ":" + piece.text + "} has no address on this runtime");
    out += value;
  }
  return out;
}

} // namespace paws::topology
