// Every input that was ever found worth keeping, once through the parser it belongs to.
#include "tests/fuzz/targets.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

using namespace paws::fuzz;
namespace fs = std::filesystem;

namespace {

const std::map<std::string, void (*)(std::string_view)> targets{
    {"topology", feed_topology},
    {"http", feed_http},
    {"json", feed_json},
    {"postgres", feed_postgres},
    {"patroni", feed_patroni},
    {"redis", feed_redis},
    {"haproxy", feed_haproxy},
    {"frame", feed_frame},
    {"excerpt", feed_excerpt},
    {"query", feed_query},
    {"engine_log", feed_engine_log},
    {"engine_event", feed_engine_event},
    {"container", feed_container},
};

std::string contents(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE("the kept inputs of every fuzz target") {
  const fs::path corpus = PAWS_SOURCE_DIR "/tests/fuzz/corpus";
  std::uintmax_t bytes = 0;
  for (const auto& folder : fs::directory_iterator{corpus})
    CHECK(targets.contains(folder.path().filename().string()));
  for (const auto& [name, feed] : targets) {
    int inputs = 0;
    for (const auto& file : fs::directory_iterator{corpus / name}) {
      const auto input = contents(file);
      feed(input);
      bytes += input.size();
      ++inputs;
    }
    INFO(name);
    CHECK(inputs > 0);
  }
  CHECK(bytes < 1'000'000); // a corpus that is small enough to be kept
}
