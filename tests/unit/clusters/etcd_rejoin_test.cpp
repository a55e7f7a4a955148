// A member whose data is gone is made a member anew, in the words of etcd 3.4.23.
#include "clusters/etcd_rejoin.hpp"
#include "logic/created.hpp"
#include "tests/unit/clusters/drill_world.hpp"

#include <nlohmann/json.hpp>

using namespace paws;
using namespace paws::testing;
namespace etcd = paws::clusters::etcd;

namespace {

// etcd1 and etcd2 run; etcd3 was created, and its data directory was empty.
struct rejoin_world : drill_world {
  logic::observation_table seen;

  rejoin_world() {
    etcd.running = {"etcd1", "etcd2"};
    etcd.has_data = {{"etcd1", true}, {"etcd2", true}, {"etcd3", false}};
    created();
  }
  void created() {
    logic::observation out;
    out.name = logic::created_observation;
    out.member = "etcd3";
    out.ok = true;
    out.answered_at = now - logic::milliseconds{1};
    seen.put(out);
  }
  std::string url(const std::string& member) const {
    return (etcd.cluster.tls ? "https://" : "http://") + etcd.places.members.at(member).address + ":2380";
  }
  std::vector<logic::ask> due() const { return etcd::prepare_rejoin(etcd, seen, "etcd1", now); }
  logic::facts answer(const logic::ask& asked, const logic::answer& got) {
    logic::observation out;
    out.name = asked.name;
    out.member = etcd.cluster.name;
    out.ok = got.ok;
    out.answered_at = now;
    if (got.ok)
      out.known = etcd::interpret_rejoin(asked, got);
    seen.put(out);
    return out.known;
  }
  std::string path_due() const {
    const auto all = due();
    return all.empty() ? "" : all.front().path;
  }
  logic::answer list(const std::string& third) const {
    return http(R"({"header":{"cluster_id":"1"},"members":[{"ID":"18","name":"etcd2","peerURLs":[")" + url("etcd2") +
                R"("],"clientURLs":["x"]},{"ID":"15","name":"etcd1","peerURLs":[")" + url("etcd1") +
                R"("],"clientURLs":["x"]})" + third + "]}");
  }
  logic::start_advice advice(const std::string& member = "etcd3") const {
    return etcd::advise_rejoin(etcd, seen, member);
  }
};

} // namespace

TEST_CASE("the old membership goes and a new one comes before the member starts in a cluster that exists") {
  rejoin_world w;
  CHECK_FALSE(w.advice().go);
  REQUIRE(w.path_due() == "/v3/cluster/member/list");
  w.answer(w.due().front(), w.list(R"(,{"ID":"2876894450122853363","name":"etcd3","peerURLs":[")" + w.url("etcd3") +
                                   R"("],"clientURLs":["x"]})"));
  REQUIRE(w.path_due() == "/v3/cluster/member/remove");
  const auto removal = w.due().front();
  CHECK(nlohmann::json::parse(removal.body)["ID"] == "2876894450122853363");
  if (w.etcd.cluster.tls)
    CHECK(removal.user == "root");
  CHECK(w.answer(removal, w.list("")).at("told").find("etcd3 has lost its data") != std::string::npos);
  CHECK_FALSE(w.advice().go); // what was listed before says nothing any more
  w.now += logic::milliseconds{250};
  REQUIRE(w.path_due() == "/v3/cluster/member/list");
  w.answer(w.due().front(), w.list(""));
  CHECK(w.path_due().empty()); // one change a second
  w.now += logic::milliseconds{900};
  REQUIRE(w.path_due() == "/v3/cluster/member/add");
  CHECK(nlohmann::json::parse(w.due().front().body)["peerURLs"][0] == w.url("etcd3"));
  CHECK(w.answer(w.due().front(), http("{}")).contains("told"));
  w.now += logic::milliseconds{250};
  w.answer(w.due().front(), w.list(R"(,{"ID":"15183987214705201846","peerURLs":[")" + w.url("etcd3") + R"("]})"));
  const auto advice = w.advice();
  CHECK(advice.go);
  CHECK(advice.extra_arguments == std::vector<std::string>{"--initial-cluster-state=existing"});
  w.etcd.cleared.insert("etcd3"); // it was told so: nobody removes it while it starts
  w.now += logic::milliseconds{5'000};
  CHECK(w.due().empty());
  CHECK(w.advice().extra_arguments.empty());
  // It loses its data once more: what was added then has been used since.
  w.etcd.cleared.clear();
  w.created();
  CHECK_FALSE(w.advice().go);
  CHECK(w.path_due() == "/v3/cluster/member/list");
}

TEST_CASE("an etcd that refuses a change is asked again at most once a second") {
  rejoin_world w;
  const auto third = R"(,{"ID":"28","name":"etcd3","peerURLs":[")" + w.url("etcd3") + R"("],"clientURLs":["x"]})";
  w.answer(w.due().front(), w.list(third));
  int changes = 0;
  for (int i = 0; i < 100; ++i, w.now += logic::milliseconds{50})
    for (const auto& question : w.due())
      if (question.path.ends_with("list")) {
        w.answer(question, w.list(third));
      } else {
        ++changes;
        w.answer(question, http(R"({"error":"etcdserver: unhealthy cluster","code":14})", 503));
      }
  CHECK(changes >= 3);
  CHECK(changes <= 5);
  CHECK_FALSE(w.advice().go);
}

TEST_CASE("members with data and clusters that are new start as they are") {
  rejoin_world w;
  CHECK(w.advice("etcd1").go);
  CHECK(w.advice("etcd1").extra_arguments.empty());
  w.etcd.running.clear();
  w.etcd.has_data = {{"etcd1", false}, {"etcd2", false}, {"etcd3", false}};
  CHECK(w.advice().go);
  CHECK(w.advice().extra_arguments.empty());
  CHECK(w.due().empty());
}

TEST_CASE("what few members wrote of a cluster that nobody ever led keeps nobody from starting") {
  rejoin_world w;
  w.etcd.running = {"etcd2"};
  w.etcd.has_data = {{"etcd1", false}, {"etcd2", true}, {"etcd3", false}};
  w.etcd.remembered_leader.clear();
  for (const auto* member : {"etcd1", "etcd3"}) {
    CHECK(w.advice(member).go);
    CHECK(w.advice(member).extra_arguments.empty());
  }
  CHECK(w.due().empty());
  SECTION("a majority of them may have led it unseen: it makes the third a member") {
    w.etcd.running = {"etcd1", "etcd2"};
    CHECK_FALSE(w.advice().go);
  }
  SECTION("one that was led has lost what it knew: nobody begins it anew") {
    w.etcd.remembered_leader = "etcd1";
    CHECK_FALSE(w.advice("etcd1").go);
    CHECK_FALSE(w.advice("etcd3").go);
  }
}

TEST_CASE("answers that are none change nothing") {
  for (const auto& got : garbage()) {
    rejoin_world w;
    w.answer(w.due().front(), got);
    w.now += logic::milliseconds{2'000};
    REQUIRE(w.due().size() == 1);
    CHECK(w.path_due() == "/v3/cluster/member/list");
    CHECK_FALSE(w.advice().go);
  }
}
