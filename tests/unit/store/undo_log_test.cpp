#include "store/undo_log.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

using namespace paws::store;
using paws::logic::fault_kind;
using paws::logic::injected_fault;
using store_test::content_of;
using store_test::failure_of;
using store_test::mode_of;
using store_test::scratch;

namespace {

injected_fault cut(const std::string& member) {
  return {0, "drill-1", fault_kind::partition, member, {"etcd1", "patroni2"}, 1'700'000'000'000'000};
}

fault_list open_in(const std::string& path) {
  auto found = open_faults(path);
  INFO(failure_of(found).message);
  REQUIRE(std::holds_alternative<fault_list>(found));
  return std::get<fault_list>(found);
}

std::uint64_t note(const std::string& path, const injected_fault& what) {
  auto id = note_fault(path, what);
  INFO(failure_of(id).message);
  REQUIRE(std::holds_alternative<std::uint64_t>(id));
  return std::get<std::uint64_t>(id);
}

} // namespace

TEST_CASE("faults are open from before they are injected until they are taken back") {
  const scratch dir;
  const auto path = dir.path("undo.jsonl");
  CHECK(open_in(path).empty());
  auto first = cut("patroni1"), second = cut("redis1");
  second.kind = fault_kind::pause;
  second.peers.clear();
  first.id = note(path, first);
  second.id = note(path, second);
  CHECK(first.id != second.id);
  CHECK(mode_of(path) == 0600);
  CHECK(open_in(path) == fault_list{first, second});
  CHECK_FALSE(note_undone(path, first.id));
  CHECK_FALSE(note_undone(path, first.id)); // again: no harm
  CHECK_FALSE(note_undone(path, 77));
  CHECK(open_in(path) == fault_list{second});
  const auto third = note(path, cut("etcd2"));
  CHECK(third != first.id);
  CHECK(third != second.id);
  CHECK_FALSE(note_undone(path, second.id));
  CHECK_FALSE(note_undone(path, third));
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(open_in(path).empty());
}

TEST_CASE("a line that a dying engine left unfinished was never injected, and spoils nothing after it") {
  const scratch dir;
  const auto path = dir.path("undo.jsonl");
  note(path, cut("patroni1"));
  const auto whole = content_of(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    dir.write("undo.jsonl", whole + whole.substr(0, size));
    REQUIRE(open_in(path).size() == 1);
    const auto id = note(path, cut("patroni2"));
    const auto open = open_in(path);
    REQUIRE(open.size() == 2);
    CHECK(open[1].member == "patroni2");
    CHECK(open[1].id == id);
  }
}

TEST_CASE("what cannot be understood is said with its line, and never passed over") {
  const scratch dir;
  const auto path = dir.path("undo.jsonl");
  note(path, cut("patroni1"));
  const auto good = content_of(path);
  for (const auto* bad : {"{}\n", "nothing\n", "[]\n",
                          R"({"undone":"x"})"
                          "\n",
                          R"({"undone":-1})"
                          "\n",
                          R"({"id":0,"drill":"d","fault":"kill","member":"m","peers":[],"at_us":1})"
                          "\n",
                          R"({"id":2,"drill":"d","fault":"flood","member":"m","peers":[],"at_us":1})"
                          "\n",
                          R"({"id":2,"drill":"d","fault":"kill","member":7,"peers":[],"at_us":1})"
                          "\n"}) {
    dir.write("undo.jsonl", good + bad);
    const auto why = failure_of(open_faults(path));
    CHECK(why.code == "ERR_ENG_009");
    CHECK(why.message.find("undo.jsonl:2") != std::string::npos);
    CHECK(failure_of(note_fault(path, cut("etcd1"))).code == "ERR_ENG_009");
    CHECK(note_undone(path, 1).has_value());
    CHECK(content_of(path) == good + bad);
  }
}

TEST_CASE("a link in place of the log is not followed") {
  const scratch dir;
  const auto other = dir.write("other", "mine");
  std::filesystem::create_symlink(other, dir.path("undo.jsonl"));
  CHECK(failure_of(note_fault(dir.path("undo.jsonl"), cut("etcd1"))).code == "ERR_SYS_003");
  CHECK(content_of(other) == "mine");
}

TEST_CASE("each fault has its word") {
  for (std::size_t i = 0; i < paws::logic::fault_kind_count; ++i) {
    auto read = fault_kind::kill;
    CHECK(paws::logic::read_fault(to_string(static_cast<fault_kind>(i)), read));
    CHECK(read == static_cast<fault_kind>(i));
  }
  auto untouched = fault_kind::stop;
  CHECK_FALSE(paws::logic::read_fault("flood", untouched));
  CHECK(untouched == fault_kind::stop);
}
