#include "runtimes/docker/log_streams.hpp"

#include "runtimes/docker/api.hpp"
#include "runtimes/docker/log_frames.hpp"
#include "runtimes/docker/names.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <deque>
#include <sstream>

namespace paws::docker {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t short_id = 12;
// Of one member, until somebody asks: then its connection waits.
constexpr std::size_t most_held = 4'096;
constexpr std::size_t most_drained = 65'536;
// A new connection's first bytes; what was said long ago is all there.
constexpr std::chrono::milliseconds first_bytes{300};
constexpr std::chrono::milliseconds drain_patience{2'000};
constexpr std::chrono::milliseconds open_again_after{2'000};
constexpr int longest_poll_ms = 20;
// Two streams of one container are written down by two threads: a line may stand before one that is older by this.
constexpr std::int64_t swapped_s = 1;

} // namespace

struct log_streams::source {
  std::string member;
  std::string life, container; // as known last
  bool lives = false;
  bool never_ran = true;

  CURL* handle = nullptr;
  std::string url, followed; // the life that the connection was opened in
  steady_clock::time_point opened{};
  bool heard = false, ended = true, waits = false;
  std::size_t most = most_held;
  frame_reader frames;
  line_joiner joiner;

  struct held_line {
    std::string container;
    engine_line line;
  };
  std::deque<held_line> held;
  log_position skip; // what an earlier reader handed out: not handed out again
  std::uint64_t skipped = 0;
  bool recounts = false; // the position is an earlier reader's: its lines are counted while they are skipped
  std::map<std::int64_t, std::uint64_t> handed; // by second: the last ones, for the position
  log_position at;                              // as of the last answer
  std::string position;

  void count(std::int64_t at_ns) {
    ++handed[at_ns / 1'000'000'000];
    at.last_ns = std::max(at.last_ns, at_ns);
    at.since_s = std::max<std::int64_t>(at.last_ns / 1'000'000'000 - swapped_s, 0);
    handed.erase(handed.begin(), handed.lower_bound(at.since_s));
  }
};

log_position read_log_position(const std::string& text) {
  std::istringstream words{text};
  log_position out;
  if (!(words >> out.container >> out.since_s >> out.handed >> out.last_ns) || out.since_s < 0)
    return {};
  return out;
}

std::string to_string(const log_position& position) {
  return position.container + " " + std::to_string(position.since_s) + " " + std::to_string(position.handed) + " " +
         std::to_string(position.last_ns);
}

log_streams::log_streams(engine on, std::string environment)
    : on_{std::move(on)}, environment_{std::move(environment)}, multi_{curl_multi_init()} {}

log_streams::~log_streams() {
  for (auto& [member, each] : sources_)
    close(*each);
  if (multi_ != nullptr)
    curl_multi_cleanup(multi_);
}

log_streams::source& log_streams::at(const std::string& member) {
  auto& out = sources_[member];
  if (!out) {
    out = std::make_unique<source>();
    out->member = member;
  }
  return *out;
}

void log_streams::know(const container_info& info) {
  auto& of = at(info.name);
  of.lives = paws::lives(info);
  of.never_ran = info.started_at_us == 0;
  if (info.status == container_status::absent)
    return;
  of.life = info.id;
  of.container = info.id.substr(0, std::min(short_id, info.id.find('@')));
}

std::size_t log_streams::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& to = *static_cast<source*>(self);
  if (to.held.size() >= to.most) {
    to.waits = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  to.heard = true;
  const auto take = [&](engine_line line) {
    const bool known =
        to.skip.container == to.at.container && to.skipped < to.skip.handed && line.at_ns <= to.skip.last_ns;
    if (!known) {
      to.held.push_back({to.at.container, std::move(line)});
      return;
    }
    ++to.skipped;
    if (to.recounts)
      to.count(line.at_ns);
  };
  const auto understood =
      to.frames.feed({data, size * count}, [&](bool err, std::string_view text) { to.joiner.feed(err, text, take); });
  return understood ? size * count : 0;
}

void log_streams::close(source& of) {
  if (of.handle == nullptr)
    return;
  curl_multi_remove_handle(multi_, of.handle);
  curl_easy_cleanup(of.handle);
  of.handle = nullptr;
  of.ended = true;
  of.waits = false;
}

// Somebody asks from somewhere else than where the last answer ended.
void log_streams::begin_at(source& of, const std::string& position) {
  close(of);
  of.held.clear();
  of.handed.clear();
  of.followed.clear();
  of.recounts = true;
  of.at = read_log_position(position);
  of.position = position;
}

// One connection for each life: it ends with it.
void log_streams::open_if_due(source& of) {
  if (of.life.empty() || of.never_ran || multi_ == nullptr)
    return;
  if (!of.ended && of.at.container == of.container)
    return;
  const bool again = of.followed == of.life;
  if (again && (!of.lives || steady_clock::now() - of.opened < open_again_after))
    return;
  close(of);
  if (of.at.container != of.container) { // another container's log begins with its first line
    of.at = {of.container, 0, 0, 0};
    of.handed.clear();
  }
  if (of.recounts)
    of.handed.clear();
  of.skip = of.at;
  for (const auto& [container, line] : of.held) // read already, and still to be handed out
    if (container == of.container) {
      ++of.skip.handed;
      of.skip.last_ns = std::max(of.skip.last_ns, line.at_ns);
    }
  of.skipped = 0;
  of.frames = {};
  of.joiner = {};
  of.followed = of.life;
  of.opened = steady_clock::now();
  of.heard = of.ended = false;
  of.handle = curl_easy_init();
  if (of.handle == nullptr)
    return;
  of.url = base_url() + "/containers/" + of.container + "/logs?follow=1&stdout=1&stderr=1&timestamps=1";
  if (of.at.since_s > 0)
    of.url += "&since=" + std::to_string(of.at.since_s);
  curl_easy_setopt(of.handle, CURLOPT_UNIX_SOCKET_PATH, on_.socket.c_str());
  curl_easy_setopt(of.handle, CURLOPT_URL, of.url.c_str());
  curl_easy_setopt(of.handle, CURLOPT_PROXY, "");
  curl_easy_setopt(of.handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(of.handle, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(of.handle, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(of.handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(of.handle, CURLOPT_WRITEDATA, &of);
  curl_easy_setopt(of.handle, CURLOPT_PRIVATE, &of);
  curl_multi_add_handle(multi_, of.handle);
}

bool log_streams::perform() {
  const auto held = [this] {
    std::uint64_t out = 0;
    for (const auto& [member, each] : sources_)
      out += each->held.size() + each->skipped;
    return out;
  };
  const auto before = held();
  int running = 0;
  curl_multi_perform(multi_, &running);
  int left = 0;
  bool ended = false;
  while (const auto* done = curl_multi_info_read(multi_, &left)) {
    if (done->msg != CURLMSG_DONE)
      continue;
    char* of = nullptr;
    curl_easy_getinfo(done->easy_handle, CURLINFO_PRIVATE, &of);
    close(*reinterpret_cast<source*>(of));
    ended = true;
  }
  return ended || held() != before;
}

// What is there now; a connection that was opened just now gets a moment.
void log_streams::receive() {
  const auto is_young = [](const auto& each) {
    return !each.second->ended && !each.second->heard && steady_clock::now() - each.second->opened < first_bytes;
  };
  for (;;) {
    while (perform())
      ;
    if (std::none_of(sources_.begin(), sources_.end(), is_young))
      return;
    curl_multi_poll(multi_, nullptr, 0, longest_poll_ms, nullptr);
  }
}

void log_streams::hand_out(source& of, std::uint32_t most, log_batch& out) {
  std::uint32_t taken = 0;
  for (; !of.held.empty() && taken < most; ++taken) {
    auto& [container, line] = of.held.front();
    out.lines.push_back({of.member, line.at_ns / 1000, line.err, std::move(line.text)});
    of.recounts = false;
    if (container == of.at.container) // not of one that was removed since
      of.count(line.at_ns);
    of.held.pop_front();
  }
  out.more = out.more || !of.held.empty() || of.waits;
  if (of.waits && of.held.size() < of.most) {
    of.waits = false;
    curl_easy_pause(of.handle, CURLPAUSE_CONT);
  }
  if (taken > 0) {
    of.at.handed = 0;
    for (const auto& [second, lines] : of.handed)
      of.at.handed += lines;
    of.position = to_string(of.at);
  }
  if (!of.position.empty())
    out.positions[of.member] = of.position;
}

log_batch log_streams::read(const log_positions& from, std::uint32_t most_lines) {
  log_batch out;
  for (auto& [member, of] : sources_) {
    const auto found = from.find(member);
    const auto position = found == from.end() ? std::string{} : found->second;
    if (position != of->position)
      begin_at(*of, position);
    open_if_due(*of);
  }
  receive();
  const auto share = static_cast<std::uint32_t>(most_lines / std::max<std::size_t>(sources_.size(), 1) + 1);
  for (auto& [member, of] : sources_)
    hand_out(*of, share, out);
  return out;
}

void log_streams::drain(const std::string& member) {
  const auto found = sources_.find(member);
  if (found == sources_.end() || found->second->followed.empty())
    return; // nobody reads it
  auto& of = *found->second;
  open_if_due(of);
  of.most = most_drained;
  if (of.waits && of.handle != nullptr) {
    of.waits = false;
    curl_easy_pause(of.handle, CURLPAUSE_CONT);
  }
  const auto until = steady_clock::now() + drain_patience;
  while (!of.ended && steady_clock::now() < until)
    if (!perform())
      curl_multi_poll(multi_, nullptr, 0, longest_poll_ms, nullptr);
  of.most = most_held;
}

} // namespace paws::docker
