#include "store/state_file.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

using namespace paws::store;
using paws::saved_state;
using store_test::content_of;
using store_test::failure_of;
using store_test::scratch;

namespace {

saved_state some_state() {
  saved_state out;
  out.environment = "paws360";
  out.topology_file = "/home/a b/\"t\".yaml";
  out.runtime = "process";
  out.profiles = {"app", "monitor"};
  out.desired = {{"etcd1", "running"}, {"redis1", "stopped"}};
  out.leaders = {{"postgres", "patroni2"}};
  return out;
}

saved_state saved_in(const std::string& path) {
  auto out = load_state(path);
  INFO(failure_of(out).message);
  REQUIRE(std::holds_alternative<saved_state>(out));
  return std::get<saved_state>(out);
}

} // namespace

TEST_CASE("a state that was never saved has version 0") {
  const scratch dir;
  CHECK(saved_in(dir.path("state.json")).version == 0);
  CHECK(saved_in(dir.path("no/such/directory/state.json")).version == 0);
}

TEST_CASE("a saved state comes back whole") {
  const scratch dir;
  const auto path = dir.path("deep/state.json");
  REQUIRE_FALSE(save_state(path, some_state()));
  const auto back = saved_in(path);
  CHECK(back.version == 1);
  CHECK(back.environment == "paws360");
  CHECK(back.topology_file == some_state().topology_file);
  CHECK(back.runtime == "process");
  CHECK(back.profiles == some_state().profiles);
  CHECK(back.desired == some_state().desired);
  CHECK(back.leaders == some_state().leaders);
  CHECK(store_test::mode_of(path) == 0600);
}

TEST_CASE("saving again replaces the file and leaves nothing beside it") {
  const scratch dir;
  const auto path = dir.path("state.json");
  auto what = some_state();
  for (int i = 0; i < 20; ++i) {
    what.leaders["postgres"] = "patroni" + std::to_string(i);
    REQUIRE_FALSE(save_state(path, what));
  }
  CHECK(saved_in(path).leaders.at("postgres") == "patroni19");
  CHECK(std::distance(std::filesystem::directory_iterator{dir.path("")}, {}) == 1);
}

TEST_CASE("a state that is torn anywhere is a failure that says so, never an empty state") {
  const scratch dir;
  REQUIRE_FALSE(save_state(dir.path("whole"), some_state()));
  const auto whole = content_of(dir.path("whole"));
  for (std::size_t kept = 0; kept < whole.size() - 1; ++kept) { // the last byte is a newline: its lack harms nobody
    const auto part = whole.substr(0, kept);
    const auto path = dir.write("state.json", part);
    const auto why = failure_of(load_state(path));
    CAPTURE(part);
    REQUIRE(why.code == "ERR_ENG_008");
    REQUIRE(why.message.find(path) == 0);
    REQUIRE_FALSE(why.remedy.empty());
    REQUIRE(content_of(path) == part);
  }
}

TEST_CASE("a foreign file in the state's place is refused and left alone") {
  const std::string rest = R"("environment":"e","topology_file":"t","runtime":"r","profiles":[],"leaders":{})";
  const auto content = GENERATE_COPY(
      as<std::string>{}, "null", "[]", "1", "{}", std::string(100, '\0'), "\xff\xfe", R"({"version":"1"})",
      R"({"version":0,)" + rest + R"(,"desired":{}})", R"({"version":2,)" + rest + R"(,"desired":{}})",
      R"({"version":-1,)" + rest + R"(,"desired":{}})", R"({"version":1.5,)" + rest + R"(,"desired":{}})",
      R"({"version":4294967297,)" + rest + R"(,"desired":{}})", R"({"version":1,)" + rest + "}",
      R"({"version":1,)" + rest + R"(,"desired":[]})", R"({"version":1,)" + rest + R"(,"desired":{"a":1}})",
      "{\"version\":1,\"x\":" + std::string(500'000, '['), std::string(10'000'000, ' '));
  const scratch dir;
  const auto path = dir.write("state.json", content);
  CAPTURE(content.substr(0, 100));
  const auto why = failure_of(load_state(path));
  const bool of_newer = content.find(R"({"version":2,)") == 0 || content.find("4294967297") != std::string::npos;
  CHECK(why.code == (content.size() > state_file_bytes ? why.code : of_newer ? "ERR_ENG_007" : "ERR_ENG_008"));
  CHECK(content_of(path) == content);
}

TEST_CASE("what is no plain file is no state") {
  const scratch dir;
  const auto path = dir.path("state.json");
  SECTION("a symbolic link") {
    REQUIRE(::symlink(dir.path("elsewhere").c_str(), path.c_str()) == 0);
  }
  SECTION("a FIFO") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  SECTION("a directory") {
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  }
  errno = ENOENT; // what happened before must not make it look absent
  CHECK(failure_of(load_state(path)).code == "ERR_SYS_003");
}

TEST_CASE("a state that cannot be saved says where") {
  const scratch dir;
  dir.write("file", "");
  const auto why = save_state(dir.path("file/state.json"), some_state());
  REQUIRE(why);
  CHECK(why->code == "ERR_SYS_003");
  CHECK(why->message.find(dir.path("file")) == 0);
  CHECK(save_state("/proc/state.json", some_state()));
}

TEST_CASE("a damaged state is set aside, never over an older one") {
  const scratch dir;
  for (int i = 1; i <= 3; ++i) {
    const auto path = dir.write("state.json", "torn " + std::to_string(i));
    const auto moved = set_aside_state(path);
    REQUIRE(std::holds_alternative<std::string>(moved));
    CHECK(content_of(std::get<std::string>(moved)) == "torn " + std::to_string(i));
    CHECK_FALSE(std::filesystem::exists(path));
  }
  CHECK(content_of(dir.path("state.json.damaged-1")) == "torn 1");
}
