// What containers are made of: missing images, builds that fail, and the verbs that show and mend it, on real Docker.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
namespace fs = std::filesystem;

namespace {

// Another directory for our images than the project's own, for the commands of one test.
class other_images {
public:
  explicit other_images(const fs::path& where) : directory_{where} {
    ::setenv("PAWS_IMAGES_DIR", where.c_str(), 1); // NOLINT(concurrency-mt-unsafe): no thread of ours runs
  }
  other_images(const other_images&) = delete;
  other_images& operator=(const other_images&) = delete;
  ~other_images() { ::unsetenv("PAWS_IMAGES_DIR"); } // NOLINT(concurrency-mt-unsafe)

  void write(const std::string& kind, const std::string& dockerfile) const {
    fs::create_directories(directory_ / kind);
    std::ofstream{directory_ / kind / "Dockerfile"} << dockerfile;
  }

private:
  fs::path directory_;
};

std::vector<std::string> containers_of(const std::string& environment) {
  program listing{{"docker", "ps", "-aq", "--filter", "label=io.paws-engine.environment=" + environment}, {}};
  listing.wait(in(std::chrono::seconds{30}));
  CHECK(listing.exit_code() == 0);
  return listing.out().empty() ? std::vector<std::string>{} : std::vector<std::string>{listing.out()};
}

} // namespace

TEST_CASE("an image that is nowhere is ERR_IMG_001, names who needs it, and nothing is created", "[alone]") {
  stack s{[](YAML::Node& doc) { doc["clusters"]["redis"]["image"] = "127.0.0.1:9/paws-test/none:1"; }};
  const auto refused = s.run({"start", s.topology().string(), "--runtime", "docker", "--format", "json"});
  INFO(refused.out << refused.err);
  CHECK(refused.exit_code == 2);
  CHECK(refused.json()["error"]["code"] == "ERR_IMG_001");
  CHECK(refused.err.find("127.0.0.1:9/paws-test/none:1") != std::string::npos);
  CHECK(refused.err.find("redis1") != std::string::npos);
  CHECK(containers_of(s.name()).empty());
  CHECK(!fs::exists(s.root() / ".local/secrets.env"));
}

TEST_CASE("a build that fails is ERR_IMG_003 with its last lines, and the image stays what it was", "[alone]") {
  stack s;
  const other_images ours{s.root() / "images"};
  ours.write("etcd", "FROM debian:bookworm-slim\nRUN echo there is no such thing; exit 7\n");
  const auto before =
      s.run({"images", "list", s.topology().string(), "--runtime", "docker", "--format", "json"}).json();
  const auto failed = s.run({"images", "build", s.topology().string(), "--runtime", "docker", "--force"});
  INFO(failed.out << failed.err);
  CHECK(failed.exit_code == 2);
  CHECK(failed.err.find("there is no such thing\n") != std::string::npos);
  CHECK(failed.err.find("[IMAGES] ERR_IMG_003: paws360/etcd:bookworm could not be built") != std::string::npos);
  CHECK(failed.out.find("images: building paws360/etcd:bookworm on docker ...") != std::string::npos);
  const auto after = s.run({"images", "list", s.topology().string(), "--runtime", "docker", "--format", "json"}).json();
  CHECK(after == before);
}

TEST_CASE("the list of images shows each that the topology names, with its state and its members", "[alone]") {
  stack s{[](YAML::Node& doc) { doc["clusters"]["redis"]["image"] = "127.0.0.1:9/paws-test/none:1"; }};
  const auto listed =
      s.run({"images", "list", "--file", s.topology().string(), "--runtime", "docker", "--format", "json"});
  INFO(listed.out << listed.err);
  REQUIRE(listed.exit_code == 0);
  const auto rows = listed.json()["images"];
  REQUIRE(rows.size() == 4);
  const auto redis =
      *std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row["members"][0] == "redis1"; });
  CHECK(redis["state"] == "missing");
  CHECK(redis["id"].is_null());
  CHECK(redis["directory"].is_null());
  CHECK(redis["members"].size() == 6);
  const auto etcd =
      *std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row["members"][0] == "etcd1"; });
  CHECK(etcd["name"] == "paws360/etcd:bookworm");
  CHECK(etcd["engine"] == "docker");
  CHECK(etcd["directory"].get<std::string>().ends_with("/images/etcd"));
}
