// What container engines send of a container's output: pieces, each with a head that says from which stream and how
// long, and put together again to lines.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace paws::docker {

/// Takes bytes as they come, hands out whole frames.
class frame_reader {
public:
  /// A piece of stdout, or of stderr when `err`.
  using on_frame = std::function<void(bool err, std::string_view text)>;

  /// False: this is no such stream, and nothing more can be read from it.
  bool feed(std::string_view bytes, const on_frame& take);

private:
  std::string held_;
  bool broken_ = false;
};

/// Longer lines become several.
inline constexpr std::size_t longest_line = 64 * 1024;

/// A line as an engine keeps it.
struct engine_line {
  std::int64_t at_ns = 0; // when the engine received its beginning; 0 = it did not say
  bool err = false;
  std::string text;
};

/// Puts frames with times at their heads ("2026-11-27T23:16:51.08Z text\n") together: a long line comes in several,
/// of which only the last ends with a line break.
class line_joiner {
public:
  using on_line = std::function<void(engine_line line)>;

  void feed(bool err, std::string_view text, const on_line& take);

private:
  struct begun {
    bool open = false;
    engine_line line;
  };
  std::array<begun, 2> begun_;
};

} // namespace paws::docker
