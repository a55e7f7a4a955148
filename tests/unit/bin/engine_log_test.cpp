#include "bin/engine_log.hpp"
#include "tests/unit/bin/bin_support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <unistd.h>

using namespace paws;
using namespace paws::bin;
using nlohmann::json;

namespace {

void write_to(int fd, const std::string& text) {
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

} // namespace

TEST_CASE("a line of the JSON log says when, how grave, about what, and of which command") {
  logic::event what{7, 1'764'253'935'123'000, "container_exited", "etcd1", "ended by signal 9", {}};
  what.fields = {{"signal", "9"}, {"trace_id", "abc"}};
  const auto line = log_line(what);
  CHECK(line.starts_with(R"({"timestamp":"2025-11-27T14:32:15.123Z","level":"warning","service":"etcd1",)"
                         R"("message":"ended by signal 9","trace_id":"abc",)"));
  const auto said = json::parse(line);
  CHECK(said["kind"] == "container_exited");
  CHECK(said["seq"] == 7);
  CHECK(said["fields"] == json{{"signal", "9"}});

  what = {8, 1, "command_begun", "start", "", {}};
  const auto begun = json::parse(log_line(what));
  CHECK(begun["service"] == "engine");
  CHECK(begun["subject"] == "start");
  CHECK(begun["trace_id"] == "");
  CHECK(begun["level"] == "info");
  CHECK(begun["message"] == "command_begun");

  what.text = "\xff\n\"\x01";
  CHECK(json::parse(log_line(what))["message"].get<std::string>().ends_with("\n\"\x01"));
  CHECK(log_line(what).find('\n') == std::string::npos);
}

TEST_CASE("the log is rotated while it is written, and when somebody else rotated it") {
  bin::testing::playground here;
  const auto path = (here.root() / "engine.log").string();
  const int fd = open_log(path, 10);
  REQUIRE(fd >= 0);
  write_to(fd, "0123456789");
  CHECK_FALSE(rotate_log(path, fd, 10)); // it fits
  write_to(fd, "more");
  CHECK(rotate_log(path, fd, 10));
  write_to(fd, "new");
  CHECK(here.read("engine.log") == "new");
  CHECK(here.read("engine.log.1") == "0123456789more");

  write_to(fd, " and too long");
  ::close(open_log(path, 10)); // as a second engine does before it is refused
  CHECK(here.read("engine.log.1") == "new and too long");
  CHECK(rotate_log(path, fd, 10));
  write_to(fd, "back");
  CHECK(here.read("engine.log") == "back");
  ::close(fd);
}

TEST_CASE("what is no engine.log is never rotated") {
  bin::testing::playground here;
  here.write("engine.log", "a log that belongs to another engine");
  here.write("other", "");
  const int fd = open_log((here.root() / "other").string(), 10);
  write_to(fd, "much more than ten");
  CHECK_FALSE(rotate_log((here.root() / "engine.log").string(), fd, 10));
  CHECK_FALSE(rotate_log("", fd, 10));
  CHECK(here.read("other") == "much more than ten");
  ::close(fd);
}
