#include "bin/last_start.hpp"

#include "store/event_line.hpp"

#include <fstream>
#include <set>

namespace paws::bin {

namespace {

namespace kinds = logic::event_kinds;

constexpr std::streamoff most_bytes = 1 << 20; // of the journal's end: several starts

} // namespace

std::int64_t last_start_ms(const std::string& journal, std::size_t members) {
  std::ifstream file{journal, std::ios::binary};
  file.seekg(0, std::ios::end);
  file.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(file.tellg()) - most_bytes));
  std::int64_t begun_us = 0, out = 0;
  std::set<std::string> called;
  for (std::string line; std::getline(file, line);) {
    const auto what = store::event_of(line); // nothing for a first line that was cut
    if (!what)
      continue;
    if (what->kind == kinds::start_called)
      called.insert(what->subject);
    if (what->subject != "start")
      continue;
    if (what->kind == kinds::command_begun) {
      begun_us = what->at_us;
      called.clear();
    } else if (what->kind == kinds::command_ended) {
      const auto code = what->fields.find("exit_code");
      if (begun_us > 0 && called.size() >= members && code != what->fields.end() && code->second == "0")
        out = (what->at_us - begun_us) / 1000;
      begun_us = 0;
    }
  }
  return out;
}

} // namespace paws::bin
