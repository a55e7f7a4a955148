// The default topology as drills see it, and answers to their questions.
#pragma once

#include "clusters/base64.hpp"
#include "clusters/kinds.hpp"
#include "logic/drill_kit.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace paws::testing {

struct drill_world {
  topology::document doc;
  logic::cluster_context patroni, redis, etcd;
  logic::steady_time now{std::chrono::hours{1}};

  drill_world() {
    auto loaded = topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
    REQUIRE(loaded.ok());
    doc = std::move(loaded.doc);
    const auto places = topology::place_on_process(doc);
    for (auto* one : {&patroni, &redis, &etcd}) {
      one->places = places;
      one->secrets = {{"POSTGRES_PASSWORD", "hush-pg"},
                      {"REDIS_PASSWORD", "hush-redis"},
                      {"REDIS_SENTINEL_PASSWORD", "hush-sentinel"},
                      {"ETCD_ENGINE_PASSWORD", "hush-engine"}};
    }
    for (const auto& cluster : doc.clusters)
      (cluster.kind == topology::cluster_kind::patroni ? patroni
       : cluster.kind == topology::cluster_kind::etcd  ? etcd
                                                       : redis)
          .cluster = cluster;
  }

  static const logic::drill_kit& kit(const logic::cluster_context& of) {
    const auto* out = clusters::kind_row(of.cluster.kind).drills;
    REQUIRE(out != nullptr);
    return *out;
  }
  /// The first question of this name.
  logic::ask watch(const logic::cluster_context& of, const std::string& name) const {
    for (const auto& each : kit(of).watches(of, &etcd))
      if (each.name == name)
        return each;
    FAIL("nothing is watched as " + name);
    return {};
  }
  logic::ask again(const logic::cluster_context& of, const logic::ask& asked, const logic::answer& got) const {
    return kit(of).again(of, asked, got);
  }
  /// "who what value order", without the order when it is 0.
  std::vector<std::string> sights(const logic::cluster_context& of, const logic::ask& asked,
                                  const logic::answer& got) const {
    std::vector<std::string> out;
    for (const auto& each : kit(of).sights(of, asked, got, now)) {
      CHECK(each.at == now);
      out.push_back(each.who + " " + each.what + " " + each.value +
                    (each.order == 0 ? "" : " @" + std::to_string(each.order)));
    }
    return out;
  }
};

inline logic::answer http(std::string text, int status = 200) {
  logic::answer out;
  out.ok = true;
  out.status = status;
  out.text = std::move(text);
  return out;
}

inline logic::answer rows(std::vector<std::vector<std::string>> all) {
  logic::answer out;
  out.ok = out.sent = true;
  out.rows = std::move(all);
  return out;
}

inline logic::answer said(std::string text) {
  auto out = rows({});
  out.text = std::move(text);
  return out;
}

inline logic::answer failed(std::string error, bool sent = true, std::string sqlstate = "") {
  logic::answer out;
  out.error = std::move(error);
  out.sent = sent;
  out.sqlstate = std::move(sqlstate);
  return out;
}

/// What no daemon sends: to HTTP, to SQL, to Redis.
inline std::vector<logic::answer> garbage() {
  std::vector<logic::answer> out;
  for (const auto* text :
       {"", "\n\n", "{", "[]", "null", "7", "\"x\"", "\xff\xfe", "{}", R"({"result":[]})", R"({"kvs":{}})",
        R"({"header":7,"kvs":[7]})", R"({"header":{"revision":"-3"},"kvs":[{"key":"L3Nl","mod_revision":"9"}]})",
        R"({"header":{"revision":"99999999999999999999"},"members":[7,{"name":7,"ID":[]}],"leader":"x"})",
        R"({"result":{"events":[7,{"kv":7},{"type":7,"kv":{"key":7,"mod_revision":[]}},{"kv":{"key":"%%%%"}}]}})",
        R"({"ID":"7","TTL":"x","grantedTTL":"30","keys":[7]})", R"({"TTL":"9","grantedTTL":"30","keys":"x"})"})
    out.push_back(http(text));
  for (const auto& table : std::vector<std::vector<std::vector<std::string>>>{
           {{}}, {{""}}, {{"true"}}, {{"yes", "00000001", ""}}, {{"x"}, {"y"}}, {{"a", "b", "c", "d"}}})
    out.push_back(rows(table));
  out.push_back(said("OK"));
  return out;
}

} // namespace paws::testing
