#include "store/git_ignore.hpp"

#include "store/durable_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string_view>

namespace paws::store {

using topology::failure;

namespace {

constexpr std::size_t most_bytes = 1024UL * 1024; // of a .gitignore: far above any that people keep

// A pattern is one of these, or it is not understood and a line too many is the worst that comes of it.
constexpr std::array<std::string_view, 8> patterns{".local",   ".local/",   "/.local",   "/.local/",
                                                   ".local/*", "/.local/*", ".local/**", "/.local/**"};

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
    line.remove_suffix(1);
  return line;
}

// Whether the last line that speaks of `.local` as a whole ignores it; in a directory above `root`, patterns that are
// bound to that directory do not reach us.
bool ignores(std::string_view content, bool in_root) {
  bool out = false;
  while (!content.empty()) {
    const auto end = std::min(content.find('\n'), content.size());
    auto line = trimmed(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
    const bool negated = line.starts_with('!');
    if (negated)
      line.remove_prefix(1);
    const bool bound = line.substr(0, std::max<std::size_t>(line.size(), 1) - 1).find('/') != std::string_view::npos;
    if (std::ranges::find(patterns, line) != patterns.end() && (in_root || !bound))
      out = !negated;
  }
  return out;
}

// "" when there is none; a failure when there is one that cannot be read.
std::variant<std::string, failure> read_ignore_file(const std::string& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (!file && errno == ENOENT)
    return std::string{};
  auto content = file ? read_all(file.get(), most_bytes) : std::nullopt;
  if (!content)
    return file_failure(path, "read", errno);
  return *std::move(content);
}

} // namespace

std::variant<bool, failure> ensure_git_ignore(const std::string& root) {
  namespace fs = std::filesystem;
  const auto own = root + "/.gitignore";
  auto content = read_ignore_file(own);
  if (const auto* why = std::get_if<failure>(&content))
    return *why;
  const auto& text = std::get<std::string>(content);
  bool ignored = ignores(text, true);
  bool in_work_tree = false;
  std::error_code nothing; // what cannot be looked at is not there
  for (auto at = fs::path{root}.lexically_normal(); !in_work_tree; at = at.parent_path()) {
    in_work_tree = fs::exists(at / ".git", nothing);
    if (at.string() != root && !ignored) {
      const auto above = read_ignore_file((at / ".gitignore").string());
      ignored = std::holds_alternative<std::string>(above) && ignores(std::get<std::string>(above), false);
    }
    if (!at.has_relative_path())
      break;
  }
  if (!in_work_tree || ignored)
    return false;
  // Appended, not replaced: the file is the user's own, with owner, mode and links as they are.
  const descriptor file{::open(own.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0644)};
  const std::string lines =
      std::string{text.empty() || text.ends_with('\n') ? "" : "\n"} + "/.local/*\n!/.local/secrets.env.template\n";
  if (!file || !write_all(file.get(), lines))
    return file_failure(own, "written", errno);
  return true;
}

} // namespace paws::store
