#include "logic/log_query.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;
using lists = std::vector<std::vector<std::string>>;

TEST_CASE("what a regular expression cannot do without") {
  CHECK(required_literals("connection refused") == lists{{"connection refused"}});
  CHECK(required_literals("foo.*bar") == lists{{"foo", "bar"}});
  CHECK(required_literals("foo.*Bar|baz") == lists{{"foo", "bar"}, {"baz"}});
  CHECK(required_literals("(foo)bar") == lists{{"foo", "bar"}});
  CHECK(required_literals("(foo|qux)barely") == lists{{"barely"}});
  CHECK(required_literals("colou?rful") == lists{{"colo", "rful"}});
  CHECK(required_literals("ab+cdef") == lists{{"cdef"}});
  CHECK(required_literals("10\\.0\\.0\\.1") == lists{{"10.0.0.1"}});
  CHECK(required_literals("took [0-9]+ms") == lists{{"took "}});
  CHECK(required_literals("(?i)panic") == lists{{"panic"}});
}

TEST_CASE("where nothing is certain nothing is claimed") {
  for (const auto* pattern : {"", "ab", "a.c", "(abc)?", "(abc)*", "abc|de", "[abc]{3}", "\\x61bc", "(foo", "a{",
                              "\\Qabc\\E", "(abc){0,2}", "[[:alpha:]]abc"})
    CHECK(required_literals(pattern).empty());
}
