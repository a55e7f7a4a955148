#include "store/journal_file.hpp"

#include "store/event_line.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace paws::store;
using paws::logic::event;
using store_test::content_of;
using store_test::failure_of;
using store_test::scratch;

namespace {

event numbered(std::uint64_t seq, std::string text = "something happened") {
  event out;
  out.seq = seq;
  out.at_us = 1'700'000'000'000'000 + static_cast<std::int64_t>(seq);
  out.kind = "service_state";
  out.subject = "etcd1";
  out.text = std::move(text);
  out.fields = {{"from", "starting"}, {"to", "ready"}};
  return out;
}

journal_file opened(const std::string& path, std::size_t most_bytes = journal_file_bytes) {
  auto out = journal_file::open(path, most_bytes);
  INFO(failure_of(out).message);
  REQUIRE(std::holds_alternative<journal_file>(out));
  return std::get<journal_file>(std::move(out));
}

std::vector<std::uint64_t> numbers(const journal_file& in, std::uint64_t since = 0, std::uint32_t limit = 1'000'000) {
  auto found = in.read(since, limit);
  REQUIRE(std::holds_alternative<std::vector<event>>(found));
  std::vector<std::uint64_t> out;
  for (const auto& what : std::get<std::vector<event>>(found))
    out.push_back(what.seq);
  return out;
}

void append(journal_file& to, std::uint64_t first, std::uint64_t last) {
  for (auto seq = first; seq <= last; ++seq)
    REQUIRE_FALSE(to.append(numbered(seq)));
}

using seqs = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("an event survives the way to its line and back, whatever stands in it") {
  auto what = numbered(7, "quotes \" and \\, a\nnew line, a tab\t, \x01, ünïcode");
  what.fields["empty"] = "";
  what.fields["nul"] = std::string{"a\0b", 3};
  const auto line = to_line(what);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find('\0') == std::string::npos);
  CHECK(seq_of(line) == 7);
  const auto back = event_of(std::string_view{line}.substr(0, line.size() - 1));
  REQUIRE(back);
  CHECK(back->seq == 7);
  CHECK(back->at_us == what.at_us);
  CHECK(back->kind == what.kind);
  CHECK(back->subject == what.subject);
  CHECK(back->text == what.text);
  CHECK(back->fields == what.fields);
}

TEST_CASE("bytes of a log that are no UTF-8 do not keep an event from the journal") {
  const auto line = to_line(numbered(1, "bad \xff\xfe byte"));
  const auto back = event_of(std::string_view{line}.substr(0, line.size() - 1));
  REQUIRE(back);
  CHECK(back->text == "bad \xEF\xBF\xBD\xEF\xBF\xBD byte");
}

TEST_CASE("an event of ten megabytes is cut, not lost") {
  auto what = numbered(3, std::string(10'000'000, '\x01'));
  what.fields["log"] = std::string(10'000'000, 'x');
  const auto line = to_line(what);
  CHECK(line.size() <= event_line_bytes);
  const auto back = event_of(std::string_view{line}.substr(0, line.size() - 1));
  REQUIRE(back);
  CHECK(back->seq == 3);
  CHECK(back->fields.at("cut") == "true");
}

TEST_CASE("lines that are no events are told apart") {
  CHECK_FALSE(event_of(""));
  CHECK_FALSE(event_of("{}"));
  CHECK_FALSE(event_of(R"({"seq":1})"));
  CHECK_FALSE(event_of(R"({"seq":-1,"at_us":1,"kind":"k","subject":"s","text":"t","fields":{}})"));
  CHECK_FALSE(event_of(R"({"seq":1,"at_us":"1","kind":"k","subject":"s","text":"t","fields":{}})"));
  CHECK_FALSE(event_of(R"({"seq":1,"at_us":1,"kind":1,"subject":"s","text":"t","fields":{}})"));
  CHECK_FALSE(event_of(R"({"seq":1,"at_us":1,"kind":"k","subject":"s","text":"t","fields":{})"));
  CHECK(event_of(R"({"seq":1,"at_us":1,"kind":"k","subject":"s","text":"t","fields":{"n":1,"s":"x"},"new":0})"));
  CHECK_FALSE(seq_of("{\"seq\":"));
  CHECK_FALSE(seq_of("{\"seq\":99999999999999999999999,"));
  CHECK_FALSE(seq_of("{\"kind\":1,"));
}

TEST_CASE("a journal goes on where it ended") {
  const scratch dir;
  const auto path = dir.path("a/b/journal.jsonl");
  {
    auto file = opened(path);
    CHECK(file.last_seq() == 0);
    CHECK(numbers(file).empty());
    append(file, 1, 5);
    CHECK(file.last_seq() == 5);
  }
  auto file = opened(path);
  append(file, 6, 8);
  CHECK(numbers(file) == seqs{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(store_test::mode_of(path) == 0600);
}

TEST_CASE("a page begins after `since` and ends at its limit") {
  const scratch dir;
  auto file = opened(dir.path("j"));
  append(file, 1, 10);
  CHECK(numbers(file, 3, 4) == seqs{4, 5, 6, 7});
  CHECK(numbers(file, 9, 4) == seqs{10});
  CHECK(numbers(file, 10, 4).empty());
  CHECK(numbers(file, 0, 0).empty());
  CHECK(numbers(file, UINT64_MAX, 5).empty());
}

TEST_CASE("whatever a crash cuts off an event, those before it stay and the file is whole again") {
  const scratch dir;
  const auto whole = to_line(numbered(1)) + to_line(numbered(2));
  const auto torn = to_line(numbered(3));
  for (std::size_t kept = 0; kept < torn.size(); ++kept) {
    const auto path = dir.write("j", whole + torn.substr(0, kept));
    auto file = opened(path);
    REQUIRE(file.last_seq() == 2);
    REQUIRE(content_of(path) == whole);
    append(file, 3, 3);
    REQUIRE(numbers(file) == seqs{1, 2, 3});
  }
}

TEST_CASE("a first event that was torn leaves an empty journal") {
  const scratch dir;
  const auto torn = to_line(numbered(1));
  for (std::size_t kept = 0; kept < torn.size(); ++kept) {
    const auto path = dir.write("j", torn.substr(0, kept));
    auto file = opened(path);
    REQUIRE(file.last_seq() == 0);
    REQUIRE(content_of(path).empty());
  }
}

TEST_CASE("blocks that a power cut left unfilled are cut off") {
  const scratch dir;
  const std::string nothing(100'000, '\0');
  const auto whole = to_line(numbered(1));
  CHECK(opened(dir.write("a", whole + nothing)).last_seq() == 1);
  CHECK(content_of(dir.path("a")) == whole);
  CHECK(opened(dir.write("b", nothing)).last_seq() == 0);
  CHECK(opened(dir.write("c", whole + to_line(numbered(2)).substr(0, 20) + nothing + "\n")).last_seq() == 1);
}

TEST_CASE("rubbish inside of a journal is passed by") {
  const scratch dir;
  const auto path = dir.write("j", to_line(numbered(1)) + "rubbish\n\n" + std::string(100, '\0') + "\n" +
                                       std::string(10'000'000, 'x') + "\n{\"seq\":2,broken\n" + to_line(numbered(2)) +
                                       to_line(numbered(2)) + to_line(numbered(1)) + to_line(numbered(3)));
  CHECK(numbers(opened(path)) == seqs{1, 2, 3}); // each number once, in order
}

TEST_CASE("a file that is no journal is refused and left alone") {
  const auto content =
      GENERATE(as<std::string>{}, "#!/bin/sh\necho hello\n", "{\"version\":1}\n", "\n\n\n", "\nsomebody's notes\n", "x",
               std::string(10'000'000, 'x'), std::string(10'000'000, 'x') + "\n");
  const scratch dir;
  const auto path = dir.write("j", content);
  const auto why = failure_of(journal_file::open(path));
  CHECK(why.code == "ERR_SYS_003");
  CHECK(why.message.find(path) == 0);
  CHECK_FALSE(why.remedy.empty());
  CHECK(content_of(path) == content);
}

TEST_CASE("what is no plain file is no journal") {
  const scratch dir;
  const auto path = dir.path("j");
  SECTION("a symbolic link") {
    REQUIRE(::symlink(dir.path("elsewhere").c_str(), path.c_str()) == 0);
  }
  SECTION("a FIFO") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  SECTION("a directory") {
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  }
  CHECK(failure_of(journal_file::open(path)).code == "ERR_SYS_003");
  CHECK_FALSE(std::filesystem::exists(dir.path("elsewhere")));
}

TEST_CASE("a journal in a place that cannot be written is a failure") {
  const scratch dir;
  dir.write("file", "");
  CHECK(failure_of(journal_file::open(dir.path("file/j"))).code == "ERR_SYS_003");
  CHECK(failure_of(journal_file::open("/proc/paws/j")).code == "ERR_SYS_003");
}

TEST_CASE("a journal keeps to its bound: two files, the newest events, no number twice") {
  const scratch dir;
  const auto path = dir.path("j");
  const auto line = to_line(numbered(100)).size();
  const auto most = 10 * line;
  auto file = opened(path, most);
  append(file, 1, 995);
  CHECK(std::filesystem::file_size(path) <= most);
  CHECK(std::filesystem::file_size(path + ".1") <= most);
  CHECK(std::distance(std::filesystem::directory_iterator{dir.path("")}, {}) == 2);
  const auto kept = numbers(file);
  CHECK(kept.size() > 10);
  CHECK(kept.back() == 995);
  for (std::size_t i = 1; i < kept.size(); ++i)
    CHECK(kept[i] == kept[i - 1] + 1);
  CHECK(numbers(file, kept.front() - 1, 12).size() == 12); // a page across both files
  auto again = opened(path, most);
  CHECK(again.last_seq() == 995);
}

TEST_CASE("numbers go on when the engine died between two files") {
  const scratch dir;
  const auto path = dir.path("j");
  append(*std::make_unique<journal_file>(opened(path)), 1, 4);
  std::filesystem::rename(path, path + ".1");
  SECTION("before the new file was made") {}
  SECTION("with a torn first line in it") {
    dir.write("j", to_line(numbered(5)).substr(0, 30));
  }
  auto file = opened(path);
  CHECK(file.last_seq() == 4);
  append(file, 5, 5);
  CHECK(numbers(file) == seqs{1, 2, 3, 4, 5});
}

TEST_CASE("a disk without space loses the event and nothing else") {
  // A file size limit stands for the full disk; in a child, for limits are a process's own.
  const scratch dir;
  const auto path = dir.path("j");
  const auto child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto file = std::get<journal_file>(journal_file::open(path));
    if (file.append(numbered(1)))
      ::_exit(1);
    const auto size = std::filesystem::file_size(path);
    const rlimit tight{size + 20, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &tight);
    if (!file.append(numbered(2)) || std::filesystem::file_size(path) != size || file.last_seq() != 1)
      ::_exit(2);
    const rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &wide);
    ::_exit(file.append(numbered(2)) ? 3 : 0);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(numbers(opened(path)) == seqs{1, 2});
}

TEST_CASE("events outlive an engine that is killed in the midst of writing") {
  const scratch dir;
  const auto path = dir.path("j");
  for (int round = 0; round < 5; ++round) {
    int pipes[2];
    REQUIRE(::pipe(pipes) == 0);
    const auto child = ::fork();
    if (child == 0) {
      auto file = std::get<journal_file>(journal_file::open(path, 64UL * 1024));
      for (auto seq = file.last_seq() + 1;; ++seq) {
        if (file.append(numbered(seq)) || ::write(pipes[1], &seq, sizeof seq) != sizeof seq)
          ::_exit(1);
      }
    }
    ::close(pipes[1]);
    std::uint64_t told = 0;
    for (int i = 0; i < 500; ++i)
      REQUIRE(::read(pipes[0], &told, sizeof told) == sizeof told);
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    while (::read(pipes[0], &told, sizeof told) == sizeof told) {
    }
    ::close(pipes[0]);
    auto file = opened(path, 64UL * 1024);
    CHECK(file.last_seq() >= told); // what was said to be appended is there
    CHECK(numbers(file, told - 1, 1) == seqs{told});
  }
}
