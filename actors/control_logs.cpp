// The route of the collected logs: a search, or a stream that goes on.
#include "actors/control.hpp"
#include "actors/log_stream.hpp"
#include "actors/view_json.hpp"

#include <algorithm>
#include <charconv>

namespace paws {

namespace {

constexpr std::uint32_t usual_lines = 100;
constexpr std::uint32_t most_lines = 10'000; // of one answer: about 3 MiB

/// "2026-11-24T12:57:55.975Z", or microseconds since 1970; nothing when it is neither.
std::optional<std::int64_t> time_of(const std::string& text) {
  if (text.empty())
    return 0;
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc{} && end == text.data() + text.size())
    return out;
  out = from_rfc3339(text);
  return out == 0 ? std::nullopt : std::optional{out};
}

/// The search that a request asks for; `why` says what is wrong with it.
logic::log_query query_of(const control_request& request, topology::failure& why) {
  logic::log_query out;
  const auto bad = [&](const std::string& name, const std::string& wanted) {
    why = {"ERR_CLI_001", "`" + name + "` must be " + wanted, "see: GET /v1/openapi.json"};
  };
  const auto number = [&](const std::string& name, auto& into) {
    const auto text = request.value(name);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (!text.empty() && (error != std::errc{} || end != text.data() + text.size()))
      bad(name, "a whole number");
  };
  out.limit = usual_lines;
  number("limit", out.limit);
  number("after", out.after_id);
  number("since_id", out.since_id);
  out.limit = std::clamp<std::uint32_t>(out.limit, 1, most_lines);
  const auto since = time_of(request.value("since")), until = time_of(request.value("until"));
  if (!since || !until)
    bad(since ? "until" : "since", "a time like 2026-11-24T12:57:55.975Z, or microseconds since 1970");
  out.since_us = since.value_or(0);
  out.until_us = until.value_or(0);
  if (const auto level = request.value("level"); !level.empty()) {
    const auto known = logic::to_log_level(level);
    if (!known)
      bad("level", "trace, debug, info, warning, error or fatal");
    out.at_least = known.value_or(logic::log_level::trace);
  }
  std::string words = request.value("text");
  for (std::size_t at = 0; at < words.size();) {
    const auto begin = words.find_first_not_of(' ', at);
    at = std::min(words.find(' ', std::min(begin, words.size())), words.size());
    if (begin < at)
      out.words.push_back(words.substr(begin, at - begin));
  }
  out.pattern = request.value("grep");
  out.trace_id = request.value("trace");
  const auto order = request.value("order");
  if (!order.empty() && order != "newest" && order != "oldest")
    bad("order", "newest or oldest");
  out.newest = order != "oldest";
  return out;
}

} // namespace

void control_state::logs(const control_request& request) {
  const auto id = request.id;
  topology::failure why;
  auto query = query_of(request, why);
  if (!why.code.empty())
    return refuse(id, 400, why);
  if (!with_.collector)
    return refuse(id, 503, {"ERR_CLI_004", "this engine collects no logs", "look at the members' own log files"});
  const auto follow = request.value("follow") == "1" || request.value("follow") == "true";
  const auto names = words_of(request, "service");
  when_known(id, names, [this, id, query, follow, names](const logic::environment_view& view) mutable {
    for (const auto& wanted : names) {
      const auto before = query.services.size();
      for (const auto& service : view.services)
        if (wanted == service.name || wanted == service.cluster)
          query.services.push_back(service.name);
      if (query.services.size() == before)
        return refuse(id, 404,
                      {"ERR_CLI_001", wanted + " is a route: it says nothing itself",
                       "ask for the service that carries it, or for the cluster behind it"});
    }
    log_stream_setup setup{id, std::move(query), follow, with_.collector, with_.logs, with_.server};
    streams_[id] = caf::actor_cast<caf::actor>(self_->spawn<caf::monitored>(log_stream, std::move(setup)));
  });
}

} // namespace paws
