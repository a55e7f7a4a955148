// A search in the collected logs, and one line of what it finds.
#pragma once

#include "logic/log_line.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace paws::logic {

/// One line as it is stored: `text` is the member's own.
struct log_row {
  std::uint64_t id = 0; // 1, 2, 3 … in the order of collection, across engine lives
  std::int64_t at_us = 0;
  std::string service;
  log_level level = log_level::info;
  bool err = false; // written to its standard error
  std::string trace_id;
  std::string text;
  std::size_t left_out_bytes = 0; // of `text`: the page would be too large with it; ask for it by its id
};

/// Everything that is given must hold.
struct log_query {
  std::vector<std::string> services; // member names; empty = all
  log_level at_least = log_level::trace;
  std::vector<std::string> words; // each is in the line, in any case
  std::string pattern;            // RE2 syntax; "" = any
  std::string trace_id;
  std::int64_t since_us = 0;  // at or after; 0 = from the beginning
  std::uint64_t since_id = 0; // of the lines of that very time only those behind this one: a page ended with it
  std::int64_t until_us = 0;  // before; 0 = to the end
  std::uint64_t after_id = 0; // collected after this one; the first `limit` are then the first collected
  std::uint32_t limit = 100;
  std::vector<std::uint64_t> ids; // only these; empty = any
  bool newest = true;             // the last `limit` of what fits; else the first
};

/// Strings of at least three characters, in lower case, one of the inner lists of which every match of `pattern`
/// contains completely: {{"foo","bar"},{"baz"}} for "foo.*bar|baz". Empty when nothing can be said.
std::vector<std::vector<std::string>> required_literals(const std::string& pattern);

} // namespace paws::logic
