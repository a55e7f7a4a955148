// Files made to hurt: each is refused with a position, in less than two seconds and 200 MB, in a process of its own.
#include "topology/limits.hpp"
#include "topology_support.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace topology_test;

namespace {

std::string repeated(std::string_view what, std::size_t times) {
  std::string out;
  out.reserve(what.size() * times);
  for (std::size_t i = 0; i < times; ++i)
    out += what;
  return out;
}

// What a child found out about one text.
struct verdict {
  bool ended = false; // by itself, with an answer
  bool refused = false;
  double seconds = 0;
  long peak_kib = 0; // beyond what the process took before
  std::string first; // the first problem
};

verdict judge(const std::string& text) {
  int answer[2];
  REQUIRE(::pipe(answer) == 0);
  const auto child = ::fork();
  if (child == 0) {
#ifndef PAWS_SANITIZED // a sanitizer reserves terabytes of addresses
    const rlimit memory{1UL << 30, 1UL << 30};
    ::setrlimit(RLIMIT_AS, &memory);
#endif
    const rlimit time{30, 30}; // processor seconds: an endless loop ends
    ::setrlimit(RLIMIT_CPU, &time);
    rusage before{};
    rusage after{};
    ::getrusage(RUSAGE_SELF, &before);
    const auto loaded = load_topology_text(text, "t.yaml");
    ::getrusage(RUSAGE_SELF, &after);
    const auto out = std::to_string(after.ru_maxrss - before.ru_maxrss) + "\n" +
                     (loaded.ok() ? "" : to_string(loaded.problems.front()));
    ::_exit(::write(answer[1], out.data(), out.size()) == static_cast<ssize_t>(out.size()) ? 0 : 1);
  }
  ::close(answer[1]);
  std::string told;
  char piece[4096];
  for (ssize_t got = 0; (got = ::read(answer[0], piece, sizeof piece)) > 0;)
    told.append(piece, static_cast<std::size_t>(got));
  ::close(answer[0]);
  int status = -1;
  rusage used{};
  REQUIRE(::wait4(child, &status, 0, &used) == child);
  verdict out;
  const auto newline = told.find('\n');
  out.ended = status == 0 && newline != std::string::npos;
  if (!out.ended)
    return out;
  out.peak_kib = std::stol(told.substr(0, newline));
  out.first = told.substr(newline + 1);
  out.refused = !out.first.empty();
  out.seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  return out;
}

struct hostile {
  std::string name;
  std::function<std::string()> text;
  std::string words; // in the first problem
};

std::string alias_bomb() {
  std::string out = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    out += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + repeated(", " + before, 8) + "]\n";
  }
  return out;
}

std::string alias_text_bomb() {
  return "a: &a \"" + std::string(500'000, 'x') + "\"\nb: [" + repeated("*a, ", 90) + "*a]\n";
}

std::string block_nesting(int levels) {
  std::string out;
  for (int i = 0; i < levels; ++i)
    out += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  return out;
}

const std::string head = "name: x\nversion: 1\n";

// Nesting, repetition, marks of YAML without end.
std::vector<hostile> hostile_structures() {
  return {
      {"alias bomb", alias_bomb, "too many"},
      {"alias bomb of text", alias_text_bomb, "too much text"},
      {"alias of itself", [] { return head + "networks: &n { a: *n }\n"; }, "alias"},
      {"unknown alias", [] { return head + "networks: *n\n"; }, "anchor is not defined"},
      {"101 aliases", [] { return head + "a: &a x\nb: [" + repeated("*a, ", 100) + "*a]\n"; }, "too many aliases"},
      {"65 lists", [] { return "a: " + repeated("[", 65) + repeated("]", 65); }, "nested deeper than 64"},
      {"100,000 open lists", [] { return "a: " + repeated("[", 100'000); }, "too many brackets"},
      {"49,000 open lists", [] { return "a: " + repeated("[", 49'000); }, ""},
      {"49,000 open groups", [] { return "a: " + repeated("{", 49'000); }, ""},
      {"24,000 groups in groups", [] { return repeated("{a: ", 24'000) + repeated("}", 24'000); }, ""},
      {"1000 levels of blocks", [] { return block_nesting(1000); }, "nested deeper than 64"},
      {"100,000 dashes", [] { return "a:\n" + repeated("- ", 100'000) + "x\n"; }, "nested deeper than 64"},
      {"500,000 dashes, dense", [] { return repeated("- ", 500'000); }, ""},
      {"500,000 question marks", [] { return repeated("? ", 500'000); }, ""},
      {"a million of &", [] { return "a: " + repeated("&", 1'000'000); }, ""},
      {"anchors only", [] { return repeated("&a ", 300'000); }, ""},
      {"tags only", [] { return repeated("!a ", 300'000); }, ""},
      {"a million of !", [] { return "a: " + repeated("!", 1'000'000); }, ""},
      {"a million of quotes", [] { return "a: " + repeated("\"", 1'000'000); }, ""},
      {"a million of single quotes", [] { return "a: " + repeated("'", 1'000'000); }, ""},
      {"a million of colons", [] { return repeated(":", 1'000'000); }, ""},
      {"colons and blanks", [] { return repeated(": ", 500'000); }, ""},
      {"an open string", [] { return "a: \"" + std::string(1'000'000, 'x'); }, ""},
  };
}

// Much of one thing.
std::vector<hostile> hostile_sizes() {
  return {
      {"a literal block of a megabyte", [] { return head + "a: |\n " + std::string(1'000'000, 'x') + "\n"; },
       "unknown key"},
      {"a million newlines and no value", [] { return std::string(1'000'000, '\n'); }, ""},
      {"a million blanks", [] { return std::string(1'000'000, ' '); }, ""},
      {"comments only", [] { return repeated("#\n", 500'000); }, ""},
      {"one comment of a megabyte", [] { return "#" + std::string(1'000'000, 'x'); }, ""},
      {"a key of a megabyte", [] { return std::string(1'000'000, 'k') + ": 1\n"; }, ""},
      {"a name of a megabyte", [] { return "version: 1\nname: " + std::string(1'000'000, 'n') + "\n"; }, "not allowed"},
      {"1,500 keys",
       [] {
         std::string out;
         for (int i = 0; i < 1500; ++i)
           out += "key" + std::to_string(i) + ": 1\n";
         return out;
       },
       "too many entries"},
      {"one key a thousand times", [] { return repeated("name: x\n", 1000); }, ""},
      {"a hundred thousand keys", [] { return repeated("k: 1\n", 100'000); }, "too many"},
      {"a hundred thousand documents", [] { return repeated("---\n", 100'000); }, ""},
      {"two documents", [] { return head + "---\n" + head; }, "second document"},
  };
}

// What is no text, or means more than it says.
std::vector<hostile> hostile_bytes() {
  return {
      {"a megabyte and a byte", [] { return head + "#" + std::string(limits::file_bytes, 'x'); },
       "larger than 1048576"},
      {"ten megabytes", [] { return std::string(10'000'000, 'x'); }, "larger than 1048576"},
      {"nothing", [] { return std::string{}; }, "group of keys"},
      {"a list", [] { return std::string{"[a, b]"}; }, "group of keys"},
      {"a NUL byte", [] { return head + "root: a" + std::string(1, '\0') + "b\n"; }, "a NUL byte"},
      {"only NUL bytes", [] { return std::string(1000, '\0'); }, "a NUL byte"},
      {"UTF-16",
       [] {
         return std::string{"\xff\xfen\0a\0m\0e\0", 10};
       },
       "not valid UTF-8"},
      {"overlong UTF-8", [] { return head + "root: \xc0\xaf\n"; }, "not valid UTF-8"},
      {"a surrogate", [] { return head + "root: \xed\xa0\x80\n"; }, "not valid UTF-8"},
      {"cut UTF-8", [] { return head + "root: \xe2\x82"; }, "not valid UTF-8"},
      {"an escape sequence", [] { return head + "root: \x1b[2J\n"; }, "control character"},
      {"CSI as one character",
       [] {
         return head + "root: \xc2\x9b"
                       "2J\n";
       },
       "control character"},
      {"a tab for indentation", [] { return head + "networks:\n\tinfra: {}\n"; }, ""},
      {"a tag", [] { return head + "root: !!python/object:os.system x\n"; }, "tags such as"},
      {"a binary tag", [] { return head + "root: !!binary aGVsbG8=\n"; }, "tags such as"},
      {"merge keys", [] { return head + "networks: { <<: { infra: {} } }\n"; }, "not allowed"},
      {"a list as key", [] { return head + "[a, b]: c\n"; }, "a key must be one word"},
      {"a null key", [] { return head + "~: c\n"; }, ""},
      {"a directive", [] { return std::string{"%YAML 9.9\n---\nname: x\n"}; }, ""},
      {"a hundred thousand directives", [] { return repeated("%TAG ! tag:x,2000:\n", 50'000) + "--- a\n"; }, ""},
  };
}

void check_all(const std::vector<hostile>& all) {
  for (const auto& one : all) {
    const auto found = judge(one.text());
    CAPTURE(one.name, found.first, found.seconds, found.peak_kib);
    CHECK(found.ended);
    CHECK(found.refused);
    CHECK(found.first.starts_with("t.yaml:"));
    CHECK(found.first.size() < 1000);
    if (!one.words.empty())
      CHECK(found.first.find(one.words) != std::string::npos);
#ifndef PAWS_SANITIZED
    CHECK(found.seconds < 2); // processor time: other work on the machine does not count
    CHECK(found.peak_kib < 200 * 1024);
#endif
  }
}

} // namespace

TEST_CASE("hostile structures are refused quickly, small, and with a position") {
  check_all(hostile_structures());
}

TEST_CASE("hostile sizes are refused quickly, small, and with a position") {
  check_all(hostile_sizes());
}

TEST_CASE("hostile bytes are refused quickly, small, and with a position") {
  check_all(hostile_bytes());
}

TEST_CASE("what is within the limits is read") {
  CHECK(problems_of("name: x\nversion: 1\n#" + std::string(limits::file_bytes - 21, 'x')).empty());
  CHECK(problems_of("name: &n x\nversion: 1\nnetworks: { a: &o { optional: true }, b: *o }\n").empty());
  CHECK(problems_of("---\nname: x\nversion: 1\n...\n").empty());
  CHECK(problems_of("\xEF\xBB\xBFname: x\nversion: 1\n").empty()); // what some editors put first
  CHECK(problems_of("name: x\r\nversion: 1\r\n").empty());
  const auto found = problems_of("name: x\nversion: 1\nroot: " + repeated("[", 63) + repeated("]", 63));
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("`root` must be a single value") != std::string::npos);
}

TEST_CASE("the largest good topology is read within the same bounds") {
  std::string text = "name: large\nversion: 1\nruntime: { process: { subnet: 127.64.0.0/16 } }\nservices:\n";
  for (int i = 0; i < 200; ++i) {
    text += "  s" + std::to_string(i) + ":\n    process: { command: [run] }\n";
    text += "    environment: { A: \"" + std::string(2000, 'x') + "\" }\n";
    if (i > 0)
      text += "    depends_on: {";
    for (int j = 0; j < i && j < 40; ++j)
      text += (j == 0 ? " s" : ", s") + std::to_string(i - 1 - j) + ": started";
    if (i > 0)
      text += " }\n";
  }
  const auto found = judge(text);
  CAPTURE(found.first, found.seconds, found.peak_kib);
  CHECK(found.ended);
  CHECK_FALSE(found.refused);
#ifndef PAWS_SANITIZED
  CHECK(found.seconds < 2);
  CHECK(found.peak_kib < 200 * 1024);
#endif
}
