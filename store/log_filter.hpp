// What a search asks of a line's text: words and a regular expression, in the cheapest order.
#pragma once

#include "logic/log_query.hpp"
#include "topology/failure.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
} // namespace re2

namespace paws::store {

class log_filter {
public:
  explicit log_filter(const logic::log_query& what);
  ~log_filter();
  log_filter(const log_filter&) = delete;
  log_filter& operator=(const log_filter&) = delete;

  /// ERR_CLI_001 for a pattern that is none.
  const std::optional<topology::failure>& why() const { return why_; }
  bool takes_all() const { return any_of_.empty() && !pattern_; }
  bool fits(std::string_view text);
  /// What to ask of the trigram index: every line that fits answers it, others may too. "" when it is of no help.
  std::string index_query() const;

private:
  std::optional<topology::failure> why_;
  std::vector<std::vector<std::string>> any_of_; // in lower case; the text contains one list completely
  std::unique_ptr<re2::RE2> pattern_;
  std::string folded_; // the text in lower case
};

} // namespace paws::store
