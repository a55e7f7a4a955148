#include "topology/references.hpp"

#include "topology_support.hpp"

#include <catch2/catch.hpp>

using namespace topology_test;

namespace {

std::string expanded(std::string_view text, const std::map<std::string, std::string>& secrets = {}) {
  const auto doc = good(data_text("full.yaml"));
  const auto out = expand(text, doc, place_on_process(doc), secrets);
  const auto* why = std::get_if<failure>(&out);
  return why == nullptr ? std::get<std::string>(out) : why->code + ": " + why->message;
}

} // namespace

TEST_CASE("references become what they name") {
  CHECK(expanded("") == "");
  CHECK(expanded("no $reference $ {x} $") == "no $reference $ {x} $");
  CHECK(expanded("$${route:x} $$ $$${address:etcd1}") == "${route:x} $$ $${address:etcd1}");
  CHECK(expanded("${address:etcd1}") == "127.40.0.11");
  CHECK(expanded("a${address:etcd2}b${address:redis-sentinel1}c") == "a127.40.0.12b127.40.0.41c");
  CHECK(expanded("${route:patroni-leader}") == "127.0.0.1:15432"); // published
  CHECK(expanded("${route:redis-master}") == expanded("${address:haproxy}") + ":6379");
  CHECK(expanded("${sentinels:redis}") == "127.40.0.41:26379,127.40.0.42:26379,127.40.0.43:26379");
  CHECK(expanded("${port:backend/http} ${port:backend/admin}") == "8080 8081");
  CHECK(expanded("x${secret:REDIS_PASSWORD}", {{"REDIS_PASSWORD", "p$w${secret:X}"}}) == "xp$w${secret:X}");
}

TEST_CASE("in containers references become names, which hold in every network") {
  const auto doc = good(data_text("full.yaml"));
  const auto places = place_on_containers(doc, {{"infra", "172.31.4.0/24"}, {"bridge", "172.31.5.0/24"}});
  const auto expanded_there = [&](std::string_view text) {
    return std::get<std::string>(expand(text, doc, places, {}));
  };
  CHECK(expanded_there("${route:patroni-leader}") == "patroni-leader:5432");
  CHECK(expanded_there("${address:etcd1}") == "etcd1");
  CHECK(expanded_there("${sentinels:redis}") == "redis-sentinel1:26379,redis-sentinel2:26379,redis-sentinel3:26379");
}

TEST_CASE("a missing secret is said in the words of the contract") {
  CHECK(expanded("${secret:POSTGRES_PASSWORD}") ==
        "ERR_SEC_001: Missing secret: POSTGRES_PASSWORD. Run: make local-gen-secrets");
  CHECK(expanded("${secret:GITHUB_TOKEN}") == "ERR_SEC_001: Missing secret: GITHUB_TOKEN");
}

TEST_CASE("what is no reference is refused, with what was meant") {
  struct row {
    std::string text;
    std::string words;
  };
  const auto [text, words] = GENERATE(values<row>({
      {"${", "no closing brace"},
      {"a ${address:etcd1", "no closing brace"},
      {"${}", "kind:name"},
      {"${HOME}", "kind:name"},
      {"${:etcd1}", "kind is missing"},
      {"${adress:etcd1}", "did you mean `address`"},
      {"${address:etdc1}", "did you mean `etcd1`"},
      {"${port:backend}", "no port of a service"},
      {"${port:backend/htp}", "did you mean `backend/http`"},
      {"${address:}", "is no member or service"},
      {"${address:etcd}", "is no member or service"},
      {"${route:patroni}", "is no route"},
      {"${sentinels:patroni}", "is no cluster with Sentinels"},
      {"${secret:NOPE}", "not listed in `secrets`"},
      {"${secret:${secret:REDIS_PASSWORD}}", "not listed in `secrets`"},
      {"${address:../../etc/passwd}", "is no member or service"},
      {"${env:PATH}", "unknown kind of reference"},
  }));
  const auto doc = good(data_text("full.yaml"));
  CAPTURE(text);
  CHECK(check_references(doc, text).find(words) != std::string::npos);
  CHECK(expanded(text).find("ERR_TOPO_001") == 0);
}

TEST_CASE("a reference of any length is answered in one short line") {
  const auto doc = good(default_text());
  const auto answer = check_references(doc, "${address:" + std::string(100'000, 'x') + "}");
  CHECK_FALSE(answer.empty());
  CHECK(answer.size() < 400);
}
