// What libFuzzer calls. TARGET: the function of tests/fuzz/targets.hpp.
#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  paws::fuzz::TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
