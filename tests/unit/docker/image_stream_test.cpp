// What engines say while they build and pull, as both of them spell it.
#include "runtimes/docker/building.hpp"

#include <catch2/catch.hpp>

using paws::docker::image_stream;

TEST_CASE("a build's lines are shown without their line breaks, and the last ones are kept") {
  image_stream heard;
  CHECK(heard.hear(R"({"stream":"Step 1/2 : FROM debian:bookworm-slim\n"})") == "Step 1/2 : FROM debian:bookworm-slim");
  CHECK(heard.hear(R"({"stream":"\n"})").empty());
  CHECK(heard.hear(R"({"stream":"10%\r20%\r100%\r\n"})") == "100%");
  CHECK(heard.hear(R"({"aux":{"ID":"sha256:1"}})").empty());
  for (int i = 0; i < 20; ++i)
    heard.hear(R"({"stream":"line )" + std::to_string(i) + R"("})");
  REQUIRE(heard.last_lines().size() == 10);
  CHECK(heard.last_lines().front() == "line 10");
  CHECK(heard.last_lines().back() == "line 19");
  CHECK(heard.error().empty());
}

TEST_CASE("the first error in a stream is the one that counts") {
  image_stream heard;
  CHECK(
      heard
          .hear(
              R"({"errorDetail":{"code":3,"message":"returned a non-zero code: 3"},"error":"returned a non-zero code: 3"})")
          .empty());
  heard.hear(R"({"error":"and more"})");
  CHECK(heard.error() == "returned a non-zero code: 3");
}

TEST_CASE("a pull says what it does once, and nothing of its layers") {
  image_stream heard;
  CHECK(heard.hear(R"({"status":"Pulling from library/redis","id":"7"})") == "Pulling from library/redis");
  CHECK(heard.hear(R"({"status":"Downloading","progressDetail":{"current":1},"progress":"[> ]","id":"0123456789ab"})")
            .empty());
  CHECK(heard.hear(R"({"status":"Pull complete","progressDetail":{},"id":"0123456789ab"})").empty());
  CHECK(heard.hear(R"({"status":"Digest: sha256:1"})") == "Digest: sha256:1");
  CHECK(heard.hear(R"({"status":"Digest: sha256:1"})").empty());
}

TEST_CASE("what is no document of a stream is nothing") {
  image_stream heard;
  for (const auto* line : {"", "{", "[]", "null", "\"text\"", R"({"stream":7})", R"({"error":{}})", "\xff\xfe"})
    CHECK(heard.hear(line).empty());
  CHECK(heard.error().empty());
  CHECK(heard.last_lines().empty());
}
