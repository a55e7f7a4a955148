// What a service runs is built when its sources are others than those of its last build, and only then.
#include "bin/service_builds.hpp"
#include "bin_support.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

using namespace paws::bin;
using paws::bin::testing::playground;

namespace {

struct builder {
  builder() {
    doc.project = here.root().string();
    doc.root = doc.project;
    doc.services.resize(2);
    doc.services[0].name = "web";
    doc.services[0].sources = (here.root() / "web").string();
    doc.services[0].build_command = {"sh", "-c", "echo made; cat page >>made.out"};
    doc.services[1].name = "plain";
    here.write("web/page", "one\n");
    here.write("web/.gitignore", "made.out\n");
  }
  std::optional<paws::topology::failure> build(bool anew = false) {
    said.clear();
    return build_services(doc, {"web", "plain"}, {[this](const std::string& line) { said.push_back(line); }, {}}, anew);
  }
  std::string made() const { return here.read("web/made.out"); }

  playground here;
  paws::topology::document doc;
  std::vector<std::string> said;
};

} // namespace

TEST_CASE("a service is built once, and again when its sources, its command or somebody wants it") {
  builder with;
  REQUIRE_FALSE(with.build());
  CHECK(with.made() == "one\n");
  REQUIRE(with.said.size() == 3);
  CHECK(with.said[0] == "building web ...");
  CHECK(with.said[1] == "  made");
  CHECK(with.said[2].starts_with("built web in "));
  CHECK(with.here.read(".local/builds/web.log") == "made\n");
  REQUIRE_FALSE(with.build());
  CHECK(with.said.empty());
  CHECK(with.made() == "one\n");
  with.here.write("web/page", "two\n");
  REQUIRE_FALSE(with.build());
  CHECK(with.made() == "one\ntwo\n");
  REQUIRE_FALSE(with.build(true));
  CHECK(with.made() == "one\ntwo\ntwo\n");
  with.doc.services[0].build_command[2] += "; true";
  REQUIRE_FALSE(with.build());
  CHECK(with.made() == "one\ntwo\ntwo\ntwo\n");
}

TEST_CASE("a build that fails says its last lines, and is tried again") {
  builder with;
  with.doc.services[0].build_command = {"sh", "-c", "for i in $(seq 1 30); do echo line $i; done; exit 3"};
  const auto why = with.build();
  REQUIRE(why);
  CHECK(why->code == "ERR_IMG_004");
  CHECK(why->message.find("ended with 3") != std::string::npos);
  CHECK(why->message.find("line 30") != std::string::npos);
  CHECK(why->message.find("line 9\n") == std::string::npos);
  CHECK(why->remedy.find(".local/builds/web.log") != std::string::npos);
  with.doc.services[0].build_command = {"sh", "-c", "exit 0"};
  CHECK_FALSE(with.build());
}

TEST_CASE("a build whose program is not installed says what to do") {
  builder with;
  with.doc.services[0].build_command = {"no-such-program-of-ours", "package"};
  const auto why = with.build();
  REQUIRE(why);
  CHECK(why->code == "ERR_IMG_004");
  CHECK(why->message.find("`no-such-program-of-ours`") != std::string::npos);
  CHECK(why->remedy.find("make setup") != std::string::npos);
}

TEST_CASE("a build that was interrupted is not done") {
  builder with;
  const auto why = build_services(with.doc, {"web"}, {{}, [] { return true; }}, false);
  REQUIRE(why);
  CHECK(why->code == "ERR_SYS_005");
  CHECK_FALSE(with.build());
  CHECK(with.said.size() == 3);
}
