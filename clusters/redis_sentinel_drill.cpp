// What drills need of Redis behind Sentinels: numbers in a set that is written through the route, what each node says
// of its role, whom each Sentinel names, and what Sentinels write into their logs while they fail over.
#include "clusters/drill_kits.hpp"

#include "clusters/redis_sentinel_render.hpp"
#include "clusters/redis_sentinel_view.hpp"

#include <algorithm>
#include <array>

namespace paws::clusters::redis {

namespace {

using logic::ask;
using logic::drill_sight;
using logic::write_fate;
using std::chrono::milliseconds;

constexpr const char* role_ask = "redis.role";
constexpr const char* named_ask = "sentinel.named";
constexpr milliseconds write_timeout{2'000};
constexpr const char* runs_key = "paws-drill"; // the set of runs that have a set of their own

// What the drill of an engine that died has left goes first. Costs as much as there is, whatever else Redis holds.
constexpr const char* prepare_script =
    "for _, run in ipairs(redis.call('SMEMBERS', KEYS[1])) do redis.call('UNLINK', KEYS[1] .. ':' .. run) end "
    "redis.call('UNLINK', KEYS[1]) return redis.call('SADD', KEYS[1], ARGV[1])";

std::string key_of(const std::string& run) {
  return std::string{runs_key} + ":" + run;
}

ask command(ask like, std::vector<std::string> words, milliseconds timeout) {
  like.command = std::move(words);
  like.timeout = timeout;
  return like;
}

std::vector<ask> prepare(const ask& route, const std::string& run) {
  return {command(route, {"EVAL", prepare_script, "1", runs_key, run}, read_timeout)};
}

ask write(const ask& route, const std::string& run, std::int64_t id) {
  return command(route, {"SADD", key_of(run), std::to_string(id)}, write_timeout);
}

// Redis' own errors begin with their word, and mean that nothing was done.
bool is_refusal(const std::string& error) {
  constexpr std::array<std::string_view, 12> words{"READONLY", "NOREPLICAS", "NOAUTH",     "WRONGPASS",
                                                   "NOPERM",   "LOADING",    "MASTERDOWN", "MISCONF",
                                                   "OOM",      "BUSY",       "WRONGTYPE",  "ERR"};
  const auto word = std::string_view{error}.substr(0, error.find(' '));
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "1": it was not there and now is. "0" is no answer to an id that is used once.
write_fate fate(const logic::answer& got) {
  if (got.ok)
    return got.text == "1" && got.rows.empty() ? write_fate::acknowledged : write_fate::indeterminate;
  return !got.sent || is_refusal(got.error) ? write_fate::failed : write_fate::indeterminate;
}

std::string writer_at(const logic::answer&) {
  return "";
}

// As the member is asked for its health: where it is, and how one gets in.
ask like(const logic::cluster_context& context, const std::string& member) {
  const auto all = asks(context, member);
  return all.empty() ? ask{} : all.front();
}

ask read(const logic::cluster_context& context, const std::string& member, const std::string& run) {
  auto out = command(like(context, member), {"SMEMBERS", key_of(run)}, read_timeout);
  out.name = "redis.ids";
  out.lane = read_lane;
  return out;
}

std::optional<std::set<std::int64_t>> ids(const logic::answer& got) {
  if (!got.ok || !got.text.empty())
    return std::nullopt;
  std::set<std::int64_t> out;
  for (const auto& row : got.rows) {
    const auto id = row.size() == 1 ? to_number(row[0]) : std::nullopt;
    if (!id)
      return std::nullopt;
    out.insert(*id);
  }
  return out;
}

std::vector<ask> clean(const ask& route, const std::string& run) {
  return {command(route, {"UNLINK", key_of(run), runs_key}, read_timeout)};
}

std::vector<ask> watches(const logic::cluster_context& context, const logic::cluster_context*) {
  std::vector<ask> out;
  const auto add = [&](const std::string& member, const char* name, std::vector<std::string> words) {
    auto one = command(like(context, member), std::move(words), poll_timeout);
    one.name = name;
    one.lane = watch_lane;
    one.fast_interval = poll_interval;
    out.push_back(std::move(one));
  };
  for (const auto& member : context.cluster.members)
    add(member, role_ask, {"ROLE"});
  for (const auto& sentinel : context.cluster.sentinels)
    add(sentinel, named_ask, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", context.cluster.redis.master_name});
  return out;
}

ask again(const logic::cluster_context&, const ask& asked, const logic::answer&) {
  return asked;
}

std::vector<drill_sight> sights(const logic::cluster_context& context, const ask& asked, const logic::answer& got,
                                logic::steady_time at) {
  const auto& who = asked.member;
  if (!got.ok)
    return {answers_sight(at, who, false)};
  const auto cells = cells_of(got);
  const auto first = cells.empty() ? std::string{} : cells[0];
  const bool role = asked.name == role_ask && (first == "master" || first == "slave");
  const bool names = asked.name == named_ask && cells.size() == 2 && is_plain(first) && to_number(cells[1]);
  const bool knows_none = asked.name == named_ask && got.rows.empty() && got.text.empty();
  std::vector<drill_sight> out;
  if (role || names || knows_none)
    out.push_back(answers_sight(at, who, true));
  if (role)
    out.push_back({at, std::string{logic::sight_leads}, who, first == "master" ? "true" : "false"});
  if (names || knows_none)
    out.push_back({at, std::string{logic::sight_names}, who, names ? name_of(context, first) : ""});
  return out;
}

// "1234:X 28 Nov 2026 11:30:05.123 # +odown master mymaster 127.36.0.31 6379 #quorum 2/2"
constexpr std::array<std::string_view, 5> events{"+sdown master ", "+odown master ", "+try-failover master ",
                                                 "+elected-leader master ", "+switch-master "};

std::string log_pattern(const logic::cluster_context& context) {
  std::string name; // whatever it is, as itself
  for (const char c : context.cluster.redis.master_name)
    name += ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
                ? std::string{c}
                : std::string{'\\', c};
  return R"((?:\+(?:sdown|odown|try-failover|elected-leader) master |\+switch-master ))" + name + " ";
}

std::optional<drill_sight> log_sight(const logic::log_row& line) {
  for (const auto event : events) {
    const auto at = line.text.find(event);
    if (at == 0 || (at != std::string::npos && line.text[at - 1] == ' '))
      return drill_sight{
          {}, std::string{logic::sight_sentinel}, line.service, std::string{event.substr(0, event.find(' '))}};
  }
  return std::nullopt;
}

} // namespace

const logic::drill_kit drills{prepare, write,   fate,  writer_at, read,        ids,
                              clean,   watches, again, sights,    log_pattern, log_sight};

} // namespace paws::clusters::redis
