// keeper.json and status.json: what is written is read again, whole or not at all.
#include "tests/contract/keeper_world.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::process::test {

namespace {

void put(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}

mode_t mode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

keeper_record full_record() {
  keeper_record out;
  out.phase = keeper_phase::stopping;
  out.boot_id = "b";
  out.keeper_pid = 11;
  out.keeper_started = 12;
  out.main_pid = 13;
  out.main_started = 14;
  out.started_at_us = 1'700'000'000'000'015;
  out.exited_at_us = 16;
  out.exit_code = 17;
  out.exit_signal = 18;
  out.stop_requested = true;
  out.error = "say \"no\"\n";
  return out;
}

} // namespace

TEST_CASE("An order is read as it was written, and nobody else may read it") {
  keeper_world world;
  auto& order = world.order;
  order.command = {"/bin/x", "", "two words", "\"quoted\"\n"};
  order.variables = {{"A", "1=2"}, {"B", ""}, {"C", "\xc3\xa9 $HOME `x`"}};
  order.working_directory = "/w";
  order.user = "u";
  order.log_file_bytes = 5'000'000'000;
  order.log_files = 7;
  order.stop_signal = 2;
  order.stop_grace_ms = 4'000'000'000;
  order.cgroup_directories = {"/sys/a", "/sys/b"};
  order.oom_kills_before = 9;
  REQUIRE(write_order(world.run_dir, order).empty());
  CHECK(mode_of(order_path(world.run_dir)) == 0600);
  const auto found = read_order(world.run_dir);
  REQUIRE(found);
  CHECK(found->environment == order.environment);
  CHECK(found->member == order.member);
  CHECK(found->command == order.command);
  CHECK(found->variables == order.variables);
  CHECK(found->working_directory == order.working_directory);
  CHECK(found->user == order.user);
  CHECK(found->log_directory == order.log_directory);
  CHECK(found->log_file_bytes == order.log_file_bytes);
  CHECK(found->log_files == order.log_files);
  CHECK(found->stop_signal == order.stop_signal);
  CHECK(found->stop_grace_ms == order.stop_grace_ms);
  CHECK(found->cgroup_directories == order.cgroup_directories);
  CHECK(found->oom_kills_before == order.oom_kills_before);
}

TEST_CASE("An order that would not come back as it was is refused, and leaves nothing") {
  keeper_world world;
  world.order.command = {"/bin/x"};
  world.order.variables["SECRET"] = "\xff\xfe";
  CHECK(write_order(world.run_dir, world.order).find("UTF-8") != std::string::npos);
  CHECK(std::filesystem::is_empty(world.run_dir));
  world.order.variables.clear();
  CHECK(write_order(world.directory + "/nowhere", world.order).find("nowhere") != std::string::npos);
  std::filesystem::create_directory(order_path(world.run_dir)); // cannot be replaced by a file
  CHECK(!write_order(world.run_dir, world.order).empty());
  CHECK(!std::filesystem::exists(order_path(world.run_dir) + ".new"));
}

TEST_CASE("A record is read as it was written") {
  keeper_world world;
  const auto record = full_record();
  for (const bool durable : {true, false}) {
    REQUIRE(write_record(world.run_dir, record, durable).empty());
    CHECK(mode_of(record_path(world.run_dir)) == 0600);
    const auto found = read_record(world.run_dir);
    REQUIRE(found);
    CHECK(found->phase == record.phase);
    CHECK(found->boot_id == record.boot_id);
    CHECK(found->keeper_pid == record.keeper_pid);
    CHECK(found->keeper_started == record.keeper_started);
    CHECK(found->main_pid == record.main_pid);
    CHECK(found->main_started == record.main_started);
    CHECK(found->started_at_us == record.started_at_us);
    CHECK(found->exited_at_us == record.exited_at_us);
    CHECK(found->exit_code == record.exit_code);
    CHECK(found->exit_signal == record.exit_signal);
    CHECK(found->stop_requested == record.stop_requested);
    CHECK(found->error == record.error);
  }
}

TEST_CASE("A record that is missing, torn, or of another shape is none") {
  keeper_world world;
  CHECK(!read_record(world.run_dir));
  REQUIRE(write_record(world.run_dir, full_record()).empty());
  const auto path = record_path(world.run_dir);
  const auto whole = content(path);
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) { // its last byte is a line's end
    put(path, whole.substr(0, size));
    if (read_record(world.run_dir))
      FAIL("taken for whole: " << whole.substr(0, size));
  }
  for (const std::string text : {"[]", "null", "{}", "\"running\"", "\x80", "{\"phase\":\"running\"}"}) {
    put(path, text);
    CHECK(!read_record(world.run_dir));
  }
  auto odd = nlohmann::json::parse(whole);
  odd["phase"] = "resting";
  put(path, odd.dump());
  CHECK(!read_record(world.run_dir));
  odd["phase"] = "running";
  put(path, odd.dump());
  CHECK(read_record(world.run_dir));
  odd["main_pid"] = "13";
  put(path, odd.dump());
  CHECK(!read_record(world.run_dir));
  put(path, whole + std::string(2 * 1024 * 1024, ' ')); // far longer than any of ours
  CHECK(!read_record(world.run_dir));
}

TEST_CASE("A record behind a symbolic link or in a named pipe is none, at once") {
  keeper_world world;
  REQUIRE(write_record(world.run_dir, full_record()).empty());
  const auto path = record_path(world.run_dir);
  std::filesystem::rename(path, world.directory + "/elsewhere");
  std::filesystem::create_symlink(world.directory + "/elsewhere", path);
  CHECK(!read_record(world.run_dir));
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(!read_record(world.run_dir));
}

} // namespace paws::process::test
