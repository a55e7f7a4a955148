// The command line in this very process, in a directory of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace paws::bin::testing {

struct said {
  int code = -1;
  std::string out, err;
};

/// `paws-engine words…`, here.
said run(const std::vector<std::string>& words);

/// Columns of the widest line; one that is a single word (a long path) cannot be narrower and does not count.
std::size_t widest_line(const std::string& text);

/// An empty directory that is the current one, with a runtime directory of its own, until this goes away.
class playground {
public:
  playground();
  playground(const playground&) = delete;
  playground& operator=(const playground&) = delete;
  ~playground();

  void write(const std::string& path, const std::string& text) const;
  /// The default topology, in this directory; its applications only with their profile.
  void write_topology(const std::string& path) const;
  std::string read(const std::string& path) const;
  const std::filesystem::path& root() const { return root_; }

private:
  std::filesystem::path root_, before_;
};

} // namespace paws::bin::testing
