// Which images a topology needs, which of them are ours, and what is to be done about each. No engine is asked.
#include "bin/image_talk.hpp"
#include "bin/provision_images.hpp"
#include "tests/unit/bin/bin_support.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

using namespace paws::bin;
using paws::bin::testing::playground;
using paws::bin::testing::run;
using paws::docker::engine;
using paws::docker::image_state;

namespace {

engine docker_here() {
  return {"docker", "/run/docker.sock", "20.10", "1.41", "linux/amd64", ""};
}

image_state state(const std::string& platform, const std::string& source) {
  return {"paws360/etcd:bookworm", "sha256:1", platform, 1, {{paws::docker::source_label, source}}};
}

const std::vector<std::string> no_profiles;

} // namespace

TEST_CASE("each image is needed once, by all its members, and ours are known by their directory") {
  paws::topology::document doc;
  doc.clusters.resize(2);
  doc.clusters[0].image = "paws360/redis:bookworm";
  doc.clusters[0].members = {"redis1", "redis2"};
  doc.clusters[0].sentinels = {"sentinel1"};
  doc.clusters[1].image = "quay.io/coreos/etcd:v3.5.17";
  doc.clusters[1].members = {"etcd1"};
  doc.services.resize(2);
  doc.services[0].name = "backend";
  doc.services[0].image = "paws360/backend:dev";
  doc.services[0].profiles = {"apps"};
  doc.services[1].name = "plain"; // without an image
  const auto needed = images_of(doc, no_profiles);
  REQUIRE(needed.size() == 2);
  CHECK(needed[0].name == "paws360/redis:bookworm");
  CHECK(needed[0].members == std::vector<std::string>{"redis1", "redis2", "sentinel1"});
  CHECK(needed[0].directory.ends_with("/images/redis"));
  CHECK(needed[1].directory.empty());
  CHECK(images_of(doc, std::vector<std::string>{"apps"}).size() == 3);
}

TEST_CASE("a service's image is built from its own sources, with its own Dockerfile") {
  paws::topology::document doc;
  doc.services.resize(1);
  doc.services[0].name = "backend";
  doc.services[0].image = "paws360/backend:dev";
  doc.services[0].sources = "/project/apps/backend";
  doc.services[0].dockerfile = "Dockerfile.source";
  paws::logic::environment_plan plan;
  plan.services.resize(2);
  plan.services[0].spec.name = "backend";
  plan.services[0].spec.image = "paws360/backend:dev";
  plan.services[1].spec.name = "redis1";
  plan.services[1].spec.image = "redis:7";
  for (const auto& needed : std::vector{images_of(doc, no_profiles), images_of(doc, plan)}) {
    REQUIRE_FALSE(needed.empty());
    CHECK(needed[0].directory == "/project/apps/backend");
    CHECK(needed[0].dockerfile == "Dockerfile.source");
    CHECK(needed[0].of_service);
  }
  CHECK(images_of(doc, plan).size() == 2);
  CHECK_FALSE(images_of(doc, plan)[1].of_service);
}

TEST_CASE("only names that lead to a directory of ours are ours") {
  CHECK(directory_of("paws360/etcd:bookworm").ends_with("/images/etcd"));
  for (const auto* name : {"paws360/etcd:latest", "paws360/etcd", "paws360/none:bookworm", "paws360/:bookworm",
                           "paws360/../etcd:bookworm", "paws360/etcd/x:bookworm", "other/etcd:bookworm", ""})
    CHECK(directory_of(name).empty());
}

TEST_CASE("what there is decides what is done") {
  needed_image needed{"paws360/etcd:bookworm", "", {"etcd1"}, "/images/etcd"};
  CHECK(presence_of(needed, {}, docker_here(), "a") == image_presence::missing);
  CHECK(presence_of(needed, state("linux/amd64", "a"), docker_here(), "a") == image_presence::there);
  CHECK(presence_of(needed, state("linux/amd64", "b"), docker_here(), "a") == image_presence::changed);
  CHECK(presence_of(needed, state("linux/amd64", "b"), docker_here(), "") == image_presence::there);
  CHECK(presence_of(needed, state("linux/arm64", "a"), docker_here(), "a") == image_presence::other_platform);
  needed.platform = "linux/arm64";
  CHECK(presence_of(needed, state("linux/arm64/v8", "a"), docker_here(), "a") == image_presence::there);
  CHECK(presence_of(needed, state("linux/amd64", "a"), docker_here(), "a") == image_presence::other_platform);
}

TEST_CASE("an image for another platform is ERR_IMG_002, with what to do") {
  image_row row{{"redis:7", "", {"redis1"}, ""}, state("linux/arm64", ""), image_presence::other_platform};
  const auto foreign = other_platform(row, docker_here());
  CHECK(foreign.code == "ERR_IMG_002");
  CHECK(foreign.message == "the image redis:7 on docker is for linux/arm64, and redis1 needs linux/amd64");
  CHECK(foreign.remedy.find("images pull --force") != std::string::npos);
  row.needed.directory = "/images/redis";
  CHECK(other_platform(row, docker_here()).remedy == "run: paws-engine images build --force");
}

TEST_CASE("of what an engine says while it builds, the steps are shown and what breaks a silence") {
  image_talk talk;
  CHECK(talk.hear("building paws360/etcd:bookworm on docker ...", 20'000) ==
        "images: building paws360/etcd:bookworm on docker ...\n");
  CHECK(talk.hear("  Step 1/6 : FROM debian:bookworm-slim", 20'001) ==
        "images:   Step 1/6 : FROM debian:bookworm-slim\n");
  CHECK(talk.hear("  Get:1 some package", 20'002).empty());
  CHECK(talk.hear("  Get:2 some package", 30'001) == "images:   Get:2 some package\n");
  CHECK(talk.hear("  \x1b[0m\x1b[0m", 50'000).empty()); // as `mvn -q` ends
  CHECK(talk.hear("  \x1b[1;31mERROR\x1b[m: no", 50'000) == "images:   ERROR: no\n");
  CHECK(talk.hear("  \x1b[2J", 60'000) == "images:   ?[2J\n");
  CHECK(talk.hear("  STEP 2: " + std::string(500, 'x'), 60'000).size() <= 122);
  CHECK(image_talk{"build"}.hear("building backend ...", 70'000) == "build: building backend ...\n");
}

TEST_CASE("without a container engine the verbs of images say which were looked for") {
  const playground here;
  here.write_topology("config/paws360.yaml");
  ::setenv("DOCKER_HOST", "unix:///nowhere/docker.sock", 1);
  ::setenv("CONTAINER_HOST", "unix:///nowhere/podman.sock", 1);
  for (const auto* verb : {"list", "build", "pull"}) {
    const auto said = run({"images", verb, "--runtime", "docker"});
    INFO(said.err);
    CHECK(said.code == 2);
    CHECK(said.err.find("ERR_RUN_001") != std::string::npos);
  }
  ::unsetenv("DOCKER_HOST");
  ::unsetenv("CONTAINER_HOST");
}
