// A change below a service's sources is told once it is over, and what its build makes is none.
#include "bin/source_watch.hpp"
#include "bin_support.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>

using namespace paws::bin;
using paws::bin::testing::playground;

namespace {

const auto never = [] { return false; };

struct watched {
  watched() {
    here.write("web/page", "one\n");
    here.write("web/deep/er/page", "one\n");
    here.write("web/.gitignore", "made/\n");
    here.write("web/made/page", "one\n");
    here.write("api/code", "one\n");
    services.resize(3);
    services[0].name = "web";
    services[0].sources = (here.root() / "web").string();
    services[1].name = "api";
    services[1].sources = (here.root() / "api").string();
    services[2].name = "plain";
    auto made = source_watch::of(services);
    REQUIRE(std::holds_alternative<source_watch>(made));
    watch = std::make_unique<source_watch>(std::get<source_watch>(std::move(made)));
  }

  playground here;
  std::vector<paws::topology::service> services;
  std::unique_ptr<source_watch> watch;
};

using names = std::vector<std::string>;

} // namespace

TEST_CASE("what has changed is told by its service, however deep it lies") {
  watched with;
  with.here.write("web/deep/er/page", "two\n");
  CHECK(with.watch->next(never) == names{"web"});
  with.here.write("api/code", "two\n");
  with.here.write("web/page", "two\n");
  CHECK(with.watch->next(never) == names{"web", "api"});
}

TEST_CASE("what lies in a directory that was made meanwhile is a change as well") {
  watched with;
  with.here.write("web/new/page", "one\n");
  CHECK(with.watch->next(never) == names{"web"});
  with.here.write("web/new/page", "two\n");
  CHECK(with.watch->next(never) == names{"web"});
  std::filesystem::remove_all(with.here.root() / "web/new");
  CHECK(with.watch->next(never) == names{"web"});
}

TEST_CASE("what is ignored, or written as it was, is no change") {
  watched with;
  with.here.write("web/made/page", "two\n");
  with.here.write("web/page", "one\n");
  with.here.write("api/code", "two\n");
  CHECK(with.watch->next(never) == names{"api"});
}

TEST_CASE("who follows another topology misses nothing of what stays, and hears no more of what has gone") {
  watched with;
  with.here.write("more/code", "one\n");
  with.here.write("web/page", "two\n");
  with.here.write("api/code", "two\n");
  auto& services = with.services;
  services[1].name = "more"; // instead of api
  services[1].sources = (with.here.root() / "more").string();
  REQUIRE_FALSE(with.watch->follow(services));
  CHECK(with.watch->next(never) == names{"web"});
  with.here.write("api/code", "three\n");
  with.here.write("more/code", "two\n");
  CHECK(with.watch->next(never) == names{"more"});
  services[2].sources = (with.here.root() / "api").string(); // the other one has sources now
  REQUIRE_FALSE(with.watch->follow(services));
  with.here.write("api/code", "four\n");
  CHECK(with.watch->next(never) == names{"plain"});
}

TEST_CASE("who is told to end waits no longer") {
  watched with;
  CHECK(with.watch->next([] { return true; }).empty());
}
