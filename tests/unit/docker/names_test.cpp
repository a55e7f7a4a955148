#include "runtimes/docker/names.hpp"

#include <catch2/catch.hpp>

using namespace paws::docker;

TEST_CASE("names that may go into a URL") {
  for (const auto* good : {"a", "etcd1", "redis-sentinel-1", "a_b.c", "0"})
    CHECK(is_name(good));
  for (const auto* bad : {"", "-a", ".a", "_a", "a/b", "../x", "a b", "a?x=1", "a#", "a%2f", "a\n", "a\"b", "ä"})
    CHECK_FALSE(is_name(bad));
  CHECK(is_name(std::string(63, 'a')));
  CHECK_FALSE(is_name(std::string(64, 'a')));
  CHECK(refuse_name("a member", "../x")->code == "ERR_RUN_002");
  CHECK(refuse_name("a member", "a\nb")->message.find('\n') == std::string::npos);
}

TEST_CASE("images that may go into a URL") {
  for (const auto* good : {"debian", "debian:bookworm-slim", "paws360/etcd:bookworm", "docker.io/library/debian:12",
                           "localhost:5000/a/b:1", "a@sha256:0123"})
    CHECK(is_image(good));
  for (const auto* bad : {"", "/a", "a/../b", "a//b", "a?b", "a b", "a/", "a:", "../../containers", "a\r\nHost: x"})
    CHECK_FALSE(is_image(bad));
}

TEST_CASE("a query is escaped") {
  CHECK(escape("a-b_c.d~e") == "a-b_c.d~e");
  CHECK(escape("/a b&c=\"\xff") == "%2Fa%20b%26c%3D%22%FF");
  CHECK(label_filter("env", "m") ==
        "filters=%7B%22label%22%3A%5B%22io.paws-engine.environment%3Denv%22%2C%22io.paws-engine.member%3Dm%22%5D%7D");
}
