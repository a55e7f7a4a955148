// Every class of mistake, each alone in an otherwise good file: one problem, at its place, in words that help.
#include "topology_support.hpp"

#include <catch2/catch.hpp>

using namespace topology_test;

namespace {

struct mistake {
  std::string from;  // in the default file
  std::string to;    // in its place
  std::string where; // the problem stands at the only occurrence of this
  std::string words;
};

// A good service in a container for mistakes to be made in.
const std::string web = "  web:\n"
                        "    image: paws360/web:dev\n"
                        "    mounts:\n"
                        "      - { source: conf, target: /etc/web }\n"
                        "      - { volume: uploads, target: /var/lib/web, mode: rw }\n";

// A good service for mistakes to be made in.
const std::string backend = "  backend:\n"
                            "    process: { command: [run] }\n"
                            "    depends_on: { patroni-leader: ready }\n"
                            "    environment: { URL: \"${route:patroni-leader}\" }\n"
                            "    secrets: { PASSWORD: POSTGRES_APP_PASSWORD }\n"
                            "    publish: { http: 8080 }\n"
                            "    probe: { http: { port: http } }\n";

std::string with_backend(std::string_view from, std::string_view to) {
  return with(with_services(backend), from, to);
}

} // namespace

TEST_CASE("keys: unknown with a suggestion, twice, missing, of the wrong type") {
  const auto [from, to, where, words] = GENERATE(values<mistake>({
      {"\nrouting:", "\nroutng: {}\nrouting:", "routng:", "unknown key `routng`, did you mean `routing`?"},
      {"kind: etcd", "kind: etcd\n    member: [x]", "member: [x]", "did you mean `members`?"},
      {"kind: etcd", "kind: etcd\n    zzzzzzzzzz: 1", "zzzzzzzzzz", "unknown key `zzzzzzzzzz` in `etcd`"},
      {"heartbeat_interval: 100ms", "hartbeat_interval: 100ms", "hartbeat", "did you mean `heartbeat_interval`?"},
      {"heartbeat_interval: 100ms", "ttl: 30s, heartbeat_interval: 100ms", "ttl: 30s, h", "unknown key `ttl`"},
      {"cold: 300s", "cold: 300s, cld: 1s", "cld", "did you mean `cold`?"},
      {"cold: 300s", "cold: 300s, cold: 200s", "cold: 200s", "given twice, first in line"},
      {"version: 1\n", "version: 1\nversion : 1\n", "version : 1", "given twice, first in line 6"},
      {"\n  infra: {}", "\n  infra: {}\n  infra : {}", "infra : {}", "given twice"},
      {"name: paws360\nversion", "version", "version: 1", "the key `name` is missing"},
      {"version: 1\n", "", "name: paws360\n", "the key `version` is missing"},
      {"    kind: redis-sentinel\n", "", "redis:\n", "`redis` needs the key `kind`"},
      {"role: leader, ", "", "patroni-leader:", "`patroni-leader` needs the key `role`"},
      {"kind: haproxy, ", "", "routing:", "`routing` needs the key `kind`"},
      {"kind: redis-sentinel", "kind: redis-sentinell", "redis-sentinell", "did you mean `redis-sentinel`?"},
      {"networks: [infra, bridge]\n    image", "networks: infra\n    image", "infra\n    image", "must be a list"},
      {"extra_args: []", "extra_args: [[a]]", "[a]", "each entry must be a single value"},
      {"extra_args: []", "extra_args: { a: b }", "{ a: b }", "`extra_args` must be a list"},
      {"tls: true\n    database", "tls: maybe\n    database", "maybe", "neither true nor false"},
      {"tls: true\n    database", "tls: \"false\"\n    database", "\"false\"", "neither true nor false"},
      {"tls: true\n    database", "tls:\n    database", "tls:\n    database", "a value is missing"},
      {"database: { name: paws360, user: paws360 }", "database: paws360", "paws360\n    resources",
       "`database` must be a group of keys"},
      {"image: paws360/etcd:bookworm", "image: [a]", "[a]", "`image` must be a single value"},
      {"master_name: mymaster", "master_name: \"my master\"", "\"my master\"", "not allowed"},
      {"resources: { memory: 512MB,", "database: { name: x }\n    resources: { memory: 512MB,", "database: { name: x",
       "belongs to clusters of kind patroni"},
  }));
  check_refused(with(default_text(), from, to), where, words);
}

TEST_CASE("numbers: out of range, negative, not a number, without or with a wrong unit") {
  const auto [from, to, where, words] = GENERATE(values<mistake>({
      {"publish: 5432", "publish: 70000", "70000", "`70000` is not a whole number from 1 to 65535"},
      {"publish: 5432", "publish: 65536", "65536", "from 1 to 65535"},
      {"publish: 5432", "publish: 0", "0, networks", "from 1 to 65535"},
      {"publish: 5432", "publish: -1", "-1, networks", "from 1 to 65535"},
      {"publish: 5432", "publish: \"5432\"", "\"5432\"", "without quotes"},
      {"publish: 5432", "publish: 0x1538", "0x1538", "from 1 to 65535"},
      {"publish: 5432", "publish: .nan", ".nan", "from 1 to 65535"},
      {"publish: 5432", "publish: 99999999999999999999999", "99999999999999999999999", "from 1 to 65535"},
      {"memory: 512MB", "memory: -512MB", "-512MB", "cannot be negative"},
      {"memory: 512MB", "memory: 512", "512,", "unit is missing"},
      {"memory: 512MB", "memory: 512Mb", "512Mb", "the unit is one of"},
      {"memory: 512MB", "memory: 0.5GB", "0.5GB", "whole number of a smaller unit"},
      {"memory_reservation: 256MB", "memory_reservation: 5MB", "5MB", "too small: at least 6MB"},
      {"memory: 512MB", "memory: 17TB", "17TB", "too large"},
      {"memory: 512MB", "memory: .inf", ".inf", "is no size"},
      {"memory: 512MB", "memory: 128MB", "memory_reservation: 256MB", "larger than `memory`"},
      {"cpus: 0.5", "cpus: .nan", ".nan", "is no number of processors"},
      {"cpus: 0.5", "cpus: -.inf", "-.inf", "is no number of processors"},
      {"cpus: 0.5", "cpus: -1", "-1 }", "is no number of processors"},
      {"cpus: 0.5", "cpus: 0", "0 }\n    settings: { heart", "out of range"},
      {"cpus: 0.5", "cpus: 1e9", "1e9", "is no number of processors"},
      {"election_timeout: 1s", "election_timeout: 51s", "51s", "out of range: from 1ms to 50s"},
      {"election_timeout: 1s", "election_timeout: -1s", "-1s", "cannot be negative"},
      {"election_timeout: 1s", "election_timeout: 1000", "1000 }", "unit is missing"},
      {"election_timeout: 1s", "election_timeout: 499ms", "election_timeout", "at least 5 heartbeat intervals (500ms)"},
      {"ttl: 30s", "ttl: 29s", "ttl", "must not exceed `ttl` (29s)"},
      {"ttl: 30s", "ttl: 30500ms", "ttl", "whole seconds"},
      {"max_connections: 100", "max_connections: 19", "19", "from 20 to 262143"},
      {"quorum: 2", "quorum: 4", "quorum: 4", "larger than the number of Sentinels (3)"},
      {"quorum: 2", "quorum: 0", "0, down", "from 1 to 9"},
      {"version: 1\n", "version: 2\n", "2\nroot", "from 1 to 1"},
      {"cold: 300s", "cold: 0s", "0s, warm", "out of range"},
      {"cold: 300s", "cold: 25h", "25h", "too long"},
  }));
  check_refused(with(default_text(), from, to), where, words);
}

TEST_CASE("names: nothing that a path, a shell or an eye could take for something else, and each once") {
  const auto [from, to, where, words] = GENERATE(values<mistake>({
      {"name: paws360\nversion", "name: ../x\nversion", "../x", "not allowed"},
      {"name: paws360\nversion", "name: a b\nversion", "a b\n", "not allowed"},
      {"name: paws360\nversion", "name: $(x)\nversion", "$(x)", "not allowed"},
      {"name: paws360\nversion", "name: \"p\\u0430ws360\"\nversion", "\"p\\u0430ws360\"", "not allowed"},
      {"name: paws360\nversion", "name: \"x\\0y\"\nversion", "\"x\\0y\"", "not allowed"},
      {"name: paws360\nversion", "name: \"\"\nversion", "\"\"", "not allowed"},
      {"members: [etcd1,", "members: [../etcd1,", "../etcd1", "not allowed"},
      {"members: [etcd1,", "members: [\"etcd1; rm -rf /\",", "\"etcd1; rm", "not allowed"},
      {"members: [etcd1,", "members: [etcd2,", "etcd2, etcd3", "`etcd2` is given twice"},
      {"members: [etcd1,", "members: [redis1,", "redis1, redis2",
       "the name `redis1` is already taken: a member of etcd"},
      {"members: [etcd1,", "members: [infra,", "infra, etcd2", "already taken: a network, line"},
      {"members: [etcd1,", "members: [haproxy,", "routing: { kind", "already taken: a member of etcd"},
      {"  monitor: {", "  redis: {}\n  monitor: {", "redis:\n", "already taken: a network"},
      {"  redis-master: ", "  patroni1: ", "patroni1: ", "already taken: a member of patroni"},
      {"generate: [POSTGRES_PASSWORD", "generate: [\"A=B\", POSTGRES_PASSWORD", "\"A=B\"", "not allowed"},
      {"user_provided: [GITHUB_TOKEN", "user_provided: [JWT_SECRET", "JWT_SECRET, DOCKER",
       "both generated and provided"},
      {"file: .local/secrets.env", "file: ../../etc/shadow", "../../etc/shadow", "leads out of the project root"},
      {"file: .local/secrets.env", "file: /etc/shadow", "/etc/shadow", "relative to the project root"},
      {"name: paws360, user", "name: \"x; drop table y\", user", "\"x; drop", "not allowed"},
      {"image: paws360/etcd:bookworm", "image: \"--privileged\"", "\"--privileged\"", "an image reference"},
      {"extra_args: []", "extra_args: [\"a\\x1b[31m\"]", "\"a\\x1b", "control character"},
  }));
  check_refused(with(default_text(), from, to), where, words);
}

TEST_CASE("what is named must be there, and be what it is named for") {
  const auto [from, to, where, words] = GENERATE(values<mistake>({
      {"networks: [infra]\n    depends", "networks: [infar]\n    depends", "infar", "did you mean `infra`?"},
      {"cluster: patroni,", "cluster: patrony,", "cluster: patrony", "there is no cluster `patrony`, did you mean"},
      {"role: leader", "role: master", "role: master, port: 5432", "its role is `leader`"},
      {"cluster: redis,   role: master", "cluster: etcd, role: master", "role: master", "has no role `master`"},
      {"port: 6379, publish: 6379", "port: 5432, publish: 6379", "port: 5432, publish: 6379",
       "port 5432 inside the networks is already taken by `patroni-leader`"},
      {"publish: 6379", "publish: 5432", "publish: 5432, networks: [infra, bridge] }\n\n",
       "port 5432 on 127.0.0.1 is already taken by `patroni-leader`"},
      {"depends_on: { etcd: quorum }", "depends_on: { etdc: quorum }", "", "did you mean `etcd`?"},
      {"depends_on: { etcd: quorum }", "depends_on: { etcd: qorum }", "qorum", "did you mean `quorum`?"},
      {"depends_on: { etcd: quorum }", "depends_on: { etcd: replicating }", "replicating", "is not one of"},
      {"depends_on: { etcd: quorum }", "depends_on: { etcd: quorum, etcd1: ready }", "etcd1: ready", "is a member"},
      {"depends_on: { etcd: quorum }", "depends_on: { etcd: quorum, haproxy: ready }", "haproxy: ready",
       "carries the routes"},
      {"depends_on: { etcd: quorum }", "depends_on: { etcd: quorum, infra: ready }", "infra: ready", "is a network"},
      {"depends_on: { etcd: quorum }", "depends_on: { redis: quorum }", "depends_on",
       "exactly one cluster of kind etcd"},
      {"    depends_on: { etcd: quorum }\n", "", "patroni:\n", "exactly one cluster of kind etcd"},
      {"depends_on: { etcd: quorum }", "depends_on: { etcd: completed }", "etcd: completed", "goal: completed"},
      {"    sentinels: [redis-sentinel1, redis-sentinel2, redis-sentinel3]\n", "", "redis:\n",
       "needs the key `sentinels`"},
      {"members: [patroni1, patroni2, patroni3]", "members: [patroni1]", "synchronous: strict",
       "refuses every write with a single member"},
      {"members: [etcd1, etcd2, etcd3]", "members: []", "[]\n    networks", "must not be empty"},
      {"members: [etcd1, etcd2, etcd3]", "members: [a, b, c, d, e, f, g, h, i, j]", "members: [a", "at most 9 members"},
      {"subnet: 127.36.0.0/24", "subnet: 10.0.0.0/24", "10.0.0.0/24", "not inside 127.0.0.0/8"},
      {"subnet: 127.36.0.0/24", "subnet: 127.36.0.0/28", "subnet: 127.36.0.0/28", "is too small"},
      {"prefer: [docker, podman, process]", "prefer: [dokcer]", "dokcer", "did you mean `docker`?"},
  }));
  const auto text = with(default_text(), from, to);
  if (!where.empty())
    return check_refused(text, where, words);
  const auto found = problems_of(text); // what it meant is missing, too
  REQUIRE(found.size() == 2);
  CHECK((found[0] + found[1]).find(words) != std::string::npos);
}

TEST_CASE("services: commands, references, secrets, ports, conditions, profiles") {
  REQUIRE(problems_of(with_services(backend)).empty());
  const auto [from, to, where, words] = GENERATE(values<mistake>({
      {"command: [run]", "command: []", "[] }", "must not be empty"},
      {"command: [run]", "command: [\"\"]", "\"\"]", "the program is missing"},
      {"command: [run]", "command: [run, \"${route:x}\"]", "\"${route:x}\"", "`x` is no route"},
      {"command: [run]", "command: [run, \"${secret:JWT_SECRET}\"]", "\"${secret:", "can see command lines"},
      {"command: [run]", "command: [run], directory: ../..", "../..", "leads out of the project root"},
      {"    process: { command: [run] }\n", "", "backend:", "needs `image` (docker, podman) or `process`"},
      {"\"${route:patroni-leader}\"", "\"${route:patroni-leadr}\"", "\"${route:patroni-leadr}\"",
       "did you mean `patroni-leader`?"},
      {"\"${route:patroni-leader}\"", "\"${route:redis-master\"", "\"${route:redis-master\"", "no closing brace"},
      {"URL: \"${", "PASSWORD: \"${", "PASSWORD: \"${", "is given by `secrets`, too"},
      {"URL: \"${", "\"a b\": \"${", "\"a b\"", "not allowed"},
      {"PASSWORD: POSTGRES_APP_PASSWORD", "PASSWORD: POSTGRES_APP_PASWORD", "POSTGRES_APP_PASWORD",
       "did you mean `POSTGRES_APP_PASSWORD`?"},
      {"port: http", "port: htp", "port: htp", "did you mean `http`?"},
      {"http: 8080", "http: 6379", "http: 6379", "already taken by `redis-master`"},
      {"patroni-leader: ready }", "patroni-leader: quorum }", "patroni-leader: quorum", "only a cluster has a quorum"},
      {"patroni-leader: ready }", "patroni-leader: completed }", "patroni-leader: completed", "goal: completed"},
      {"patroni-leader: ready }", "backend: ready }", "backend: ready", "backend -> backend"},
      {"patroni-leader: ready }", "patroni2: ready }", "patroni2: ready", "depend on the cluster"},
  }));
  check_refused(with_backend(from, to), where, words);
}

TEST_CASE("a service that the default profiles leave out cannot be waited for by one that they run") {
  const auto text = with(with_services("  a:\n    process: { command: [a] }\n    depends_on: { b: ready }\n"
                                       "  b:\n    process: { command: [b] }\n    profiles: [extra]\n"),
                         "version: 1\n", "version: 1\ndefault_profiles: [apps]\n");
  check_refused(text, "default_profiles", "a depends on b, which needs one of the profiles: extra");
  CHECK(problems_of(with(text, "default_profiles: [apps]", "default_profiles: [extra]")).empty());
}

TEST_CASE("a cycle is printed whole, where it closes") {
  const auto step = [](const std::string& name, const std::string& on) {
    return "  " + name + ":\n    process: { command: [run] }\n    depends_on: { " + on + ": started }\n";
  };
  SECTION("of services") {
    const auto text = with_services(step("one", "two") + step("two", "three") + step("three", "one"));
    check_refused(text, "one: started", "these wait for each other: one -> two -> three -> one");
  }
  SECTION("through a cluster and a route") {
    const auto text = with(with_services(step("gate", "patroni-leader")), "depends_on: { etcd: quorum }",
                           "depends_on: { etcd: quorum, gate: started }");
    const auto found = problems_of(text);
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("patroni -> gate -> patroni-leader -> patroni") != std::string::npos);
  }
  SECTION("two apart are two problems") {
    const auto found =
        problems_of(with_services(step("a", "b") + step("b", "a") + step("c", "d") + step("d", "c") + step("e", "a")));
    REQUIRE(found.size() == 2);
    CHECK(found[0].find("a -> b -> a") != std::string::npos);
    CHECK(found[1].find("c -> d -> c") != std::string::npos);
  }
  SECTION("of two hundred") {
    std::string block;
    std::string whole;
    for (int i = 0; i < 200; ++i) {
      block += step("s" + std::to_string(i), "s" + std::to_string((i + 1) % 200));
      whole += "s" + std::to_string(i) + " -> ";
    }
    const auto found = problems_of(with(with_services(block), "127.36.0.0/24", "127.36.0.0/16"));
    REQUIRE(found.size() == 1);
    CHECK(found[0].find(whole + "s0") != std::string::npos);
  }
}

TEST_CASE("all mistakes are told in one run, in the order of the file") {
  auto text = with(default_text(), "name: paws360\nversion", "name: Paws\nversion");
  text = with(text, "monitor: { optional: true }", "monitor: { optional: perhaps }");
  text = with(text, "members: [etcd1,", "members: [e/1,");
  text = with(text, "depends_on: { etcd: quorum }", "depends_on: { etcd: quorum, nobody: ready }");
  text = with(text, "publish: 6379", "publish: 70000");
  text = with(text, "cold: 300s", "cold: soon");
  text += "budget: {}\n";
  const auto found = problems_of(text);
  const std::vector<std::string> places = {
      place_of(text, "Paws\n"), place_of(text, "perhaps"), place_of(text, "e/1"),       place_of(text, "nobody"),
      place_of(text, "70000"),  place_of(text, "soon"),    place_of(text, "budget: {}")};
  CAPTURE(found);
  REQUIRE(found.size() == places.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    CHECK(found[i].starts_with(places[i] + ": "));
}

TEST_CASE("mounts and images: what would lead out of the project, or to its secrets") {
  const auto [from, to, where, words] = GENERATE(values<mistake>({
      {"    image: paws360/web:dev\n", "    goal: running\n", "web:\n", "needs `image` (docker, podman) or `process`"},
      {"paws360/web:dev", "paws360/../../containers/x", "paws360/../../containers/x", "an image reference"},
      {"source: conf", "source: .", "{ source: .", ".local holds secrets"},
      {"source: conf", "source: .local/env", "{ source: .local/env", ".local holds secrets"},
      {"source: conf", "source: conf/../../x", "conf/../../x", "leads out of the project root"},
      {"source: conf", "source: /etc", "/etc, target", "relative to the project root"},
      {"source: conf, ", "", "{ target: /etc/web", "either a `volume` or a `source`"},
      {"source: conf", "source: conf, volume: x", "{ source: conf, volume: x", "either a `volume` or a `source`"},
      {"volume: uploads", "volume: \"../x\"", "\"../x\"", "not allowed"},
      {"/var/lib/web", "/proc/sys", "/proc/sys", "a container needs /proc itself"},
      {"/var/lib/web", "/etc/web/x", "{ volume: uploads", "another mount of `web` is there already"},
      {"mode: rw", "mode: w", "w }", "is not one of ro, rw"},
  }));
  check_refused(with(with_services(web), from, to), where, words);
}

TEST_CASE("a build knows what it builds from") {
  const std::string text = "name: x\nversion: 1\nservices:\n  a: { process: { command: [x], build: [y] } }\n";
  const auto found = problems_of(text);
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("`process.build` needs `build: { context:") != std::string::npos);
  CHECK(problems_of(with(text, "a: {", "a: { build: { context: src },")).empty());
}
