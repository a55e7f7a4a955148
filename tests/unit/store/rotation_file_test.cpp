#include "store/rotation_file.hpp"

#include "store/secrets.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

using namespace paws::store;
using paws::logic::rotation_record;
using store_test::content_of;
using store_test::failure_of;
using store_test::mode_of;
using store_test::scratch;

TEST_CASE("a change of secrets is remembered whole, for its owner only") {
  const scratch dir;
  const auto secrets = dir.write("s.env", "A=old-a\nB=old-b\n");
  const auto path = dir.path("env/rotation.json");
  const auto made = begin_rotation(path, secrets, {"B"});
  REQUIRE(std::holds_alternative<rotation_record>(made));
  auto record = std::get<rotation_record>(made);
  CHECK(record.names == std::vector<std::string>{"B"});
  CHECK(record.before.at("B") == "old-b");
  CHECK(record.after.at("B").size() == 43);
  CHECK(record.begun_at_us > 0);
  CHECK(mode_of(path) == 0600);
  CHECK(content_of(secrets) == "A=old-a\nB=old-b\n");
  CHECK_FALSE(record.altered);
  record.restarted = {"backend"};
  record.altered = true;
  CHECK_FALSE(save_rotation(path, record));
  const auto read = std::get<rotation_record>(load_rotation(path));
  CHECK(read.names == record.names);
  CHECK(read.before == record.before);
  CHECK(read.after == record.after);
  CHECK(read.restarted == record.restarted);
  CHECK(read.altered);
  CHECK(read.begun_at_us == record.begun_at_us);
  CHECK_FALSE(remove_rotation(path));
  CHECK_FALSE(remove_rotation(path));
  CHECK(std::get<rotation_record>(load_rotation(path)).names.empty());
}

TEST_CASE("a secret without a value is not changed") {
  const scratch dir;
  const auto secrets = dir.write("s.env", "A=\n");
  CHECK(failure_of(begin_rotation(dir.path("rotation.json"), secrets, {"A"})).code == "ERR_SEC_001");
  CHECK(std::get<rotation_record>(load_rotation(dir.path("rotation.json"))).names.empty());
}

TEST_CASE("a damaged record is refused, without a word of what stands there") {
  const scratch dir;
  const auto path = dir.path("rotation.json");
  const auto secrets = dir.write("s.env", "A=old-a\n");
  REQUIRE(std::holds_alternative<rotation_record>(begin_rotation(path, secrets, {"A"})));
  const auto whole = content_of(path);
  const auto text = GENERATE_COPY(
      std::string{}, std::string{"{}"}, std::string{"[1]"}, std::string{R"({"version":2,"names":["A"]})"},
      std::string{R"({"version":1,"names":"A"})"}, whole.substr(0, whole.size() / 2), std::string(300UL * 1024, 'x'));
  dir.write("rotation.json", text);
  const auto why = failure_of(load_rotation(path));
  CHECK(why.code == "ERR_SEC_008");
  CHECK(why.message.find("old-a") == std::string::npos);
}
