// Codes of the registry that the command line says without an engine.
#include "bin/preparation.hpp"
#include "messages/error.hpp"
#include "tests/unit/bin/bin_support.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using bin::testing::playground;
using bin::testing::run;

TEST_CASE("several environments, and none is named: ERR_CLI_003 lists them") {
  const playground here;
  here.write(".local/env/one/x", "");
  here.write(".local/env/two/x", "");
  const auto said = run({"ctl", "status"});
  CHECK(said.code == 2);
  CHECK(said.err == "[CLI] ERR_CLI_003: several environments are here: one two | choose one with --env NAME\n");
}

TEST_CASE("what nobody foresaw is ERR_SYS_000, and exits with 1") {
  const auto what = to_failure(caf::make_error(caf::sec::unexpected_message));
  CHECK(what.code == "ERR_SYS_000");
  CHECK_FALSE(what.remedy.empty());
  CHECK(topology::find_error("ERR_NO_SUCH").code == "ERR_SYS_000");
  CHECK(topology::find_error("ERR_SYS_000").exits_with == topology::exit_code::general);
}
