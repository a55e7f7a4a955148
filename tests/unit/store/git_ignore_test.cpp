#include "store/git_ignore.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>

using namespace paws::store;
using store_test::content_of;
using store_test::scratch;

namespace {

const std::string entry = "/.local/*\n!/.local/secrets.env.template\n";

bool wrote(const std::string& root) {
  const auto out = ensure_git_ignore(root);
  REQUIRE(std::holds_alternative<bool>(out));
  return std::get<bool>(out);
}

} // namespace

TEST_CASE("outside of git nothing is ignored") {
  const scratch dir;
  CHECK_FALSE(wrote(dir.path("")));
  CHECK_FALSE(std::filesystem::exists(dir.path(".gitignore")));
}

TEST_CASE("a work tree learns to ignore .local, once") {
  const scratch dir;
  dir.write("repo/.git/HEAD", "");
  SECTION("without an ignore file") {
    CHECK(wrote(dir.path("repo")));
    CHECK(content_of(dir.path("repo/.gitignore")) == entry);
  }
  SECTION("after what is there, whose last line has no end") {
    dir.write("repo/.gitignore", "build/\n!.local\n#.local/\nsrc/.local\n.local2");
    CHECK(wrote(dir.path("repo")));
    CHECK(content_of(dir.path("repo/.gitignore")) == "build/\n!.local\n#.local/\nsrc/.local\n.local2\n" + entry);
  }
  SECTION("one that takes it back") {
    dir.write("repo/.gitignore", ".local/\n!.local/\n");
    CHECK(wrote(dir.path("repo")));
  }
  CHECK_FALSE(wrote(dir.path("repo")));
}

TEST_CASE("a work tree that ignores .local already is left alone") {
  const auto line =
      GENERATE(as<std::string>{}, ".local", ".local/", "/.local", "/.local/", ".local/*  ", "/.local/*\r");
  const scratch dir;
  dir.write("repo/.git", "gitdir: elsewhere\n");
  dir.write("repo/.gitignore", "x\n" + line);
  CHECK_FALSE(wrote(dir.path("repo")));
  CHECK(content_of(dir.path("repo/.gitignore")) == "x\n" + line);
}

TEST_CASE("a project below the top of its work tree looks upwards as git does") {
  const scratch dir;
  dir.write("repo/.git/HEAD", "");
  std::filesystem::create_directories(dir.path("repo/a/b"));
  SECTION("a pattern for every level") {
    dir.write("repo/.gitignore", ".local/\n");
    CHECK_FALSE(wrote(dir.path("repo/a/b")));
  }
  SECTION("a pattern for the top only") {
    dir.write("repo/.gitignore", "/.local/\n");
    CHECK(wrote(dir.path("repo/a/b")));
    CHECK(content_of(dir.path("repo/a/b/.gitignore")) == entry);
  }
  SECTION("what lies above the work tree does not count") {
    dir.write(".gitignore", ".local/\n");
    CHECK(wrote(dir.path("repo/a/b")));
  }
}

TEST_CASE("an ignore file that cannot be read is a failure") {
  const scratch dir;
  dir.write("repo/.git/HEAD", "");
  std::filesystem::create_directory(dir.path("repo/.gitignore"));
  CHECK(store_test::failure_of(ensure_git_ignore(dir.path("repo"))).code == "ERR_SYS_003");
}
