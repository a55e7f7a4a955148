#include "logic/log_excerpt.hpp"

#include <catch2/catch.hpp>

using paws::logic::log_excerpt;
using lines = std::vector<std::string>;

TEST_CASE("an excerpt is the end of the log") {
  CHECK(log_excerpt({}, 3).empty());
  CHECK(log_excerpt({"a", "b"}, 3) == lines{"a", "b"});
  CHECK(log_excerpt({"a", "b", "c"}, 2) == lines{"b", "c"});
  CHECK(log_excerpt({"an old error", "FATAL: it is over", "c"}, 2) == lines{"FATAL: it is over", "c"});
}

TEST_CASE("an excerpt that would not tell why begins with the line that does") {
  const lines etcd{"starting", "flag provided but not defined: -no-such-flag", "Usage:", "  etcd [flags]", "    Start"};
  CHECK(log_excerpt(etcd, 2) ==
        lines{"flag provided but not defined: -no-such-flag", "...", "  etcd [flags]", "    Start"});
  CHECK(log_excerpt({"a", "b", "c"}, 1) == lines{"c"});
}
