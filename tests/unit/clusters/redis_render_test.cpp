#include "tests/unit/clusters/redis_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace paws;
using namespace paws::clusters::redis;
using Catch::Contains;
using paws::testing::redis_world;

namespace {

std::string file_of(const std::vector<logic::member_spec>& specs, const std::string& name) {
  const auto at = std::ranges::find(specs, name, &logic::member_spec::name);
  return at == specs.end() || at->files.empty() ? "" : at->files.front().content;
}

} // namespace

TEST_CASE("specs of Redis nodes and Sentinels") {
  redis_world world;
  world.context.cluster.image = "paws360/redis:bookworm";
  world.context.cluster.resources.memory_bytes = 256ULL << 20;
  world.context.cluster.sentinel_resources.memory_bytes = 128ULL << 20;
  world.context.cluster.extra_args = {"--loglevel", "verbose"};
  const auto specs = render(world.context);
  REQUIRE(specs.size() == 6);
  for (const auto& spec : specs) {
    CAPTURE(spec.name);
    CHECK(spec.user == "redis");
    REQUIRE(spec.files.size() == 1);
    CHECK(spec.files[0].mode == 0600);
    CHECK_FALSE(spec.files[0].keep_existing);
    CHECK(spec.files[0].path.starts_with(spec.run_dir + "/")); // the daemon rewrites it beside itself
    CHECK(spec.command.at(1) == spec.files[0].path);
    CHECK(spec.variables.empty());
    for (const auto& word : spec.command)
      CHECK_THAT(word, !Contains("secret"));
    CHECK_THAT(spec.files[0].content, Contains("bind " + spec.address + "\n"));
    CHECK_THAT(spec.files[0].content, Contains("daemonize no\n"));
  }
  CHECK(specs[0].name == "redis1");
  CHECK(specs[0].command == std::vector<std::string>{"redis-server", specs[0].files[0].path, "--loglevel", "verbose"});
  CHECK(specs[0].package == "redis-server");
  CHECK(specs[0].ports == std::map<std::string, std::uint16_t>{{"redis", 6379}});
  CHECK(specs[0].limits.memory_bytes == 256ULL << 20);
  CHECK(specs[3].name == "redis-sentinel1");
  CHECK(specs[3].command == std::vector<std::string>{"redis-sentinel", specs[3].files[0].path});
  CHECK(specs[3].package == "redis-sentinel");
  CHECK(specs[3].ports == std::map<std::string, std::uint16_t>{{"sentinel", 26379}});
  CHECK(specs[3].limits.memory_bytes == 128ULL << 20);
}

TEST_CASE("redis.conf: the first node is the first master, each can take the other part") {
  redis_world world;
  const auto specs = render(world.context);
  CHECK_THAT(file_of(specs, "redis1"), !Contains("replicaof"));
  CHECK_THAT(file_of(specs, "redis2"), Contains("\nreplicaof 127.36.105.31 6379\n"));
  for (int i = 1; i <= 3; ++i) {
    const auto text = file_of(specs, redis_world::node(i));
    for (const auto* line :
         {"requirepass \"node-secret\"\n", "masterauth \"node-secret\"\n", "appendonly yes\n", "save \"\"\n",
          "shutdown-on-sigterm force\n", "min-replicas-to-write 1\n", "min-replicas-max-lag 5\n"})
      CHECK_THAT(text, Contains(line));
    CHECK_THAT(text, Contains("replica-announce-ip 127.36.105.3" + std::to_string(i) + "\n"));
    CHECK_THAT(text, Contains("dir \"/env/members/" + redis_world::node(i) + "/data\"\n"));
    CHECK_THAT(text, Contains("\nuser route-check on nopass -@all +role\n"));
    CHECK_THAT(text, !Contains("sentinel-secret"));
  }
}

TEST_CASE("with TLS there is no port without it, and everybody speaks it to everybody") {
  redis_world world;
  world.context.cluster.tls = true;
  world.context.certificates.authority = "the authority";
  world.context.certificates.members["redis2"] = {"a certificate", "a key"};
  const auto specs = render(world.context);
  const auto node = file_of(specs, "redis2"), sentinel = file_of(specs, "redis-sentinel1");
  for (const auto& [text, port] : {std::pair{node, "6380"}, std::pair{sentinel, "26379"}}) {
    CHECK_THAT(text, Contains("\nport 0\n") && Contains("\ntls-port " + std::string{port} + "\n"));
    CHECK_THAT(text, Contains("\ntls-replication yes\n") && Contains("\ntls-auth-clients no\n"));
    CHECK_THAT(text, !Contains("6379\n") || Contains("26379\n"));
  }
  CHECK_THAT(node, Contains("\nreplicaof 127.36.105.31 6380\n"));
  CHECK_THAT(sentinel, Contains("sentinel monitor mymaster 127.36.105.31 6380 2"));
  CHECK_THAT(sentinel, Contains("sentinel known-replica mymaster 127.36.105.32 6380"));
  for (const auto& spec : specs)
    if (spec.name == "redis2") {
      REQUIRE(spec.files.size() == 4);
      CHECK(spec.command[1] == spec.files[0].path);
      CHECK(spec.files[1].content == "the authority");
      CHECK(spec.files[3].content == "a key");
      CHECK(spec.files[3].mode == 0600);
      CHECK(spec.ports.at("redis") == 6380);
    }
  for (const auto* member : {"redis1", "redis-sentinel1"})
    for (const auto& each : asks(world.context, member))
      CHECK(each.tls.on);
}

TEST_CASE("redis.conf follows the settings") {
  redis_world world;
  auto& cluster = world.context.cluster;
  cluster.redis.appendonly = false;
  cluster.redis.down_after = std::chrono::milliseconds{7200};
  auto text = file_of(render(world.context), "redis1");
  CHECK_THAT(text, Contains("appendonly no\n"));
  CHECK_THAT(text, Contains("min-replicas-max-lag 8\n"));
  CHECK_THAT(text, !Contains("maxmemory"));
  cluster.redis.down_after = std::chrono::milliseconds{100};
  CHECK_THAT(file_of(render(world.context), "redis1"), Contains("min-replicas-max-lag 3\n"));
  cluster.resources.memory_bytes = 100ULL << 20;
  CHECK_THAT(file_of(render(world.context), "redis1"), Contains("maxmemory 62914560\n"));
  SECTION("with a single replica its loss must not stop the writes") {
    cluster.members.resize(2);
    CHECK_THAT(file_of(render(world.context), "redis1"), !Contains("min-replicas"));
  }
  SECTION("no password, no line") {
    world.context.secrets.clear();
    CHECK_THAT(file_of(render(world.context), "redis1"), !Contains("requirepass") && !Contains("masterauth"));
    CHECK_THAT(file_of(render(world.context), "redis-sentinel1"), !Contains("requirepass") && !Contains("-pass "));
  }
}

TEST_CASE("memory that a node may fill stays well below its limit") {
  const auto bytes = GENERATE(std::uint64_t{6} << 20, std::uint64_t{256} << 20, std::uint64_t{16} << 40);
  CHECK(data_memory_bytes({bytes, 0, 0}) > bytes / 2);
  CHECK(data_memory_bytes({bytes, 0, 0}) < bytes / 4 * 3);
  CHECK(data_memory_bytes({}) == 0);
}

TEST_CASE("sentinel.conf makes all others known") {
  redis_world world;
  world.context.cluster.redis.down_after = std::chrono::milliseconds{1234};
  world.context.cluster.redis.failover_timeout = std::chrono::milliseconds{5678};
  const auto text = file_of(render(world.context), "redis-sentinel2");
  for (const std::string line :
       {"port 26379", "requirepass \"sentinel-secret\"", "sentinel sentinel-pass \"sentinel-secret\"",
        "sentinel auth-pass mymaster \"node-secret\"", "sentinel announce-ip 127.36.105.42",
        "user route-check on nopass -@all +sentinel|get-master-addr-by-name", "sentinel resolve-hostnames no",
        "sentinel monitor mymaster 127.36.105.31 6379 2", "sentinel down-after-milliseconds mymaster 1234",
        "sentinel failover-timeout mymaster 5678", "sentinel known-replica mymaster 127.36.105.32 6379",
        "sentinel known-replica mymaster 127.36.105.33 6379"})
    CHECK_THAT(text, Contains("\n" + line + "\n"));
  CHECK_THAT(text, Contains("sentinel myid " + sentinel_id("redis", "redis-sentinel2") + "\n"));
  for (const int peer : {1, 3})
    CHECK_THAT(text, Contains("sentinel known-sentinel mymaster 127.36.105.4" + std::to_string(peer) + " 26379 " +
                              sentinel_id("redis", redis_world::sentinel(peer)) + "\n"));
  CHECK_THAT(text, !Contains("known-sentinel mymaster 127.36.105.42"));
  CHECK_THAT(text, !Contains("epoch"));
  const auto later = sentinel_file(world.context, "redis-sentinel2", "redis3", 9).content;
  CHECK_THAT(later, Contains("sentinel monitor mymaster 127.36.105.33 6379 2\n"));
  CHECK_THAT(later, Contains("known-replica mymaster 127.36.105.31 6379\n"));
  CHECK_THAT(later, !Contains("known-replica mymaster 127.36.105.33"));
  CHECK_THAT(later, Contains("sentinel current-epoch 9\n"));
}

TEST_CASE("a Sentinel's id is its own and stays") {
  std::set<std::string> ids;
  for (const auto* cluster : {"redis", "cache", "r", "redis-"})
    for (const auto* member : {"redis-sentinel1", "redis-sentinel2", "redis-sentinel3", "s", "", "edis"}) {
      const auto id = sentinel_id(cluster, member);
      CHECK(id.size() == 40);
      CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
      CHECK(id == sentinel_id(cluster, member));
      ids.insert(id);
    }
  CHECK(ids.size() == 24);
}

TEST_CASE("a word of a Redis file holds any bytes on one line") {
  CHECK(quoted("AZaz09+/=") == "\"AZaz09+/=\"");
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("a b\"'\\#\n\x01\xc3") == R"("a\x20b\x22\x27\x5c\x23\x0a\x01\xc3")");
  std::string all;
  for (int i = 0; i < 256; ++i)
    all += static_cast<char>(i);
  const auto text = quoted(all);
  CHECK(std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; }));
  CHECK(std::ranges::count(text, '"') == 2);
}

TEST_CASE("a cluster without members renders nothing") {
  redis_world world;
  world.context.cluster.members.clear();
  CHECK(render(world.context).empty());
}
