// Any bytes are a line of a log. PARSER: the one that is looked at.
#include "logic/log_line.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace paws::logic;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto line = PARSER(text); line && line->message.size() > 2 * size + 16)
    std::abort();
  constexpr std::int64_t now_us = 1'795'525'075'975'926;
  const auto read = parse_log_line(text, now_us);
  if (std::abs(read.at_us - now_us) > 60'000'000)
    std::abort();
  return 0;
}
