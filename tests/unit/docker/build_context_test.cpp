// What an image is built from, and the hash by which a change of it is found.
#include "runtimes/docker/build_context.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace paws::docker;
using paws::topology::failure;
namespace fs = std::filesystem;

namespace {

class place {
public:
  place() : root_{fs::temp_directory_path() / ("paws-context-" + std::to_string(::getpid()))} {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path} << text;
  }
  std::string path() const { return root_.string(); }
  std::string hash() const {
    const auto read = read_context(path());
    REQUIRE(std::holds_alternative<build_context>(read));
    return hash_of(std::get<build_context>(read));
  }
  failure refusal() const {
    const auto read = read_context(path());
    REQUIRE(std::holds_alternative<failure>(read));
    return std::get<failure>(read);
  }

private:
  fs::path root_;
};

} // namespace

TEST_CASE("a context is its files, sorted, wherever they lie and whenever they were written") {
  const place here;
  here.write("Dockerfile", "FROM a\n");
  here.write("z", "last");
  here.write("b/c", "inner");
  const auto read = read_context(here.path());
  REQUIRE(std::holds_alternative<build_context>(read));
  const auto& files = std::get<build_context>(read);
  REQUIRE(files.size() == 3);
  CHECK(files[0].path == "Dockerfile");
  CHECK(files[0].content == "FROM a\n");
  CHECK(files[1].path == "b/c");
  CHECK(files[2].path == "z");
  const auto before = here.hash();
  CHECK(before.size() == 64);
  fs::last_write_time(fs::path{here.path()} / "z", fs::file_time_type{});
  CHECK(here.hash() == before);
}

TEST_CASE("every change of a context changes its hash") {
  const place here;
  here.write("Dockerfile", "FROM a\n");
  here.write("ab", "c");
  const auto first = here.hash();
  here.write("ab", "d");
  const auto content = here.hash();
  CHECK(content != first);
  fs::permissions(fs::path{here.path()} / "ab", fs::perms::owner_all);
  const auto runs = here.hash();
  CHECK(runs != content);
  fs::rename(fs::path{here.path()} / "ab", fs::path{here.path()} / "a");
  CHECK(here.hash() != runs);
  // What moves from the name to the content does not pass for the same.
  CHECK(hash_of({{"ab", "c", false}}) != hash_of({{"a", "bc", false}}));
}

TEST_CASE("what cannot be built from is refused by name") {
  const place here;
  CHECK(here.refusal().code == "ERR_IMG_003");
  CHECK(here.refusal().message.find("it has no Dockerfile") != std::string::npos);
  here.write("Dockerfile", "FROM a\n");
  fs::create_symlink("/etc/shadow", fs::path{here.path()} / "link");
  CHECK(here.refusal().message.find("link is neither a file nor a directory") != std::string::npos);
  fs::remove(fs::path{here.path()} / "link");
  here.write("large", "");
  fs::resize_file(fs::path{here.path()} / "large", context_limit_bytes + 1);
  CHECK(here.refusal().message.find("larger than 64 MiB") != std::string::npos);
}

TEST_CASE("a context travels as an archive of its files") {
  const auto bytes = tar_of({{"Dockerfile", "FROM a\n", false}, {"run", "#!/bin/sh\n", true}});
  CHECK(bytes.size() % 512 == 0);
  CHECK(bytes.find("Dockerfile") == 0);
  CHECK(bytes.find("FROM a\n") == 512);
  CHECK(bytes.find("#!/bin/sh\n") == 3 * 512);
}

TEST_CASE("what a file of patterns names is left out, and the Dockerfile never is") {
  const place here;
  here.write("Dockerfile", "FROM a\n");
  here.write(".dockerignore", "# all but\n*\n!pom.xml\n!src\n!target/backend.jar\n");
  here.write("pom.xml", "p");
  here.write("src/main/A.java", "a");
  here.write("target/backend.jar", "j");
  here.write("target/classes/A.class", "c");
  here.write("node_modules/x/index.js", "n");
  const auto read = read_context(here.path());
  REQUIRE(std::holds_alternative<build_context>(read));
  std::vector<std::string> paths;
  for (const auto& file : std::get<build_context>(read))
    paths.push_back(file.path);
  CHECK(paths == std::vector<std::string>{"Dockerfile", "pom.xml", "src/main/A.java", "target/backend.jar"});
}

TEST_CASE("git's patterns leave out names in whatever directory, Docker's only from the top") {
  const place here;
  here.write("Dockerfile", "FROM a\n");
  here.write(".gitignore", "target/\n*.log\n/top\n");
  here.write(".dockerignore", "*.log\n");
  here.write("a.log", "1");
  here.write("deep/a.log", "2");
  here.write("deep/target/x", "3");
  here.write("deep/top", "4");
  here.write("top", "5");
  const auto names = [&](const char* ignores) {
    const auto read = read_sources(here.path(), ignores);
    REQUIRE(std::holds_alternative<build_context>(read));
    std::vector<std::string> out;
    for (const auto& file : std::get<build_context>(read))
      out.push_back(file.path);
    return out;
  };
  CHECK(names(source_ignores) == std::vector<std::string>{".dockerignore", ".gitignore", "Dockerfile", "deep/top"});
  CHECK(names(image_ignores) == std::vector<std::string>{".dockerignore", ".gitignore", "Dockerfile", "deep/a.log",
                                                         "deep/target/x", "deep/top", "top"});
}

TEST_CASE("what a Dockerfile's own file of patterns names is neither sent to its build nor a source of its service") {
  const place here;
  here.write("Dockerfile", "FROM a\n");
  here.write("Dockerfile.dev", "FROM b\n");
  here.write("Dockerfile.dev.dockerignore", "app\nDockerfile*\n.*ignore\n");
  here.write(".dockerignore", "lock\nDockerfile*\n.*ignore\n");
  here.write(".gitignore", "made/\n");
  here.write("app/page", "1");
  here.write("lock", "2");
  here.write("made/x", "3");
  const auto names = [](const std::variant<build_context, paws::topology::failure>& read) {
    REQUIRE(std::holds_alternative<build_context>(read));
    std::vector<std::string> out;
    for (const auto& file : std::get<build_context>(read))
      out.push_back(file.path);
    return out;
  };
  using list = std::vector<std::string>;
  CHECK(names(read_context(here.path(), "Dockerfile.dev")) == list{"Dockerfile.dev", "lock", "made/x"});
  CHECK(names(read_context(here.path())) == list{"Dockerfile", "app/page", "made/x"});
  CHECK(names(read_service_sources(here.path(), "Dockerfile.dev")) == list{"lock"});
  CHECK(names(read_service_sources(here.path(), "Dockerfile")) == list{".dockerignore", ".gitignore", "Dockerfile",
                                                                       "Dockerfile.dev", "Dockerfile.dev.dockerignore",
                                                                       "app/page", "lock"});
}

TEST_CASE("another Dockerfile is asked for by its name, and may leave out other files") {
  const place here;
  here.write("Dockerfile.source", "FROM b\n");
  here.write("target/backend.jar", "j");
  CHECK(here.refusal().message.find("it has no Dockerfile") != std::string::npos);
  const auto paths = [&](const char* dockerfile) {
    const auto read = read_context(here.path(), dockerfile);
    REQUIRE(std::holds_alternative<build_context>(read));
    std::vector<std::string> out;
    for (const auto& file : std::get<build_context>(read))
      out.push_back(file.path);
    return out;
  };
  CHECK(paths("Dockerfile.source") == std::vector<std::string>{"Dockerfile.source", "target/backend.jar"});
  here.write("Dockerfile", "FROM a\n");
  here.write(".dockerignore", "Dockerfile*\n");
  here.write("Dockerfile.source.dockerignore", "target\n.dockerignore\nDockerfile.source.*\n");
  CHECK(paths("Dockerfile.source") == std::vector<std::string>{"Dockerfile", "Dockerfile.source"});
  CHECK(paths("Dockerfile") == std::vector<std::string>{".dockerignore", "Dockerfile", "target/backend.jar"});
}

TEST_CASE("a Dockerfile that speaks of them finds the authorities that its host trusts of its own") {
  const place here;
  here.write("host/company.crt", "C");
  here.write("host/deep/other.crt", "O");
  here.write("host/notes.txt", "N");
  here.write("context/Dockerfile", "FROM a\n");
  here.write("context/pom.xml", "p");
  const auto paths = [&](const std::string& authorities) {
    const auto read = read_context(here.path() + "/context", "Dockerfile", authorities);
    REQUIRE(std::holds_alternative<build_context>(read));
    std::vector<std::string> out;
    for (const auto& file : std::get<build_context>(read))
      out.push_back(file.path);
    return out;
  };
  CHECK(paths(here.path() + "/host") == std::vector<std::string>{"Dockerfile", "pom.xml"});
  here.write("context/Dockerfile", "FROM a\nCOPY pom.xml .host-ca* /usr/local/share/ca-certificates\n");
  CHECK(paths(here.path() + "/host") == std::vector<std::string>{".host-ca/README", ".host-ca/company.crt",
                                                                 ".host-ca/other.crt", "Dockerfile", "pom.xml"});
  // Where there are none the directory is there all the same, for a COPY that names it.
  CHECK(paths("/nowhere") == std::vector<std::string>{".host-ca/README", "Dockerfile", "pom.xml"});
}
