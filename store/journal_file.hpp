// The journal on disk: one event a line, append-only, in at most two files (the current one and the one before).
// Survives the engine's death at any instruction without losing an event, and a power cut without losing what was
// there before; whatever a crash left at its end is cut off when it is opened. Blocking, for one thread.
#pragma once

#include "logic/event.hpp"
#include "store/durable_file.hpp"
#include "topology/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace paws::store {

/// Size at which the current file becomes the older one: about 60,000 events, weeks of a working day's use, and
/// still read through in some tens of milliseconds.
inline constexpr std::size_t journal_file_bytes = 16UL * 1024 * 1024;

class journal_file {
public:
  /// Opens or creates `path` (0600, directories above it too) and finds the last event. A file that holds something
  /// else than a journal is refused (ERR_SYS_003) and left as it is.
  static std::variant<journal_file, topology::failure> open(const std::string& path,
                                                            std::size_t most_bytes = journal_file_bytes);

  /// seq of the last event on disk, 0 when there is none.
  std::uint64_t last_seq() const { return last_seq_; }

  /// Hands the event to the kernel: it outlives this process, and reaches the disk when the kernel writes it. An event
  /// that cannot be written whole leaves no piece behind.
  std::optional<topology::failure> append(const logic::event& what);

  /// The first `limit` events with seq > since that are still kept, in order. Lines that are no events are passed by.
  std::variant<std::vector<logic::event>, topology::failure> read(std::uint64_t since, std::uint32_t limit) const;

private:
  journal_file(std::string path, std::size_t most_bytes) : path_{std::move(path)}, most_bytes_{most_bytes} {}

  std::optional<topology::failure> open_current();
  std::optional<topology::failure> find_end();
  std::optional<topology::failure> rotate();
  std::string older() const { return path_ + ".1"; }

  std::string path_;
  std::size_t most_bytes_;
  descriptor file_;
  std::size_t size_ = 0; // of the current file, up to the end of its last whole line
  std::uint64_t last_seq_ = 0;
  bool torn_ = false; // a piece of an event stands behind `size_`; nothing is appended until it is gone
};

} // namespace paws::store
