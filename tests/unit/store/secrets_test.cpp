#include "store/secrets.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace paws::store;
using paws::topology::failure;
using store_test::content_of;
using store_test::failure_of;
using store_test::mode_of;
using store_test::scratch;

namespace {

secret_map loaded(const std::string& path) {
  auto out = load_secrets(path);
  INFO(failure_of(out).message);
  REQUIRE(std::holds_alternative<secret_map>(out));
  return std::get<secret_map>(out);
}

std::vector<std::string> generated(const std::string& path, const std::vector<std::string>& names) {
  auto out = generate_secrets(path, names);
  INFO(failure_of(out).message);
  REQUIRE(std::holds_alternative<std::vector<std::string>>(out));
  return std::get<std::vector<std::string>>(out);
}

} // namespace

TEST_CASE("a secrets file is names and values, nothing quoted") {
  const scratch dir;
  const auto path = dir.write("s.env", "# comment\n\n  # indented\n\t\nA=1\nB_2=with = and # and spaces \nC=\"x\"\n"
                                       "EMPTY=\nD=\xff\x01 bytes\nLAST=end");
  CHECK(loaded(path) ==
        secret_map{
            {"A", "1"}, {"B_2", "with = and # and spaces "}, {"C", "\"x\""}, {"D", "\xff\x01 bytes"}, {"LAST", "end"}});
}

TEST_CASE("a secrets file that is not there says how to make it") {
  const scratch dir;
  const auto why = failure_of(load_secrets(dir.path("none.env")));
  CHECK(why.code == "ERR_SEC_001");
  CHECK(why.remedy.find("local-gen-secrets") != std::string::npos);
}

TEST_CASE("a secrets file that others can use is refused with its remedy") {
  const scratch dir;
  const auto path = dir.write("s.env", "A=1\n");
  const auto mode = GENERATE(0644, 0640, 0660, 0604, 0610, 0601, 0777);
  REQUIRE(::chmod(path.c_str(), static_cast<mode_t>(mode)) == 0);
  const auto why = failure_of(load_secrets(path));
  CHECK(why.code == "ERR_SEC_002");
  CHECK(why.remedy == "chmod 600 " + path);
  CHECK(failure_of(generate_secrets(path, {"B"})).code == "ERR_SEC_002");
  CHECK(content_of(path) == "A=1\n");
}

TEST_CASE("a secrets file may be read-only") {
  const scratch dir;
  const auto path = dir.write("s.env", "A=1\n");
  REQUIRE(::chmod(path.c_str(), 0400) == 0);
  CHECK(loaded(path).at("A") == "1");
}

TEST_CASE("what is no plain file is not read as secrets") {
  const scratch dir;
  const auto path = dir.path("s.env");
  SECTION("a symbolic link, even to a good file") {
    REQUIRE(::symlink(dir.write("real.env", "A=1\n").c_str(), path.c_str()) == 0);
    CHECK(failure_of(load_secrets(path)).message.find("symbolic link") != std::string::npos);
  }
  SECTION("a dangling symbolic link") {
    REQUIRE(::symlink(dir.path("nowhere").c_str(), path.c_str()) == 0);
  }
  SECTION("a FIFO without a writer: answered, not waited for") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  SECTION("a directory") {
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  }
  CHECK(failure_of(load_secrets(path)).code == "ERR_SEC_002");
  CHECK(failure_of(generate_secrets(path, {"A"})).code == "ERR_SEC_002");
  CHECK_FALSE(std::filesystem::exists(dir.path("nowhere")));
}

TEST_CASE("a secrets file of another user is refused") {
  if (::geteuid() != 0)
    return; // only root can give files away
  const scratch dir;
  const auto path = dir.write("s.env", "A=1\n");
  REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
  const auto why = failure_of(load_secrets(path));
  CHECK(why.code == "ERR_SEC_002");
  CHECK(why.message.find("65534") != std::string::npos);
}

TEST_CASE("a secrets file has a bound") {
  const scratch dir;
  CHECK(loaded(dir.write("fits.env", "A=" + std::string(secrets_file_bytes - 2, 'x'))).size() == 1);
  CHECK(failure_of(load_secrets(dir.write("large.env", "A=" + std::string(secrets_file_bytes - 1, 'x')))).code ==
        "ERR_SEC_002");
  CHECK(failure_of(load_secrets(dir.write("huge.env", "A=" + std::string(10'000'000, 'x')))).code == "ERR_SEC_002");
}

TEST_CASE("a malformed line is named by its number and never quoted") {
  struct row {
    std::string content;
    std::string line;
  };
  const std::string secret = "hunter2";
  const auto [content, line] = GENERATE_COPY(values<row>({
      {"A=1\n" + secret + "\n", "2"},
      {"=" + secret + "\n", "1"},
      {"A=1\nB =" + secret + "\n", "2"},
      {" A=" + secret + "\n", "1"},
      {"export A=" + secret + "\n", "1"},
      {"1A=" + secret + "\n", "1"},
      {"A-B=" + secret + "\n", "1"},
      {"\xC3\x84=" + secret + "\n", "1"},
      {"\xEF\xBB\xBF" + ("A=" + secret) + "\n", "1"},
      {std::string(64, 'A') + "=" + secret + "\n", "1"},
      {"A=1\n\nB=" + secret + "\r\n", "3"},
      {"A=1\nB=" + secret + std::string{'\0'} + "x\n", "2"},
      {std::string{'\0'} + "\n", "1"},
      {"A=1\nB=2\nA=" + secret + "\n", "3"},
      {"A=\nA=" + secret + "\n", "2"},
  }));
  const scratch dir;
  const auto path = dir.write("s.env", content);
  const auto why = failure_of(load_secrets(path));
  CAPTURE(content, why.message);
  CHECK(why.code == "ERR_SEC_002");
  CHECK(why.message.find(path + ":" + line) == 0);
  CHECK_FALSE(why.remedy.empty());
  CHECK(to_string(why).find(secret) == std::string::npos);
}

TEST_CASE("generated secrets are long, random and need no quoting anywhere") {
  const scratch dir;
  const auto path = dir.path("deep/.local/secrets.env");
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i)
    names.push_back("NAME_" + std::to_string(i));
  CHECK(generated(path, names) == names);
  CHECK(mode_of(path) == 0600);
  const auto found = loaded(path);
  std::set<std::string> values;
  std::set<char> characters;
  for (const auto& [name, value] : found) {
    CHECK(value.size() == 43);
    values.insert(value);
    characters.insert(value.begin(), value.end());
  }
  CHECK(values.size() == names.size());
  CHECK(characters.size() == 64); // 8,600 characters: that one of the alphabet never comes up is beyond chance
  for (const char c : characters)
    CHECK((std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'));
}

TEST_CASE("the umask does not widen or narrow a secrets file") {
  const scratch dir;
  const auto mask = GENERATE(0000, 0777, 0022);
  const auto before = ::umask(static_cast<mode_t>(mask));
  const auto out = generate_secrets(dir.path("x/s.env"), {"A"});
  ::umask(before);
  REQUIRE(std::holds_alternative<std::vector<std::string>>(out));
  CHECK(mode_of(dir.path("x/s.env")) == 0600);
  CHECK(mode_of(dir.path("x")) == 0755);
}

TEST_CASE("generating again changes nothing that is there") {
  const scratch dir;
  const std::string before = "# mine\nB=b value\n\nA=a\n# end without newline";
  const auto path = dir.write("s.env", before);
  CHECK(generated(path, {"A", "B"}).empty());
  CHECK(content_of(path) == before);
  CHECK(generated(path, {"A", "C", "B", "D", "C"}) == std::vector<std::string>{"C", "D"});
  const auto after = content_of(path);
  CHECK(after.starts_with(before + "\nC="));
  CHECK(loaded(path).size() == 4);
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("a name without a value gets one on its own line") {
  const scratch dir;
  const auto path = dir.write("s.env", "A=\n# keep\nB=2\nC=");
  CHECK(generated(path, {"C", "A", "B"}) == std::vector<std::string>{"C", "A"});
  const auto found = loaded(path);
  CHECK(found.at("B") == "2");
  CHECK(content_of(path) == "A=" + found.at("A") + "\n# keep\nB=2\nC=" + found.at("C"));
  CHECK(found.at("A").size() == 43);
}

TEST_CASE("a malformed secrets file is not added to") {
  const scratch dir;
  const auto path = dir.write("s.env", "A=1\nrubbish\n");
  CHECK(failure_of(generate_secrets(path, {"B"})).code == "ERR_SEC_002");
  CHECK(content_of(path) == "A=1\nrubbish\n");
}

TEST_CASE("what would outgrow the bound is not written") {
  const scratch dir;
  const auto full = "A=" + std::string(secrets_file_bytes - 3, 'x') + "\n";
  const auto path = dir.write("s.env", full);
  CHECK(failure_of(generate_secrets(path, {"B"})).code == "ERR_SEC_002");
  CHECK(content_of(path) == full);
}

TEST_CASE("secrets in a place that cannot be written are a failure that names it") {
  const scratch dir;
  dir.write("file", "");
  CHECK(failure_of(generate_secrets(dir.path("file/.local/secrets.env"), {"A"})).code == "ERR_SYS_003");
  CHECK(failure_of(generate_secrets("/proc/paws/secrets.env", {"A"})).message.find("/proc/paws") == 0);
}

TEST_CASE("generators at the same time agree on one value each") {
  const scratch dir;
  const auto path = dir.path("s.env");
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i)
    if (const auto pid = ::fork(); pid == 0) {
      const auto out = generate_secrets(path, {"A", "OWN_" + std::to_string(i)});
      ::_exit(std::holds_alternative<failure>(out) ? 1 : 0);
    } else {
      children.push_back(pid);
    }
  for (const auto pid : children) {
    int status = -1;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
  }
  CHECK(loaded(path).size() == 9);
}

TEST_CASE("what is missing is named once, in order") {
  paws::topology::document doc;
  doc.secrets.generate = {"A", "B"};
  doc.secrets.user_provided = {"KEY"};
  const secret_map have{{"B", "1"}, {"EMPTY", ""}};
  const auto missing = check_secrets(doc, have, {"A", "B", "EMPTY", "KEY"});
  REQUIRE(missing.size() == 3);
  CHECK(missing[0].message == "Missing secret: A. Run: make local-gen-secrets");
  CHECK(missing[1].message == "Missing secret: EMPTY. Run: make local-gen-secrets");
  CHECK(missing[2].message == "Missing secret: KEY");
  CHECK(missing[2].remedy.find(doc.secrets.file) != std::string::npos);
  CHECK(check_secrets(doc, {{"A", "x"}, {"B", "1"}}, {"A", "B"}).empty());
}

TEST_CASE("the template lists every name and no value, and becomes a good file") {
  const scratch dir;
  paws::topology::document doc;
  doc.root = dir.path("root");
  doc.secrets.generate = {"A", "B"};
  doc.secrets.user_provided = {"KEY"};
  REQUIRE(std::get<bool>(write_secrets_template(doc)));
  CHECK_FALSE(std::get<bool>(write_secrets_template(doc)));
  const auto text = content_of(dir.path("root/.local/secrets.env.template"));
  CHECK(text == secrets_template(doc));
  const auto path = dir.write("copy.env", text);
  CHECK(loaded(path).empty());
  CHECK(generated(path, {"A", "B"}).size() == 2);
  doc.secrets.generate.emplace_back("C");
  CHECK(std::get<bool>(write_secrets_template(doc)));
}

TEST_CASE("replacing values leaves every other byte, and the mode") {
  const scratch dir;
  const auto path = dir.write("s.env", "# keep me\nA=1\n\n  # B=2 is a comment\nB=old value with = and #\nEMPTY=\nC=3");
  CHECK_FALSE(replace_secrets(path, {{"B", "new"}, {"EMPTY", "filled"}, {"C", "longer than before"}}));
  CHECK(content_of(path) == "# keep me\nA=1\n\n  # B=2 is a comment\nB=new\nEMPTY=filled\nC=longer than before");
  CHECK(mode_of(path) == 0600);
  CHECK_FALSE(replace_secrets(path, {{"D", "4"}}));
  CHECK(content_of(path).ends_with("C=longer than before\nD=4\n"));
  const auto before = content_of(path);
  CHECK_FALSE(replace_secrets(path, {{"D", "4"}, {"A", "1"}}));
  CHECK(content_of(path) == before);
}

TEST_CASE("values are replaced only where they may be read") {
  const scratch dir;
  CHECK(replace_secrets(dir.path("none.env"), {{"A", "1"}})->code == "ERR_SEC_001");
  const auto path = dir.write("s.env", "A=1\nnonsense\n");
  CHECK(replace_secrets(path, {{"A", "2"}})->code == "ERR_SEC_002");
  CHECK(content_of(path) == "A=1\nnonsense\n");
}
