// The codes of the registry that clusters say, with the thresholds at which they say them.
#include "clusters/etcd_view.hpp"
#include "clusters/patroni_view.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using logic::check_status;

namespace {

struct world {
  logic::cluster_context context;
  logic::observation_table seen;

  explicit world(const std::string& kind) {
    context.cluster.name = kind;
    for (int i = 1; i <= 3; ++i) {
      const auto name = kind + std::to_string(i);
      context.cluster.members.push_back(name);
      context.places.members[name] = {name, kind, "127.36.105.1" + std::to_string(i), "", "", ""};
      context.running.insert(name);
    }
  }
  void put(const std::string& member, const char* ask, logic::facts known) {
    logic::observation out;
    out.name = ask;
    out.member = member;
    out.ok = true;
    out.known = std::move(known);
    seen.put(std::move(out));
  }
  void etcd(int i, const std::string& leader, const std::string& size_bytes, const std::string& errors = "") {
    put("etcd" + std::to_string(i), "etcd.status",
        {{"id", std::to_string(i)}, {"leader", leader}, {"term", "2"}, {"size_bytes", size_bytes}, {"errors", errors}});
  }
  void patroni(const std::string& lag_ms) {
    for (const auto& member : context.cluster.members) {
      put(member, "patroni.cluster",
          {{"members", "patroni1 patroni2 patroni3"},
           {"patroni1.role", "leader"},
           {"patroni2.role", "sync_standby"},
           {"patroni3.role", "replica"}});
      put(member, "patroni.sql",
          {{"recovery", member == "patroni1" ? "false" : "true"},
           {"streaming", member == "patroni1" ? "patroni2 patroni3" : ""},
           {"patroni2.lag_ms", lag_ms},
           {"patroni3.lag_ms", "0"}});
    }
  }
};

logic::check check_of(const logic::cluster_view& view, const std::string& name) {
  for (const auto& one : view.checks)
    if (one.name == name)
      return one;
  FAIL("no check " + name);
  return {};
}

bool says(const logic::check& what, const std::string& beginning) {
  return what.status == check_status::fail && what.error.starts_with(beginning) &&
         what.error.find(" | ") != std::string::npos;
}

} // namespace

TEST_CASE("ERR_ETCD_001 when no majority agrees on a leader, and only then") {
  world w{"etcd"};
  w.etcd(1, "1", "20480");
  CHECK(says(check_of(clusters::etcd::judge(w.context, w.seen, {}), "quorum"), "[ETCD] ERR_ETCD_001: "));
  w.etcd(2, "1", "20480");
  const auto degraded = clusters::etcd::judge(w.context, w.seen, {}); // two of three: no lost quorum
  CHECK(check_of(degraded, "quorum").status == check_status::pass);
  CHECK(check_of(degraded, "quorum").error.empty());
}

TEST_CASE("the size of etcd's database warns above 100 MB and is ERR_ETCD_002 above 500 MB") {
  const auto judge = [](const std::string& size_bytes, const std::string& errors = "") {
    world w{"etcd"};
    for (int i = 1; i <= 3; ++i)
      w.etcd(i, "1", i == 2 ? size_bytes : "20480", i == 2 ? errors : "");
    return clusters::etcd::judge(w.context, w.seen, {});
  };
  CHECK(check_of(judge("100000000"), "size").status == check_status::pass);
  CHECK(check_of(judge("100000001"), "size").status == check_status::warn);
  CHECK(check_of(judge("500000000"), "size").status == check_status::warn);
  CHECK(judge("500000000").status == logic::component_status::healthy);
  const auto critical = judge("500000001");
  CHECK(says(check_of(critical, "size"), "[ETCD] ERR_ETCD_002: "));
  CHECK(critical.status == logic::component_status::degraded);
  CHECK(critical.ready); // it works
  CHECK(says(check_of(judge("20480", "memberID:2 alarm:NOSPACE"), "size"), "[ETCD] ERR_ETCD_002: "));
}

TEST_CASE("ERR_PATRONI_001 when no member leads") {
  world w{"patroni"};
  CHECK(says(check_of(clusters::patroni::judge(w.context, w.seen, {}), "leader"), "[PATRONI] ERR_PATRONI_001: "));
  w.patroni("0");
  CHECK(check_of(clusters::patroni::judge(w.context, w.seen, {}), "leader").error.empty());
}

TEST_CASE("a lag warns above one second and is ERR_PATRONI_002 above five") {
  const auto judge = [](const std::string& lag_ms) {
    world w{"patroni"};
    w.patroni(lag_ms);
    return clusters::patroni::judge(w.context, w.seen, {});
  };
  CHECK(check_of(judge("1000"), "lag").status == check_status::pass);
  CHECK(check_of(judge("1001"), "lag").status == check_status::warn);
  CHECK(judge("5000").status == logic::component_status::healthy);
  const auto critical = judge("5001");
  CHECK(says(check_of(critical, "lag"), "[PATRONI] ERR_PATRONI_002: "));
  CHECK(critical.status == logic::component_status::degraded);
}
