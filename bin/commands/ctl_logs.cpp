// ctl logs: what the members say, merged in time order.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/interruption.hpp"
#include "bin/layout.hpp"
#include "bin/session.hpp"
#include "logic/log_query.hpp"
#include "net/http_unix_client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <poll.h>
#include <set>
#include <sys/inotify.h>
#include <unistd.h>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using topology::failure;

constexpr std::uint32_t usual_lines = 100, followed_lines = 10;
constexpr int busy_status = 503, late_status = 504;
constexpr std::uint32_t page_lines = 5'000;
constexpr int interrupted_exit = 130;
constexpr int look_again_ms = 1000; // for the next engine, should its coming have been missed

struct log_flags {
  std::string file;
  std::vector<std::string> services;
  bool follow = false, as_json = false;
  std::int64_t lines = -1; // -1: not given
  std::string since, until, level, text, pattern, trace;
};

std::string escaped(const std::string& text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text)
    if (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.')
      out += static_cast<char>(c);
    else
      (out += '%', out += digits[c >> 4U], out += digits[c & 15U]);
  return out;
}

// "10m", "2h", "30s", "1d" before now, or a time; microseconds since 1970, nothing when it is neither.
std::optional<std::int64_t> time_given(const std::string& text) {
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc{} && at + 1 == end && count >= 0 && count < 1'000'000) {
    const std::int64_t seconds = *at == 's' ? 1 : *at == 'm' ? 60 : *at == 'h' ? 3600 : *at == 'd' ? 86'400 : 0;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    if (seconds > 0)
      return std::chrono::duration_cast<std::chrono::microseconds>(now).count() - count * seconds * 1'000'000;
  }
  auto whole = text;
  if (whole.size() == 20 && whole.back() == 'Z') // without milliseconds
    whole.insert(19, ".000");
  const auto out = from_rfc3339(whole);
  return out == 0 ? std::nullopt : std::optional{out};
}

// Until something is made in the socket's directory, a signal comes, or it is time to look again.
void wait_for_engine(const std::string& socket) {
  const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  const auto directory = std::filesystem::path{socket}.parent_path().string();
  ::inotify_add_watch(fd, directory.c_str(), IN_CREATE | IN_MOVED_TO);
  pollfd entry{fd, POLLIN, 0};
  ::poll(&entry, 1, look_again_ms);
  if (fd >= 0)
    ::close(fd);
}

class log_printer {
public:
  log_printer(bool as_json, const look& as) : as_json_{as_json}, as_{as} {}

  // False once nobody reads any more.
  bool print(std::string_view line, const json& said) {
    if (as_json_) {
      std::cout << line << '\n';
    } else {
      const auto service = said.value("service", "");
      widest_ = std::max(widest_, service.size());
      const auto at = said.value("at", "");
      const auto level = said.value("level", "");
      std::cout << (at.size() > 23 ? at.substr(5, 5) + " " + at.substr(11, 12) : at) << "  "
                << painted(service + std::string(widest_ - service.size(), ' '), color_of(service))
                << (said.value("stream", "") == "stderr" ? " ! " : " | ")
                << painted(level + std::string(7 - std::min<std::size_t>(level.size(), 7), ' '), color_of_level(level))
                << "  " << harmless(said.value("message", "")) << '\n';
    }
    return static_cast<bool>(std::cout);
  }

private:
  // The same for a service in every run.
  static const char* color_of(const std::string& service) {
    constexpr std::array colors{"36", "35", "34", "33", "32", "96", "95", "94"};
    unsigned sum = 0;
    for (const unsigned char c : service)
      sum = sum * 31 + c;
    return colors.at(sum % colors.size());
  }
  static const char* color_of_level(const std::string& level) {
    return level == "error" || level == "fatal" ? "31" : level == "warning" ? "33" : "";
  }
  std::string painted(const std::string& text, const std::string& color) const {
    return as_.color && !color.empty() ? "\x1b[" + color + "m" + text + "\x1b[0m" : text;
  }

  bool as_json_;
  look as_;
  std::size_t widest_ = 0;
};

class log_reader {
public:
  log_reader(const global_flags& flags, const log_flags& given)
      : flags_{flags}, given_{given}, printer_{given.as_json || flags.json(), look_of(flags)} {}

  int run();

private:
  std::optional<failure> check();
  std::string filters() const;
  std::string newest() const;
  /// One request; every line it brings is printed once.
  net::blocking_reply ask(const std::string& words);
  int all_since();
  int search();
  int follow();
  int follow_without_engine();
  /// Of a search that did not come to its end: somebody interrupted it, or nobody reads any more.
  static int ended() { return is_interrupted() ? interrupted_exit : 0; }

  const global_flags& flags_;
  const log_flags& given_;
  log_printer printer_;
  std::string socket_;
  std::int64_t since_us_ = 0, until_us_ = 0;
  std::uint64_t after_ = 0;        // following: everything up to this id was printed
  std::set<std::uint64_t> recent_; // following: ids of what was printed since then
  std::int64_t last_us_ = 0;       // of the line that came last, and its id
  std::uint64_t last_id_ = 0;
  std::size_t got_ = 0;
  std::optional<failure> said_; // an error in the stream
};

std::optional<failure> log_reader::check() {
  const auto read = [](const std::string& text, const char* name, std::int64_t& into) -> std::optional<failure> {
    if (text.empty())
      return std::nullopt;
    const auto found = time_given(text);
    if (!found)
      return failure{"ERR_CLI_001", std::string{name} + ": `" + harmless(text) + "` is no time",
                     "write 10m, 2h, 1d or 2026-11-24T12:57:55Z"};
    into = *found;
    return std::nullopt;
  };
  if (auto why = read(given_.since, "--since", since_us_))
    return why;
  return read(given_.until, "--until", until_us_);
}

std::string log_reader::filters() const {
  std::string out;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty())
      out += std::string{"&"} + name + "=" + escaped(value);
  };
  for (const auto& service : given_.services)
    add("service", service);
  add("level", given_.level);
  add("text", given_.text);
  add("grep", given_.pattern);
  add("trace", given_.trace);
  if (until_us_ > 0)
    add("until", std::to_string(until_us_));
  return out;
}

// The last lines: as many as are wanted.
std::string log_reader::newest() const {
  const auto usual = given_.follow ? followed_lines : usual_lines;
  auto out = "limit=" + std::to_string(given_.lines >= 0 ? given_.lines : std::int64_t{usual});
  if (since_us_ > 0)
    out += "&since=" + std::to_string(since_us_);
  return out;
}

net::blocking_reply log_reader::ask(const std::string& words) {
  got_ = 0;
  net::blocking_request request;
  request.socket_path = socket_;
  request.target = "/v1/logs?" + words + filters();
  request.interrupted = is_interrupted;
  auto reply = net::blocking_http(request, [&](std::string_view line) {
    const auto said = json::parse(line, nullptr, false);
    if (said.is_object() && said.contains("error"))
      said_ = failure_from_json(said);
    if (said.is_object() && said.contains("after")) {
      after_ = said.value("after", after_);
      recent_.clear();
    }
    if (!said.is_object() || !said.contains("id"))
      return true;
    ++got_;
    const auto id = said.value("id", std::uint64_t{0});
    const auto at_us = said.value("at_us", std::int64_t{0});
    last_us_ = at_us;
    last_id_ = id;
    if (given_.follow && !recent_.insert(id).second)
      return true; // of a piece that did not arrive whole
    const bool read = printer_.print(line, said);
    if (given_.follow)
      std::cout.flush(); // whoever follows is told at once
    return read;
  });
  if (!reply.aborted && reply.status >= 400)
    said_ = failure_from_json(json::parse(reply.body, nullptr, false));
  return reply;
}

// Page by page, each from the very line that the one before ended with, up to what was said when this began.
int log_reader::all_since() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto begun_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  last_us_ = since_us_;
  for (;;) {
    const auto reply = ask("order=oldest&limit=" + std::to_string(page_lines) + "&since=" + std::to_string(last_us_) +
                           "&since_id=" + std::to_string(last_id_));
    if (reply.aborted)
      return ended();
    if (said_ || !reply.what.code.empty())
      return fail(flags_, said_ ? *said_ : reply.what);
    if (got_ == 0 || last_us_ > begun_us)
      return 0;
  }
}

// Goes on with the next engine where this one ended: nothing is printed twice, nothing is left out.
int log_reader::follow() {
  auto from = newest();
  for (bool told = false; !is_interrupted();) {
    if (after_ > 0)
      from = "order=oldest&limit=" + std::to_string(page_lines) + "&after=" + std::to_string(after_);
    const auto reply = ask("follow=1&" + from);
    std::cout.flush();
    if (reply.aborted)
      return 0;
    const bool busy = reply.status == busy_status || reply.status == late_status; // it may answer the next time
    if (busy)
      said_.reset();
    if (said_ || (reply.connected && !reply.what.code.empty() && reply.what.code == "ERR_CLI_001"))
      return fail(flags_, said_ ? *said_ : reply.what);
    if (!busy && !std::exchange(told, true) && !flags_.quiet)
      std::cerr << (reply.connected ? "the engine ended this stream; it is asked again"
                                    : "no engine runs; what comes with the next one follows")
                << " (Ctrl-C ends this)" << std::endl;
    wait_for_engine(socket_);
  }
  return 0;
}

// Shows what is there through an engine that comes for it alone, then waits for one that stays.
int log_reader::follow_without_engine() {
  auto opened = session::open(flags_, given_.file, true);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags_, *why);
  {
    const auto brief = std::get<session>(std::move(opened)); // ends with this block
    socket_ = brief.at().paths.socket;
    if (const int code = search(); code != 0)
      return is_interrupted() ? 0 : code;
  }
  after_ = recent_.empty() ? 0 : *recent_.rbegin();
  return follow();
}

int log_reader::search() {
  const auto reply = ask(newest());
  std::cout.flush();
  if (said_ || (!reply.aborted && !reply.what.code.empty()))
    return fail(flags_, said_ ? *said_ : reply.what);
  return reply.aborted ? ended() : 0;
}

int log_reader::run() {
  if (auto why = check())
    return fail(flags_, *why);
  std::signal(SIGPIPE, SIG_IGN);
  watch_signals();
  auto opened = session::open(flags_, given_.file, !given_.follow);
  if (auto* why = std::get_if<failure>(&opened))
    return given_.follow && why->code == "ERR_CLI_002" ? follow_without_engine() : fail(flags_, *why);
  socket_ = std::get<session>(opened).at().paths.socket;
  if (given_.follow)
    return follow();
  return since_us_ > 0 && given_.lines < 0 ? all_since() : search();
}

} // namespace

void add_ctl_logs(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<log_flags>();
  auto* sub = parent.add_subcommand("logs", "What the members say, merged in time order ( | stdout, ! stderr)");
  sub->add_option("SERVICE", given->services, "Members, services or clusters (all)");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_flag("-f,--follow", given->follow, "Go on as lines come, also across engines");
  sub->add_option("-n,--lines", given->lines, "The last N lines (100; with --since all)")->check(CLI::Range(1, 10'000));
  sub->add_option("--since", given->since, "From then on: 10m, 2h, 1d or 2026-11-24T12:57:55Z");
  sub->add_option("--until", given->until, "Before then");
  sub->add_option("--level", given->level, "At least: trace, debug, info, warning, error, fatal")
      ->check(CLI::IsMember(std::vector<std::string>{"trace", "debug", "info", "warn", "warning", "error", "fatal"}));
  sub->add_option("--text", given->text, "Every one of these words, in any case");
  sub->add_option("--grep", given->pattern, "A regular expression (RE2)");
  sub->add_option("--trace", given->trace, "Lines of one trace id");
  sub->add_flag("--json", given->as_json, "One JSON object per line");
  sub->footer("Examples:\n  paws-engine ctl logs patroni --since 10m --level warning\n"
              "  paws-engine ctl logs -f --grep 'promot(ed|ing)'");
  sub->callback([&line, given] { line.action = [&line, given] { return log_reader{line.flags, *given}.run(); }; });
}

} // namespace paws::bin
