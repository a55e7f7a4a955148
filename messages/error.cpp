#include "messages/error.hpp"

namespace paws {

namespace {

const caf::atom_value category = caf::atom("paws");

} // namespace

caf::error to_error(const topology::failure& what) {
  return caf::error{1, category, caf::make_message(what.code, what.message, what.remedy)};
}

topology::failure to_failure(const caf::error& err) {
  if (err.category() == category && err.context().match_elements<std::string, std::string, std::string>())
    return {err.context().get_as<std::string>(0), err.context().get_as<std::string>(1),
            err.context().get_as<std::string>(2)};
  if (err == caf::sec::request_timeout)
    return {"ERR_NET_003", "a part of the engine did not answer in time", "run: make local-status"};
  return {"ERR_SYS_000", "unexpected: " + caf::to_string(err), "run again; if it stays, report it with the journal"};
}

} // namespace paws
