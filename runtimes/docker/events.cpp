#include "runtimes/docker/events.hpp"

#include "runtimes/docker/api.hpp"
#include "runtimes/docker/names.hpp"

#include <algorithm>
#include <charconv>
#include <curl/curl.h>

namespace paws::docker {

namespace {

using nlohmann::json;

constexpr std::size_t longest_event = 256 * 1024;
constexpr int first_pause_ms = 100; // until the next attempt to connect
constexpr int longest_pause_ms = 2'000;
// An engine that serves answers a new connection sooner.
constexpr std::int64_t prompt_ns = 500'000'000;

std::string word_at(const json& of, const char* key) {
  const auto found = of.find(key);
  return found != of.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// Podman's own names for what Docker has others for.
std::string docker_word(const std::string& action) {
  return action == "died" ? "die" : action == "remove" || action == "removed" ? "destroy" : action;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

} // namespace

std::optional<engine_event> read_event(std::string_view line, const std::string& environment) {
  const auto said = json::parse(line, nullptr, false);
  if (!said.is_object())
    return std::nullopt;
  if (const auto type = word_at(said, "Type"); !type.empty() && type != "container")
    return std::nullopt;
  engine_event out;
  out.action = docker_word(said.contains("Action") ? word_at(said, "Action") : word_at(said, "status"));
  const auto actor = said.find("Actor");
  if (actor == said.end() || !actor->is_object() || out.action.empty())
    return std::nullopt;
  out.container = word_at(*actor, "ID");
  const auto details = actor->find("Attributes");
  if (details == actor->end() || !details->is_object() ||
      word_at(*details, std::string{environment_label}.c_str()) != environment)
    return std::nullopt;
  out.member = word_at(*details, std::string{member_label}.c_str());
  if (!is_name(out.member))
    return std::nullopt;
  const auto signal = word_at(*details, "signal");
  std::from_chars(signal.data(), signal.data() + signal.size(), out.signal);
  if (const auto at = said.find("timeNano"); at != said.end() && at->is_number_integer())
    out.at_ns = at->get<std::int64_t>();
  return out;
}

void line_cutter::feed(std::string_view bytes, const std::function<void(std::string_view line)>& take) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (overlong_ || held_.size() + part.size() > longest_event) {
      overlong_ = true;
      held_.clear();
    } else {
      held_ += part;
    }
    if (end == std::string_view::npos)
      return;
    if (!overlong_ && !held_.empty())
      take(held_);
    held_.clear();
    overlong_ = false;
    bytes.remove_prefix(end + 1);
  }
}

struct event_watch::connection {
  event_watch* of;
  line_cutter lines;
  bool welcome = false;

  static std::size_t on_head(char* data, std::size_t size, std::size_t count, void* self) {
    auto& to = *static_cast<connection*>(self);
    const std::string_view line{data, size * count};
    if (line == "\r\n" && !std::exchange(to.welcome, true)) {
      if (to.of->broken_ns_ != 0 && now_ns() - to.of->broken_ns_ > prompt_ns)
        to.of->served_ns_ = now_ns();
      to.of->tell_.connected();
    }
    return size * count;
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& to = *static_cast<connection*>(self);
    to.lines.feed({data, size * count}, [&](std::string_view line) {
      const auto what = read_event(line, to.of->environment_);
      if (!what)
        return;
      to.of->seen_ns_ = std::max(to.of->seen_ns_, what->at_ns);
      const bool own = what->at_ns < to.of->served_ns_ && (what->action == "kill" || what->action == "stop");
      if (!own)
        to.of->tell_.event(*what);
    });
    return size * count;
  }
};

event_watch::event_watch(engine on, std::string environment, listener tell)
    : on_{std::move(on)},
      environment_{std::move(environment)},
      tell_{std::move(tell)},
      seen_ns_{now_ns()},
      multi_{curl_multi_init()} {
  if (multi_ != nullptr)
    thread_ = std::jthread{[this](const std::stop_token& ending) { run(ending); }};
}

event_watch::~event_watch() {
  if (multi_ == nullptr)
    return;
  thread_.request_stop();
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

void event_watch::run(const std::stop_token& ending) {
  int pause_ms = first_pause_ms;
  while (!ending.stop_requested()) {
    const auto before = now_ns();
    follow(ending);
    const bool lasted = now_ns() - before > std::int64_t{longest_pause_ms} * 1'000'000;
    pause_ms = lasted ? first_pause_ms : std::min(2 * pause_ms, longest_pause_ms);
    if (!ending.stop_requested())
      curl_multi_poll(multi_, nullptr, 0, pause_ms, nullptr);
  }
}

// Until it breaks, or the watch is to end.
void event_watch::follow(const std::stop_token& ending) {
  auto* handle = curl_easy_init();
  if (handle == nullptr)
    return;
  connection to{this, {}, false};
  const auto url =
      base_url() + "/events?since=" + std::to_string(seen_ns_ / 1'000'000'000) + "&filters=" +
      escape(json{{"type", {"container"}}, {"label", {std::string{environment_label} + "=" + environment_}}}.dump());
  curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, on_.socket.c_str());
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, connection::on_head);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &to);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, connection::on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &to);
  curl_multi_add_handle(multi_, handle);
  int running = 1;
  while (running > 0 && !ending.stop_requested()) {
    if (curl_multi_perform(multi_, &running) != CURLM_OK)
      break;
    if (running > 0 && !ending.stop_requested())
      curl_multi_poll(multi_, nullptr, 0, longest_pause_ms, nullptr);
  }
  if (to.welcome)
    broken_ns_ = now_ns();
  curl_multi_remove_handle(multi_, handle);
  curl_easy_cleanup(handle);
}

} // namespace paws::docker
