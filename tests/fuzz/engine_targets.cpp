// Any bytes come from a container engine: as a log, as events, as what it says of a container.
#include "tests/fuzz/targets.hpp"

#include "runtimes/docker/container_state.hpp"
#include "runtimes/docker/events.hpp"
#include "runtimes/docker/log_frames.hpp"
#include "runtimes/docker/log_streams.hpp"

#include <cstdlib>
#include <string>
#include <vector>

namespace paws::fuzz {

namespace {

struct heard_lines {
  std::vector<std::string> texts;
  std::size_t bytes = 0;
};

// In two pieces, which meet at `cut`.
heard_lines hear(std::string_view bytes, std::size_t cut) {
  heard_lines out;
  docker::frame_reader frames;
  docker::line_joiner joiner;
  const auto take = [&](docker::engine_line line) {
    if (line.text.size() > docker::longest_line || line.at_ns < 0)
      std::abort();
    out.bytes += line.text.size();
    out.texts.push_back(std::move(line.text));
  };
  for (const auto piece : {bytes.substr(0, cut), bytes.substr(cut)})
    if (!frames.feed(piece, [&](bool err, std::string_view text) { joiner.feed(err, text, take); }))
      break;
  return out;
}

} // namespace

// The first byte says where the stream is cut: that changes nothing, and nothing is said that was not sent.
void feed_engine_log(std::string_view bytes) {
  if (bytes.empty())
    return;
  const auto rest = bytes.substr(1);
  const auto cut = rest.size() * static_cast<unsigned char>(bytes.front()) / 256;
  const auto whole = hear(rest, 0), pieces = hear(rest, cut);
  if (whole.texts != pieces.texts || whole.bytes > rest.size())
    std::abort();
  const auto position = docker::read_log_position(std::string{rest});
  if (!position.container.empty() &&
      docker::to_string(docker::read_log_position(docker::to_string(position))) != docker::to_string(position))
    std::abort();
}

void feed_engine_event(std::string_view bytes) {
  docker::line_cutter cutter;
  cutter.feed(bytes, [](std::string_view line) {
    if (line.empty() || line.find('\n') != std::string_view::npos)
      std::abort();
    const auto what = docker::read_event(line, "e");
    if (what && (what->member.empty() || what->member.find('/') != std::string::npos))
      std::abort();
  });
}

void feed_container(std::string_view bytes) {
  const auto state = docker::read_container(nlohmann::json::parse(bytes, nullptr, false));
  if (!state)
    return;
  const auto info = docker::info_of(*state, "a");
  if (info.id.empty() || (info.exit_signal != 0 && info.exit_code != -1) ||
      (info.status == container_status::exited && info.pid != 0))
    std::abort();
}

} // namespace paws::fuzz
