#include "runtimes/docker/events.hpp"
#include "runtimes/docker/log_frames.hpp"
#include "runtimes/docker/log_streams.hpp"

#include <catch2/catch.hpp>

using namespace paws::docker;

namespace {

std::string frame(char stream, const std::string& text) {
  std::string out{stream, '\0', '\0', '\0'};
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(text.size() >> shift & 0xff);
  return out + text;
}

std::string event(const std::string& action, const std::string& environment, const std::string& more = "") {
  return R"({"status":")" + action + R"(","id":"71e1","Type":"container","Action":")" + action +
         R"(","Actor":{"ID":"71e1","Attributes":{"io.paws-engine.environment":")" + environment +
         R"(","io.paws-engine.member":"a","name":"e-a")" + more +
         R"(}},"scope":"local","time":1795821403,"timeNano":1795821403805849766})";
}

} // namespace

TEST_CASE("frames come in any pieces") {
  const auto bytes = frame(1, "one") + frame(2, "two") + frame(1, "");
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    frame_reader reader;
    std::string heard;
    const auto take = [&](bool err, std::string_view text) { heard += (err ? "e:" : "o:") + std::string{text} + ";"; };
    CHECK(reader.feed(bytes.substr(0, cut), take));
    CHECK(reader.feed(bytes.substr(cut), take));
    CHECK(heard == "o:one;e:two;o:;");
  }
}

TEST_CASE("what is no frame ends the reading") {
  frame_reader reader;
  int frames = 0;
  const auto count = [&](bool, std::string_view) { ++frames; };
  CHECK_FALSE(reader.feed("HTTP/1.1 500 oh", count));
  CHECK_FALSE(reader.feed(frame(1, "late"), count));
  CHECK_FALSE(frame_reader{}.feed(std::string{"\1\0\0\0\x7f\xff\xff\xff", 8}, count));
  CHECK(frames == 0);
}

TEST_CASE("lines have the time of their beginning, also when they come in pieces") {
  line_joiner joiner;
  std::vector<engine_line> lines;
  const auto take = [&](engine_line line) { lines.push_back(std::move(line)); };
  joiner.feed(false, "1970-01-01T00:00:01Z he", take);
  joiner.feed(true, "1970-01-01T00:00:02Z other\n", take);
  joiner.feed(false, "1970-01-01T00:00:01Z llo\n", take);
  joiner.feed(false, "1970-01-01T00:00:03Z \n", take);
  joiner.feed(false, "no time\n", take);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].text == "other");
  CHECK(lines[0].err);
  CHECK(lines[1].text == "hello");
  CHECK(lines[1].at_ns == 1'000'000'000);
  CHECK(lines[2].text.empty());
  CHECK(lines[3].text == "no time");
  CHECK(lines[3].at_ns == 0);
}

TEST_CASE("an endless line becomes several") {
  line_joiner joiner;
  std::vector<std::string> lines;
  const auto take = [&](engine_line line) { lines.push_back(std::move(line.text)); };
  joiner.feed(false, "1970-01-01T00:00:01Z " + std::string(2 * longest_line + 5, 'x') + "\n", take);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].size() == longest_line);
  CHECK(lines[2] == "xxxxx");
}

TEST_CASE("events of Docker and of Podman") {
  const auto killed = read_event(event("kill", "e", R"(,"signal":"15")"), "e");
  REQUIRE(killed);
  CHECK(killed->member == "a");
  CHECK(killed->container == "71e1");
  CHECK(killed->action == "kill");
  CHECK(killed->signal == 15);
  CHECK(killed->at_ns == 1'795'821'403'805'849'766);
  CHECK(read_event(event("died", "e"), "e")->action == "die");
  CHECK(read_event(event("remove", "e"), "e")->action == "destroy");
  const auto podman = R"({"status":"die","Type":"container","Actor":{"ID":"x","Attributes":)"
                      R"({"io.paws-engine.environment":"e","io.paws-engine.member":"a"}},"time":1})";
  CHECK(read_event(podman, "e")->action == "die");
}

TEST_CASE("events of others, and what is none, are left out") {
  CHECK_FALSE(read_event(event("die", "other"), "e"));
  for (const auto* none : {"", "{", "null", "[]", "7", R"({"Type":"network","Action":"connect"})",
                           R"({"Type":"container","Action":"die"})", R"({"Action":"die","Actor":{"Attributes":7}})"})
    CHECK_FALSE(read_event(none, "e"));
}

TEST_CASE("a stream is cut into lines, whatever its pieces") {
  line_cutter cutter;
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line) { lines.emplace_back(line); };
  cutter.feed("one\ntw", take);
  cutter.feed("o\n\n", take);
  cutter.feed(std::string(300'000, 'x'), take);
  cutter.feed("\nthree\n", take);
  CHECK(lines == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("positions in a log") {
  const log_position some{"71e11616e830", 1'795'821'400, 7, 1'795'821'401'000'000'001};
  const auto again = read_log_position(to_string(some));
  CHECK(again.container == some.container);
  CHECK(again.since_s == some.since_s);
  CHECK(again.handed == some.handed);
  CHECK(again.last_ns == some.last_ns);
  for (const auto* none : {"", "x", "x y z", "71e1 -1 2 3"})
    CHECK(read_log_position(none).container.empty());
}
