#include "bin/certificates.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace paws;
using namespace paws::bin;

namespace {

struct certified {
  topology::document doc;
  topology::placement places;
  std::string root = "/tmp/paws-certified-" + std::to_string(::getpid());

  certified() {
    doc.name = "test";
    doc.file = "/project/t.yaml";
    topology::cluster etcd, redis;
    etcd.name = "etcd";
    etcd.members = {"etcd1", "etcd2"};
    etcd.tls = true;
    redis.name = "redis";
    redis.kind = topology::cluster_kind::redis_sentinel;
    redis.members = {"redis1"};
    doc.clusters = {etcd, redis};
    topology::route route;
    route.name = "etcd-leader";
    route.cluster = "etcd";
    doc.routes = {route};
    places.environment_dir = root;
    for (const auto* member : {"etcd1", "etcd2", "redis1"})
      places.members[member] = {member, "", "127.36.0.11", "/c", root + "/" + member, "/r"};
  }
  ~certified() { std::filesystem::remove_all(root); }

  std::string code() const {
    const auto why = check_etcd_data(doc, places);
    return why ? why->code : "";
  }
  void write_log(const std::string& member, const std::string& name, const std::string& text) const {
    const auto directory = root + "/" + member + "/etcd/member/wal";
    std::filesystem::create_directories(directory);
    std::ofstream{directory + "/" + name} << text;
  }
};

} // namespace

TEST_CASE("a member's certificate holds for all names by which it is reached") {
  const certified w;
  const auto names = subjects_of(w.doc, w.places);
  REQUIRE(names.size() == 2);
  CHECK(names.at("etcd1").dns == std::vector<std::string>{"localhost", "etcd-leader", "etcd1"});
  CHECK(names.at("etcd1").ip == std::vector<std::string>{"127.0.0.1", "127.36.0.11"});
}

TEST_CASE("certificates are made for a start only") {
  certified w;
  const auto get = [&](certificate_use use) {
    return std::get<logic::tls_material>(certificates_for(w.doc, w.places, use));
  };
  CHECK(get(certificate_use::shown).members.at("etcd1").key == "-");
  CHECK(get(certificate_use::found).members.empty());
  CHECK_FALSE(std::filesystem::exists(w.root));
  const auto made = get(certificate_use::provided);
  CHECK(get(certificate_use::found).members.at("etcd2").key == made.members.at("etcd2").key);
  CHECK(made.authority_file == w.root + "/certificates/ca.crt");
  w.doc.clusters[0].tls = false;
  CHECK(get(certificate_use::provided).authority.empty());
}

TEST_CASE("etcd's data says whether it was made with TLS") {
  certified w;
  CHECK(w.code().empty());
  w.write_log("etcd2", "1.wal", R"(..{"id":7,"peerURLs":["https://127.36.0.12:2380"],"name":"etcd2"})");
  w.write_log("etcd2", "2.wal", R"("peerURLs":["http://)");
  CHECK(w.code().empty());
  w.doc.clusters[0].tls = false;
  CHECK(w.code() == "ERR_SEC_006");
  CHECK(check_etcd_data(w.doc, w.places)->message ==
        "the data of etcd2 was made with TLS, and etcd cannot change that");
  w.doc.clusters[0].tls = true;
  w.write_log("etcd1", "1.wal", R"("peerURLs":["http://127.36.0.11:2380"])");
  CHECK(w.code() == "ERR_SEC_006");
}
