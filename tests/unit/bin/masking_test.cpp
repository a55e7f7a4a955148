#include "bin/masking.hpp"
#include "tests/unit/bin/bin_support.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace paws::bin;

namespace {

masker of(const std::vector<named_value>& all) {
  masker out;
  for (const auto& [name, value] : all)
    out.add(name, value);
  return out;
}

bool names(const std::vector<named_value>& all, const std::string& name, const std::string& value) {
  return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == name && one.value == value; });
}

} // namespace

TEST_CASE("a secret is masked wherever it stands") {
  const auto masked = of({{"A", "s3cret-value"}});
  CHECK(masked("s3cret-value") == "***A***");
  CHECK(masked("x s3cret-values3cret-value y\ns3cret-value") == "x ***A******A*** y\n***A***");
  CHECK(masked("s3cret-valu").find("s3cret-valu") == 0);
  CHECK(masked("").empty());
  CHECK(masker{}("nothing known") == "nothing known");
}

TEST_CASE("of secrets that contain each other the longest is masked") {
  for (const bool turned : {false, true}) {
    masker masked;
    masked.add(turned ? "LONG" : "SHORT", turned ? "hunter2-and-more" : "hunter2");
    masked.add(turned ? "SHORT" : "LONG", turned ? "hunter2" : "hunter2-and-more");
    CHECK(masked("hunter2-and-more, hunter2") == "***LONG***, ***SHORT***");
  }
  // A secret that is a part of another's mask stays one.
  CHECK(of({{"PASSWORD", "abcdef"}, {"X", "PASSWORD"}})("abcdef PASSWORD") == "***PASSWORD*** ***X***");
}

TEST_CASE("a secret is masked as JSON and as addresses write it") {
  const std::string secret = "a\"b\\c d/é@#";
  const auto masked = of({{"A", secret}});
  const auto once = nlohmann::json{{"m", secret}}.dump(), twice = nlohmann::json{{"m", once}}.dump();
  CHECK(masked(once) == R"({"m":"***A***"})");
  CHECK(masked(twice) == R"({"m":"{\"m\":\"***A***\"}"})");
  CHECK(masked(nlohmann::json{{"m", secret}}.dump(-1, ' ', true)) == R"({"m":"***A***"})");
  CHECK(masked("postgres://u:a%22b%5Cc%20d%2F%C3%A9%40%23@h/") == "postgres://u:***A***@h/");
  CHECK(masked("postgres://u:a%22b%5cc%20d%2f%c3%a9%40%23@h/") == "postgres://u:***A***@h/");
}

TEST_CASE("what is too short to be masked is told") {
  const auto masked = of({{"PIN", "123"}, {"NONE", ""}, {"FINE", "1234"}});
  CHECK(masked("123 1234") == "123 ***FINE***");
  CHECK(masked.left_out() == std::vector<std::string>{"PIN"});
}

TEST_CASE("each line of a secret of several lines is masked") {
  CHECK(of({{"PEM", "first line\nsecond line"}})("  first line\n  second line\n") == "  ***PEM***\n  ***PEM***\n");
}

TEST_CASE("what the topology itself spells out is found, readable or not") {
  paws::topology::document doc;
  doc.services.emplace_back();
  doc.services[0].environment = {{"API_TOKEN", "tok-1234"},
                                 {"dbPassword", "pw-5678"},
                                 {"PORT", "8080"},
                                 {"USE_KEY", "true"},
                                 {"OTHER_SECRET", "${secret:X}"}};
  auto found = spelled_out(doc);
  CHECK(found.size() == 2);
  CHECK(names(found, "API_TOKEN", "tok-1234"));
  CHECK(names(found, "dbPassword", "pw-5678"));
  found = spelled_out("services:\n  a:\n    environment:\n      API_TOKEN: tok-1234   # of the shop\n"
                      "      \"dbPassword\": \"pw 5678, {x}\"\n      b_key: 'k,ey'\n"
                      "      more: { THE_SECRET: in-flow, PORT: 1 }\nsecrets:\n  file: .local/secrets.env\n}}}");
  CHECK(found.size() == 4);
  CHECK(names(found, "API_TOKEN", "tok-1234"));
  CHECK(names(found, "dbPassword", "pw 5678, {x}"));
  CHECK(names(found, "b_key", "k,ey"));
  CHECK(names(found, "THE_SECRET", "in-flow"));
}

TEST_CASE("the end of a file begins with a whole line") {
  const testing::playground here;
  here.write("log", "one s3cret\ntwo\nthree\n");
  CHECK(tail_of("log", 100) == "one s3cret\ntwo\nthree\n");
  CHECK(tail_of("log", 22) == "one s3cret\ntwo\nthree\n");
  CHECK(tail_of("log", 16) == "two\nthree\n"); // "cret" is gone
  CHECK(tail_of("log", 3).empty());
  CHECK(tail_of("nowhere", 3).empty());
}
