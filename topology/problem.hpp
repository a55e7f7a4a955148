// What is wrong in a topology file, and where: the loader collects all of it before it answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace paws::topology {

/// A place in a file; lines and columns count from 1. Columns count bytes.
struct mark {
  int line = 1;
  int column = 1;
};

struct problem {
  std::string path; // of the file, as it was given
  int line = 1;
  int column = 1;
  std::string message; // one sentence: what is wrong, and what would be right
};

/// "path:line:column: message"
std::string to_string(const problem& what);

/// Collects problems of one file.
class problem_list {
public:
  explicit problem_list(std::string path) : path_{std::move(path)} {}

  void add(mark at, std::string message);
  bool empty() const { return problems_.empty(); }
  /// In the order of the file, without repetitions; at most limits::problems_listed, the last of which then says how
  /// many more there are.
  std::vector<problem> take();

private:
  std::string path_;
  std::vector<problem> problems_;
};

/// ", did you mean `x`?" for the candidate nearest to `word`, or "" when none is near.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

/// `text` fit for one line of a message: control characters as \xNN, cut after `most` bytes (never inside a UTF-8
/// character), in backquotes.
std::string quoted(std::string_view text, std::size_t most = 60);

} // namespace paws::topology
