#include "runtimes/docker/building.hpp"

#include "net/http_unix_client.hpp"
#include "runtimes/docker/build_context.hpp"
#include "runtimes/docker/names.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace paws::docker {

namespace {

using nlohmann::json;
using std::chrono::steady_clock;
using topology::failure;

constexpr std::size_t lines_kept = 10;
constexpr const char* build_api = "/v1.41"; // the oldest one that this speaks

std::string text_of(const json& what, const char* key) {
  const auto at = what.find(key);
  return at != what.end() && at->is_string() ? at->get<std::string>() : "";
}

struct exchange_end {
  int status = 0;
  std::string error; // "" = it went well
  bool interrupted = false;
  std::vector<std::string> lines;
};

// One exchange whose answer is a stream of JSON lines, until the engine ends it, falls silent, or nobody wants it.
exchange_end exchange(const engine& on, std::string target, std::string body, const image_hooks& hooks) {
  net::blocking_request request;
  request.socket_path = on.socket;
  request.method = "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  image_stream heard;
  exchange_end out;
  auto last_said = steady_clock::now();
  bool silent = false;
  request.interrupted = [&] {
    out.interrupted = hooks.interrupted && hooks.interrupted();
    silent = steady_clock::now() - last_said > silence_limit;
    return out.interrupted || silent;
  };
  const auto reply = net::blocking_http(request, [&](std::string_view line) {
    last_said = steady_clock::now();
    if (auto text = heard.hear(line); !text.empty() && hooks.say)
      hooks.say(text);
    return true;
  });
  out.status = reply.status;
  out.lines = heard.last_lines();
  if (out.interrupted)
    out.error = "interrupted";
  else if (silent)
    out.error = on.name + " said nothing for " + std::to_string(silence_limit.count()) + " minutes";
  else if (!heard.error().empty())
    out.error = heard.error();
  else if (!reply.connected)
    out.error = on.name + " does not answer on " + on.socket;
  else if (!reply.what.code.empty())
    out.error = "the connection to " + on.name + " ended too early";
  else if (reply.status / 100 != 2) {
    const auto said = json::parse(reply.body, nullptr, false);
    out.error = said.is_object() ? text_of(said, "message") : "";
    if (out.error.empty())
      out.error = on.name + " answered with HTTP status " + std::to_string(reply.status);
  }
  return out;
}

std::variant<std::string, failure> id_of(const engine& on, const std::string& name) {
  const auto found = look_at_images(on, {name});
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  const auto& id = std::get<std::vector<image_state>>(found).front().id;
  if (!id.empty())
    return id;
  return failure{"ERR_IMG_003", on.name + " does not show the image " + name + " that it has just got",
                 "run again, and look at the log of " + on.name};
}

std::string with_lines(std::string message, const std::vector<std::string>& lines) {
  for (const auto& line : lines)
    message += "\n  " + line;
  return message;
}

failure interrupted(const std::string& doing) {
  return {"ERR_SYS_005", doing + " was interrupted; nothing was started", "run it again"};
}

} // namespace

std::string image_stream::shown(const json& what) {
  if (auto text = text_of(what, "stream"); !text.empty())
    return text;
  // Of a pull: what each layer goes through is of no interest, a number per layer even less.
  auto text = text_of(what, "status");
  if (text.empty() || text_of(what, "id").size() == 12 || what.contains("progress"))
    return "";
  return std::exchange(status_, text) == text ? "" : text;
}

std::string image_stream::hear(std::string_view line) {
  const auto what = json::parse(line, nullptr, false);
  if (!what.is_object())
    return "";
  if (auto error = text_of(what, "error"); !error.empty() && error_.empty())
    error_ = error;
  auto text = shown(what);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  if (const auto end = text.find_last_of("\r\n"); end != std::string::npos)
    text.erase(0, end + 1);
  if (text.empty())
    return "";
  last_.push_back(text);
  if (last_.size() > lines_kept)
    last_.erase(last_.begin());
  return text;
}

std::variant<std::string, failure> build_image(const engine& on, const build_order& what, const image_hooks& hooks) {
  auto context = read_context(what.directory, what.dockerfile);
  if (const auto* why = std::get_if<failure>(&context))
    return *why;
  const auto& files = std::get<build_context>(context);
  const json labels{{source_label, hash_of(files)}};
  auto target = std::string{build_api} + "/build?t=" + escape(what.name) + "&labels=" + escape(labels.dump()) +
                "&rm=1&forcerm=1&q=0&dockerfile=" + escape(what.dockerfile);
  if (!what.platform.empty())
    target += "&platform=" + escape(what.platform);
  if (what.fresh)
    target += "&nocache=1";
  const auto ended = exchange(on, std::move(target), tar_of(files), hooks);
  if (ended.interrupted)
    return interrupted("building " + what.name);
  if (!ended.error.empty())
    return failure{
        "ERR_IMG_003",
        with_lines(what.name + " could not be built from " + what.directory + ": " + ended.error, ended.lines),
        "correct what it says, then run: paws-engine images build"};
  return id_of(on, what.name);
}

std::variant<std::string, failure> pull_image(const engine& on, const std::string& name, const std::string& platform,
                                              const image_hooks& hooks) {
  const auto slash = name.rfind('/');
  const bool exact = name.find_first_of(":@", slash == std::string::npos ? 0 : slash) != std::string::npos;
  // Without a tag an engine would pull all there are.
  auto target = std::string{build_api} + "/images/create?fromImage=" + escape(exact ? name : name + ":latest");
  if (!platform.empty())
    target += "&platform=" + escape(platform);
  const auto ended = exchange(on, std::move(target), "", hooks);
  if (ended.interrupted)
    return interrupted("pulling " + name);
  if (ended.status == 404)
    return failure{"ERR_IMG_001",
                   "the image " + name + " does not exist where " + on.name + " looks for it: " + ended.error,
                   "correct its name in the topology, or log in to its registry: " + on.name + " login"};
  if (!ended.error.empty())
    return failure{"ERR_IMG_003", name + " could not be pulled: " + ended.error,
                   "see that its registry can be reached, or name another image in the topology"};
  return id_of(on, name);
}

} // namespace paws::docker
