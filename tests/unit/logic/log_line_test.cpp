#include "logic/log_line.hpp"
#include "logic/log_time.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace paws::logic;

namespace {

// 2026-11-24T12:57:55.975926Z
constexpr std::int64_t noon = 1'795'525'075'975'926;

log_line parsed(std::string_view text, std::int64_t kept_us = noon) {
  return parse_log_line(text, kept_us);
}

} // namespace

TEST_CASE("times are read as they stand in logs") {
  const auto read = [](std::string_view text) { return read_time(text); };
  CHECK(read("2026-11-24T12:57:55.975926Z") == noon);
  CHECK(read("2026-11-24 12:57:55,975") == noon - 926);
  CHECK(read("2026-11-24T14:57:55.975926+02:00") == noon);
  CHECK(read("2026-11-24T12:57:55Z") == noon - 975'926);
  CHECK(read("1970-01-01T00:00:00Z") == 0);
  CHECK(read("2024-02-29T00:00:00Z") == 1'709'164'800'000'000);
  for (const auto* bad :
       {"", "2026", "2026-13-24T12:57:55Z", "2026-11-24T25:57:55Z", "2026-11-24", "x026-11-24T12:57:55Z"})
    CHECK_FALSE(read(bad));
}

TEST_CASE("etcd's JSON: level, message with its fields, and its own time") {
  const auto line =
      parsed(R"({"level":"warn","ts":"2026-11-24T12:57:55.900Z","caller":"etcdserver/util.go:1","msg":)"
             R"("apply took \"too\" long","took":"120ms","size":[1,{"a":2}],"trace_id":"4bf92f3577b34da6"})");
  CHECK(line.level == log_level::warning);
  CHECK(line.message == "apply took \"too\" long took=120ms size=[1,{\"a\":2}]");
  CHECK(line.trace_id == "4bf92f3577b34da6");
  CHECK(line.at_us == noon - 75'926);
  for (const auto* broken :
       {"{", "{}", R"({"a")", R"({"a":)", R"({"a":1,)", R"({"a":"x)", R"({"msg":"\)", "{\"a\":[[[["})
    CHECK(parsed(broken).at_us == noon);
}

TEST_CASE("PostgreSQL's lines") {
  const auto line = parsed("2026-11-24 12:57:55.975 UTC [8376] LOG:  checkpoint starting: time");
  CHECK(line.level == log_level::info);
  CHECK(line.message == "checkpoint starting: time");
  CHECK(line.at_us == noon - 926);
  CHECK(parsed("2026-11-24 12:57:55.975 UTC [8376] FATAL:  terminating connection").level == log_level::fatal);
  const auto named = parsed("2026-11-24 12:57:55.975 UTC [12] app@paws360 ERROR:  relation \"x\" does not exist");
  CHECK(named.level == log_level::error);
  CHECK(named.message == "relation \"x\" does not exist");
}

TEST_CASE("Patroni's lines, in whatever zone the machine is") {
  const auto line = parsed("2026-11-24 14:57:55,975 WARNING: Loop time exceeded, rescheduling immediately.");
  CHECK(line.level == log_level::warning);
  CHECK(line.message == "Loop time exceeded, rescheduling immediately.");
  CHECK(line.at_us == noon - 926); // two hours off: a zone
  // An hour and a bit is no zone: the time of arrival counts.
  CHECK(parsed("2026-11-24 11:50:00,000 INFO: old").at_us == noon);
}

TEST_CASE("Redis's lines") {
  const auto line = parsed("8124:M 24 Nov 2026 12:57:52.123 * Ready to accept connections");
  CHECK(line.level == log_level::info);
  CHECK(line.message == "Ready to accept connections");
  CHECK(line.at_us == 1'795'525'072'123'000);
  CHECK(parsed("8124:X 24 Nov 2026 12:57:52.123 # +sdown master mymaster").level == log_level::warning);
  CHECK(parsed("8124:M 24 Nov 2026 12:57:52.123 . x").level == log_level::debug);
  CHECK_FALSE(parse_redis_line("8124:M 24 Nov 402524 1:57:52.123 . no such year"));
}

TEST_CASE("HAProxy's lines") {
  const auto line = parsed("[WARNING]  (8140) : Server a/b is DOWN");
  CHECK(line.level == log_level::warning);
  CHECK(line.message == "Server a/b is DOWN");
  CHECK(line.at_us == noon);
  CHECK(parsed("[ALERT]    (8140) : Current worker exited").level == log_level::error);
}

TEST_CASE("anything else is a line of its own, and a trace id in it is found") {
  const auto line = parsed("GET /students 200 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 in 12 ms");
  CHECK(line.message == "GET /students 200 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 in 12 ms");
  CHECK(line.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(parsed("X-Trace-ID: abcdef12-3456").trace_id == "abcdef12-3456");
  CHECK(parsed("traceId=\"short\"").trace_id.empty());
  CHECK(parsed("").message.empty());
  CHECK(parsed("trace").trace_id.empty());
}

TEST_CASE("no bytes make a parser fall over") {
  std::mt19937_64 random{42};
  const std::vector<std::string> seeds{"{\"level\":\"info\",\"ts\":\"2026-11-24T12:57:55Z\",\"msg\":\"x\"}",
                                       "2026-11-24 12:57:55.975 UTC [8376] LOG:  x",
                                       "2026-11-24 12:57:55,975 INFO: x",
                                       "8124:M 24 Nov 2026 12:57:52.123 * x",
                                       "[WARNING]  (8140) : x",
                                       "trace_id=abcdefgh"};
  for (int i = 0; i < 20'000; ++i) {
    auto text = seeds[random() % seeds.size()];
    for (auto changes = random() % 4; changes > 0; --changes)
      text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % (text.size() + 1));
    const auto line = parse_log_line(text, noon);
    REQUIRE(std::abs(line.at_us - noon) <= 60'000'000);
    REQUIRE(line.message.size() <= text.size() + 8);
  }
}

TEST_CASE("levels have many names") {
  CHECK(to_log_level("WARN") == log_level::warning);
  CHECK(to_log_level("Critical") == log_level::fatal);
  CHECK(to_log_level("LOG") == log_level::info);
  CHECK_FALSE(to_log_level("loud"));
}

TEST_CASE("what belongs to the line before has its level and its place") {
  log_past past;
  std::int64_t newest = 0;
  const auto next = [&](std::string_view text, std::int64_t kept_us) {
    return parse_log_line(text, kept_us, past, newest);
  };
  const auto error = next("2026-11-24 12:57:55.975 UTC [8376] ERROR:  division by zero", noon);
  for (const auto* more : {"2026-11-24 12:57:55.975 UTC [8376] STATEMENT:  select", "\t1 / 0", "    as nothing"}) {
    const auto line = next(more, noon);
    CHECK(line.level == log_level::error);
    CHECK(line.at_us == error.at_us);
    CHECK(line.goes_on);
  }
  CHECK(next("2026-11-24 12:57:55.976 UTC [8376] LOG:  checkpoint", noon + 2000).level == log_level::info);
  CHECK(next("2026-11-24 12:57:56,000 ERROR: cannot reach etcd", noon + 30'000).level == log_level::error);
  for (const auto* more :
       {"Traceback (most recent call last):", "  File \"a.py\", line 1", "    raise x", "etcd.EtcdError: no answer",
        "java.lang.IllegalStateException: no", "\tat a.b(C.java:1)", "Caused by: java.io.IOException: no"})
    CHECK(next(more, noon + 40'000).level == log_level::error);
  CHECK(next("localhost:5432 - accepting connections", noon + 50'000).level == log_level::info);
  CHECK(next("  indented, but long after", noon + 5'000'000).level == log_level::info);
}

TEST_CASE("a member's lines stay in their order, and none is ahead of its arrival") {
  log_past out, err;
  std::int64_t newest = 0, last = 0;
  const std::vector<std::pair<std::string, std::int64_t>> lines{
      {"a line without a time", noon},
      {"2026-11-24 12:57:55,975 INFO: cut to milliseconds", noon + 10},
      {"2026-11-24 12:57:57,000 INFO: ahead of its arrival", noon + 20},
      {"8124:M 24 Nov 2026 12:57:55.900 * late", noon + 30},
  };
  bool second = false;
  for (const auto& [text, kept_us] : lines) {
    const auto line = parse_log_line(text, kept_us, second ? err : out, newest);
    second = !second;
    CHECK(line.at_us >= last);
    CHECK(line.at_us <= kept_us);
    last = line.at_us;
  }
  // The clock was set back by an hour: lines do not wait for it.
  CHECK(parse_log_line("later", noon - 3'600'000'000, out, newest).at_us == noon - 3'600'000'000);
}
