#include "runtimes/docker/log_frames.hpp"

#include "runtimes/docker/container_state.hpp"

#include <algorithm>
#include <utility>

namespace paws::docker {

namespace {

constexpr std::size_t head_bytes = 8;
constexpr std::size_t most_frame_bytes = 16 * 1024 * 1024; // a line on Podman, which does not split them

std::size_t length_of(std::string_view head) {
  std::size_t out = 0;
  for (std::size_t i = 4; i < head_bytes; ++i)
    out = out << 8 | static_cast<unsigned char>(head[i]);
  return out;
}

bool is_head(std::string_view head) {
  return head[0] >= 0 && head[0] <= 2 && head[1] == 0 && head[2] == 0 && head[3] == 0 &&
         length_of(head) <= most_frame_bytes;
}

} // namespace

bool frame_reader::feed(std::string_view bytes, const on_frame& take) {
  held_ += bytes;
  std::string_view left = held_;
  while (!broken_ && left.size() >= head_bytes) {
    broken_ = !is_head(left);
    const auto length = length_of(left);
    if (broken_ || left.size() - head_bytes < length)
      break;
    take(left[0] == 2, left.substr(head_bytes, length));
    left.remove_prefix(head_bytes + length);
  }
  held_.erase(0, held_.size() - left.size());
  return !broken_;
}

void line_joiner::feed(bool err, std::string_view text, const on_line& take) {
  auto& to = begun_.at(err ? 1 : 0);
  std::int64_t at_ns = 0;
  if (const auto space = text.find(' '); space != std::string_view::npos)
    at_ns = parse_time_ns(text.substr(0, space));
  if (at_ns > 0)
    text.remove_prefix(text.find(' ') + 1);
  const bool whole = text.ends_with('\n');
  if (whole)
    text.remove_suffix(1);
  if (!std::exchange(to.open, true))
    to.line = {at_ns, err, {}};
  do {
    const auto room = longest_line - to.line.text.size();
    to.line.text += text.substr(0, room);
    text.remove_prefix(std::min(room, text.size()));
    if (!text.empty()) {
      auto piece = to.line;
      to.line.text.clear();
      take(std::move(piece));
    }
  } while (!text.empty());
  if (whole) {
    to.open = false;
    take(std::move(to.line));
  }
}

} // namespace paws::docker
