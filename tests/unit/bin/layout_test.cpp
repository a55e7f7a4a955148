#include "bin/layout.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <unistd.h>

using namespace paws::bin;

TEST_CASE("width counts characters, not bytes, and no colours") {
  CHECK(width_of("") == 0);
  CHECK(width_of("etcd") == 4);
  CHECK(width_of("✓ ok") == 4);
  CHECK(width_of("\x1b[32mready\x1b[0m") == 5);
  CHECK(width_of("\x1b[32") == 0);  // a colour that was cut off
  CHECK(width_of("\x80\x80") >= 1); // no UTF-8 at all
}

TEST_CASE("cutting keeps characters whole and says that something is missing") {
  CHECK(cut("short", 5) == "short");
  CHECK(cut("a long sentence", 9) == "a long...");
  CHECK(cut("éééééé", 5) == "éé...");
  CHECK(cut("anything", 2) == "..");
  CHECK(cut("anything", 0).empty());
}

TEST_CASE("tables are aligned by what is seen, without trailing spaces") {
  CHECK(columns({{"A", "B"}, {"✓", "xx"}, {"long", ""}}) == "A     B\n✓     xx\nlong\n");
  CHECK(columns({{"\x1b[31mred\x1b[0m", "x"}, {"blue", "y"}}) == "\x1b[31mred\x1b[0m   x\nblue  y\n");
  CHECK(columns({}).empty());
}

TEST_CASE("a table that is too wide moves closer together") {
  const std::string wide(39, 'w');
  CHECK(columns({{wide, wide}}) == wide + "  " + wide + "\n");
  CHECK(columns({{wide, wide + "w"}}) == wide + " " + wide + "w\n");
}

TEST_CASE("a table that is wider still leaves out what is dispensable, and else becomes paragraphs") {
  const table rows{{"NAME", "WANTED", "IS", "COUNT"}, {"etcd1", "running", "ready", "0"}};
  CHECK(columns(rows, 60, {3, 1}) == "NAME   WANTED   IS     COUNT\netcd1  running  ready  0\n");
  CHECK(columns(rows, 20, {3, 1}) == "NAME  WANTED  IS\netcd1 running ready\n");
  CHECK(columns(rows, 12, {3, 1}) == "NAME   IS\netcd1  ready\n");
  CHECK(columns(rows, 12, {1, 3}) == "NAME   IS\netcd1  ready\n");
  CHECK(columns(rows, 20) == "etcd1  wanted\n    running, is\n    ready, count 0\n");
}

TEST_CASE("a paragraph breaks between words and keeps its head") {
  CHECK(paragraph("ok  ", "one two three", 4, 12) == "ok  one two\n    three\n");
  CHECK(paragraph("", "one\ntwo", 2, 40) == "one\n  two\n");
  CHECK(paragraph("x  ", "", 3, 40) == "x\n");
  CHECK(paragraph("", "an-endless-word-stays-whole a", 2, 10) == "an-endless-word-stays-whole\n  a\n");
  CHECK(paragraph("ok  keeper: ", "/a/long/path b", 2, 16) == "ok  keeper:\n  /a/long/path b\n");
  CHECK(paragraph("", "ééé ééé", 0, 7) == "ééé ééé\n");
}

TEST_CASE("nothing that daemons write steers the terminal") {
  CHECK(harmless("a\x1b[2Jb\tc\rd\x7f\n") == "a?[2Jb c?d? ");
  CHECK(harmless_lines("a\x1b\nb\tc") == "a?\nb c");
  CHECK(harmless("Größe ✓ 😀") == "Größe ✓ 😀");
  CHECK(harmless("a\xc2\x9b"
                 "2J") == "a?2J"); // the same as ESC [ to some terminals
  CHECK(harmless("a\x9b"
                 "2J\xc3") == "a?2J?");          // no UTF-8 at all
  CHECK(harmless("\xc0\x9b\xe2\x82") == "????"); // neither overlong nor cut off
  CHECK(harmless("\xc2\xa0") == "\xc2\xa0");     // the first that is no control
}

TEST_CASE("the width of what is no terminal is what COLUMNS says, else 80") {
  if (::isatty(STDOUT_FILENO) == 1)
    return;
  const char* before = std::getenv("COLUMNS");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("COLUMNS", "132", 1);
  CHECK(terminal_columns() == 132);
  ::setenv("COLUMNS", "wide", 1);
  CHECK(terminal_columns() == 80);
  ::unsetenv("COLUMNS");
  CHECK(terminal_columns() == 80);
  if (before != nullptr)
    ::setenv("COLUMNS", kept.c_str(), 1);
}
