#include "bin/presence.hpp"

#include "net/postgres_session.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <utility>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

std::int64_t since_ms(steady::time_point begun) {
  return std::chrono::duration_cast<milliseconds>(steady::now() - begun).count();
}

// Asks until the row is there, or the time is over.
presence look_at(const logic::ask& member, net::postgres_session session, const std::string& question,
                 steady::time_point begun) {
  presence out{member.member};
  const auto left = [&] { return std::max(presence_limit_ms - milliseconds{since_ms(begun)}, 0ms); };
  if (const auto why = session.open(left())) {
    out.why = why->message;
    return out;
  }
  const std::string pause = "SELECT pg_sleep(0.01); "; // PostgreSQL waits between two looks, not we
  for (auto asked = question; session.is_open() && left() > 0ms; asked = pause + question) {
    const auto said = session.run(asked, left());
    out.why = said.trouble ? said.trouble->message : "";
    if (!said.trouble && !said.rows.empty()) {
      out.after_ms = since_ms(begun);
      break;
    }
  }
  return out;
}

} // namespace

// Each on a thread of its own: one that does not answer holds up nobody else.
std::vector<presence> look_everywhere(const std::vector<logic::ask>& members, const std::string& application,
                                      const std::string& question, const std::function<bool()>& interrupted) {
  const auto begun = steady::now();
  std::atomic<bool> stop{false};
  const net::session_hooks hooks{[&stop] { return stop.load(); }, 20ms, false};
  std::vector<std::future<presence>> asked;
  asked.reserve(members.size());
  for (const auto& member : members)
    asked.push_back(std::async(std::launch::async, [&, member] {
      return look_at(member, net::postgres_session{member, application, hooks}, question, begun);
    }));
  std::vector<presence> out;
  for (auto& each : asked) {
    while (each.wait_for(100ms) != std::future_status::ready)
      stop = stop || interrupted();
    out.push_back(each.get());
  }
  return out;
}

} // namespace paws::bin
