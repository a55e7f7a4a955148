// The OpenAPI page against the engine that serves it.
#include "tests/e2e/control_client.hpp"

#include <catch2/catch.hpp>

using namespace paws::e2e;
using nlohmann::json;

TEST_CASE("the OpenAPI page is true of a running engine") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  const auto socket = socket_of(s);
  const auto page = json::parse(ask(socket, "GET", "/v1/openapi.json").body, nullptr, false);
  REQUIRE(page.is_object());
  CHECK(page["openapi"].get<std::string>().starts_with("3."));
  CHECK(page["paths"].size() >= 20);
  for (const auto& [path, operations] : page["paths"].items()) {
    INFO(path);
    if (operations.contains("get")) {
      const auto answer = ask(socket, "GET", path);
      CHECK(operations["get"]["responses"].contains(std::to_string(answer.status)));
      const auto& content = operations["get"]["responses"]["200"]["content"];
      CHECK(content.contains(answer.media_type));
      if (answer.media_type == "application/json")
        CHECK(json::parse(answer.body, nullptr, false).is_object());
      CHECK(ask(socket, "POST", path, "{}").status == 405);
    }
    if (operations.contains("post")) {
      const auto refused = ask(socket, "POST", path, R"({"no_such_field":1})");
      CHECK(refused.status == 400);
      const auto said = json::parse(refused.body, nullptr, false);
      REQUIRE(said.is_object());
      CHECK(said["error"]["message"].get<std::string>().find("`no_such_field`") != std::string::npos);
      CHECK(ask(socket, "GET", path).status == 405);
    }
  }
  CHECK(ask(socket, "GET", "/v1/no_such_path").status == 404);
  CHECK(s.status()["state"] == "ready"); // nothing of this did anything
}
