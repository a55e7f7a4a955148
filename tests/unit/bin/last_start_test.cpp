#include "bin/last_start.hpp"
#include "store/event_line.hpp"
#include "tests/unit/bin/bin_support.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using paws::bin::last_start_ms;
using paws::bin::testing::playground;

namespace {

class journal_text {
public:
  journal_text& add(std::int64_t at_ms, const std::string& kind, const std::string& subject,
                    const std::string& code = "") {
    logic::event what{++seq_, at_ms * 1000, kind, subject, "", {}};
    if (!code.empty())
      what.fields["exit_code"] = code;
    text_ += store::to_line(what);
    return *this;
  }
  journal_text& start(std::int64_t begun_ms, std::int64_t ended_ms, int members, const std::string& code) {
    add(begun_ms, "command_begun", "start");
    for (int i = 0; i < members; ++i)
      add(begun_ms + 1, "start_called", "member" + std::to_string(i));
    return add(ended_ms, "command_ended", "start", code);
  }
  const std::string& text() const { return text_; }

private:
  std::uint64_t seq_ = 0;
  std::string text_;
};

} // namespace

TEST_CASE("what a start takes is what the last whole one took") {
  const playground here;
  CHECK(last_start_ms("no-such-journal", 3) == 0);
  journal_text journal;
  journal.start(1'000, 8'100, 3, "0").add(9'000, "command_begun", "stop").add(9'500, "command_ended", "stop", "0");
  here.write("journal", journal.text());
  CHECK(last_start_ms("journal", 3) == 7'100);
  journal.start(20'000, 21'000, 1, "0");               // a part
  journal.start(30'000, 90'000, 3, "5");               // in vain
  journal.add(100'000, "command_ended", "start", "0"); // ready already
  here.write("journal", journal.text());
  CHECK(last_start_ms("journal", 3) == 7'100);
  journal.start(200'000, 206'000, 3, "0");
  here.write("journal", journal.text() + "{\"seq\":99,\"at_us"); // and a torn line
  CHECK(last_start_ms("journal", 3) == 6'000);
}
