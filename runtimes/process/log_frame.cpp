#include "runtimes/process/log_frame.hpp"

#include "logic/log_time.hpp"

namespace paws::process {

log_frame unframe(std::string_view line) {
  auto rest = line;
  log_frame out;
  const auto at = logic::read_time(rest);
  const bool framed = at && rest.size() >= 10 && rest.substr(0, 4) == " std" && rest[7] == ' ' && rest[9] == ' ' &&
                      (rest[8] == 'F' || rest[8] == 'P');
  if (!framed) {
    out.text = line;
    return out;
  }
  out.at_us = *at;
  out.err = rest[4] == 'e';
  out.whole = rest[8] == 'F';
  out.text = rest.substr(10);
  return out;
}

} // namespace paws::process
