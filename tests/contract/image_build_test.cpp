// Images on the real engines: what is built carries the hash of its directory, what cannot be built or pulled is a
// coded error and leaves nothing.
#include "runtimes/docker/api.hpp"
#include "runtimes/docker/build_context.hpp"
#include "runtimes/docker/building.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace paws::docker;
using paws::topology::failure;
namespace fs = std::filesystem;

namespace {

// A directory with a Dockerfile, and the image of it, which goes away with this.
class tiny_image {
public:
  explicit tiny_image(const std::string& on)
      : root_{fs::temp_directory_path() / ("paws-image-" + on + "-" + std::to_string(::getpid()))},
        name_{"paws-test/tiny-" + std::to_string(::getpid()) + ":1"} {
    const auto found = find_engine(on);
    if (const auto* why = std::get_if<failure>(&found))
      FAIL(why->message << " (run: tools/container-engines start)");
    engine_ = std::get<engine>(found);
    fs::create_directories(root_);
  }
  tiny_image(const tiny_image&) = delete;
  tiny_image& operator=(const tiny_image&) = delete;
  ~tiny_image() {
    api{engine_}.remove("/images/" + name_ + "?force=1");
    fs::remove_all(root_);
  }

  std::variant<std::string, failure> build(const std::string& dockerfile,
                                           const std::function<bool()>& interrupted = {}) {
    std::ofstream{root_ / "Dockerfile"} << dockerfile;
    return build_image(engine_, {root_.string(), name_, "", false},
                       {[this](const std::string& line) { said_ += line + "\n"; }, interrupted});
  }
  image_state look() const {
    const auto found = look_at_images(engine_, {name_});
    REQUIRE(std::holds_alternative<std::vector<image_state>>(found));
    return std::get<std::vector<image_state>>(found).front();
  }
  std::string source() const { return hash_of(std::get<build_context>(read_context(root_.string()))); }
  const std::string& said() const { return said_; }
  const engine& on() const { return engine_; }

private:
  fs::path root_;
  std::string name_, said_;
  engine engine_;
};

const std::string base = "FROM debian:bookworm-slim\n";

} // namespace

TEST_CASE("what is built is there under its name, with the hash of its directory") {
  const auto* on = GENERATE("docker", "podman");
  INFO(on);
  tiny_image image{on};
  CHECK(image.look().id.empty());
  const auto built = image.build(base + "LABEL io.paws-engine.image=tiny\n");
  INFO((std::holds_alternative<failure>(built) ? std::get<failure>(built).message : ""));
  REQUIRE(std::holds_alternative<std::string>(built));
  const auto found = image.look();
  CHECK(found.id == std::get<std::string>(built));
  CHECK(found.platform == image.on().platform);
  CHECK(found.bytes > 0);
  CHECK(found.labels.at(source_label) == image.source());
  CHECK(found.labels.at("io.paws-engine.image") == "tiny");
  CHECK(image.said().find("LABEL") != std::string::npos);
}

TEST_CASE("a build that fails is ERR_IMG_003 with its last lines, and leaves no image") {
  const auto* on = GENERATE("docker", "podman");
  INFO(on);
  tiny_image image{on};
  const auto built = image.build(base + "RUN echo as told before; exit 7\n");
  REQUIRE(std::holds_alternative<failure>(built));
  const auto& why = std::get<failure>(built);
  INFO(why.message);
  CHECK(why.code == "ERR_IMG_003");
  CHECK(why.message.find("\n  as told before") != std::string::npos);
  CHECK(why.remedy.find("paws-engine images build") != std::string::npos);
  CHECK(image.look().id.empty());
}

TEST_CASE("what no registry has is a coded error") {
  const auto* on = GENERATE("docker", "podman");
  INFO(on);
  tiny_image image{on};
  const auto pulled = pull_image(image.on(), "127.0.0.1:9/paws-test/none:1", "", {});
  REQUIRE(std::holds_alternative<failure>(pulled));
  const auto& why = std::get<failure>(pulled);
  INFO(why.message);
  CHECK((why.code == "ERR_IMG_003" || why.code == "ERR_IMG_001"));
  CHECK(why.message.find("127.0.0.1:9/paws-test/none:1") != std::string::npos);
}

TEST_CASE("a build that nobody wants any more ends at once") {
  const auto* on = GENERATE("docker", "podman");
  INFO(on);
  tiny_image image{on};
  const auto ended = image.build(base + "RUN echo begun; timeout 20 tail -f /dev/null\n",
                                 [&] { return image.said().find("\nbegun\n") != std::string::npos; });
  REQUIRE(std::holds_alternative<failure>(ended));
  CHECK(std::get<failure>(ended).code == "ERR_SYS_005");
}
