#include "store/drill_files.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

using namespace paws::store;
using store_test::content_of;
using store_test::failure_of;
using store_test::mode_of;
using store_test::scratch;
namespace fs = std::filesystem;
using names = std::vector<std::string>;

TEST_CASE("a report is kept with its page, found and read again") {
  const scratch dir;
  const auto folder = dir.path("env/drills");
  CHECK(std::get<names>(saved_drills(folder)).empty());
  const auto saved = save_drill(folder, "2-b", "{}", "<html>");
  REQUIRE(std::holds_alternative<std::string>(saved));
  CHECK(std::get<std::string>(saved) == folder + "/2-b.html");
  CHECK(std::get<std::string>(saved) == drill_page_path(folder, "2-b"));
  CHECK(content_of(folder + "/2-b.html") == "<html>");
  CHECK(mode_of(folder + "/2-b.json") == 0600);
  REQUIRE(std::holds_alternative<std::string>(save_drill(folder, "1-a", "[]", "")));
  dir.write("env/drills/.3-c.json", "");
  CHECK(std::get<names>(saved_drills(folder)) == names{"1-a", "2-b"});
  CHECK(std::get<std::string>(read_drill(folder, "2-b")) == "{}");
}

TEST_CASE("what is no report is refused: too long, a link, a folder, not there") {
  const scratch dir;
  const auto folder = dir.path("drills");
  fs::create_directory(folder);
  dir.write("drills/long.json", std::string(most_drill_bytes + 1, ' '));
  dir.write("drills/fits.json", std::string(most_drill_bytes, ' '));
  fs::create_symlink(folder + "/fits.json", folder + "/link.json");
  fs::create_directory(folder + "/folder.json");
  CHECK(std::holds_alternative<std::string>(read_drill(folder, "fits")));
  for (const auto* name : {"long", "link", "folder", "none"}) {
    const auto why = failure_of(read_drill(folder, name));
    CHECK(why.code == "ERR_SYS_003");
    CHECK(why.message.find(folder + "/" + name + ".json") == 0);
  }
  CHECK(failure_of(saved_drills(folder + "/fits.json")).code == "ERR_SYS_003");
}

TEST_CASE("the drills of an environment are led to from .local/drills") {
  const scratch dir;
  const auto folder = dir.path(".local/env/paws360/drills"), link = dir.path(".local/drills/paws360");
  for (int i = 0; i < 2; ++i) // also when it is there already
    REQUIRE(std::holds_alternative<std::string>(save_drill(folder, "a", "{}", "page")));
  CHECK(fs::read_symlink(link) == "../env/paws360/drills");
  CHECK(content_of(link + "/a.html") == "page");
  REQUIRE(std::holds_alternative<std::string>(save_drill(dir.path(".local/env/other/drills/"), "a", "{}", "other")));
  CHECK(content_of(dir.path(".local/drills/other/a.html")) == "other");
}

TEST_CASE("what lies elsewhere gets no link, and what stands in its way stays") {
  const scratch dir;
  for (const auto* elsewhere : {"x/env/e/drills", ".local/e/drills", ".local/env/e/reports"})
    REQUIRE(std::holds_alternative<std::string>(save_drill(dir.path(elsewhere), "a", "{}", "")));
  CHECK_FALSE(fs::exists(dir.path(".local/drills")));
  CHECK_FALSE(fs::exists(dir.path("x/drills")));
  dir.write(".local/drills", "a file");
  REQUIRE(std::holds_alternative<std::string>(save_drill(dir.path(".local/env/e/drills"), "a", "{}", "")));
  CHECK(content_of(dir.path(".local/drills")) == "a file");
  fs::remove(dir.path(".local/drills"));
  fs::create_directory(dir.path("outside"));
  fs::create_directory_symlink(dir.path("outside"), dir.path(".local/drills"));
  REQUIRE(std::holds_alternative<std::string>(save_drill(dir.path(".local/env/e/drills"), "a", "{}", "")));
  CHECK(fs::is_empty(dir.path("outside")));
  fs::remove(dir.path(".local/drills"));
  fs::create_directories(dir.path(".local/drills/e"));
  REQUIRE(std::holds_alternative<std::string>(save_drill(dir.path(".local/env/e/drills"), "a", "{}", "")));
  CHECK(fs::is_empty(dir.path(".local/drills/e")));
}
