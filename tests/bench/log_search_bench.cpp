// How long searches in a million collected lines take: each kind five times, the median against the bound. Exit 5 when
// one is over it. Arguments: the number of lines, and "plain" to search without the index.
#include "store/log_archive.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

using namespace paws;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr double bound_ms = 1000;
constexpr std::size_t batch_lines = 20'000;
constexpr std::int64_t first_us = 1'764'000'000'000'000;

// About 150 bytes, of a vocabulary in which most trigrams are common.
logic::log_row row_of(std::uint64_t number) {
  static const std::vector<std::string> what{"request served from cache",          "connection accepted from client",
                                             "checkpoint complete: wrote buffers", "replica is streaming from leader",
                                             "lease renewed for session",          "query took longer than usual"};
  logic::log_row out;
  out.at_us = first_us + static_cast<std::int64_t>(number) * 20;
  out.service = "member" + std::to_string(number % 13);
  out.level = number % 50 == 0 ? logic::log_level::warning : logic::log_level::info;
  const auto mixed = number * 2'654'435'761U;
  if (number % 1000 == 0)
    out.trace_id = "trace" + std::to_string(number / 1000);
  out.text = "2026-11-24 12:57:55,975 INFO: " + what[mixed % what.size()] + " 10.0." + std::to_string(mixed % 251) +
             "." + std::to_string(mixed % 241) + ":" + std::to_string(1024 + mixed % 60'000) +
             " id=" + std::to_string(mixed) + " bytes=" + std::to_string(mixed % 99'991);
  if (number % 200'000 == 123)
    out.text += " panic: unreachable needle";
  out.text.resize(std::max<std::size_t>(out.text.size(), 150), '.');
  return out;
}

double since(clock_type::time_point begin) {
  return std::chrono::duration<double, std::milli>(clock_type::now() - begin).count();
}

bool measure(const store::log_archive& archive, const char* name, const logic::log_query& query, bool judged = true) {
  std::vector<double> spent, busy; // by the clock; of the processor
  std::size_t rows = 0;
  for (int round = 0; round < 5; ++round) {
    const auto begin = clock_type::now();
    const auto busy_before = std::clock();
    const auto found = archive.search(query);
    spent.push_back(since(begin));
    busy.push_back(1000.0 * static_cast<double>(std::clock() - busy_before) / CLOCKS_PER_SEC);
    if (const auto* why = std::get_if<topology::failure>(&found)) {
      std::fprintf(stderr, "%s: %s\n", name, to_string(*why).c_str());
      return false;
    }
    rows = std::get<store::found_logs>(found).rows.size();
  }
  std::sort(spent.begin(), spent.end());
  std::sort(busy.begin(), busy.end());
  const bool holds = !judged || spent[2] <= bound_ms;
  std::printf("%s  %-46s %6zu rows %8.1f ms %8.1f ms of a core\n",
              !judged ? "      "
              : holds ? "holds "
                      : "BROKEN",
              name, rows, spent[2], busy[2]);
  std::fflush(stdout);
  return holds;
}

logic::log_query words(std::vector<std::string> which) {
  logic::log_query out;
  out.words = std::move(which);
  return out;
}

logic::log_query pattern(std::string which) {
  logic::log_query out;
  out.pattern = std::move(which);
  return out;
}

bool fill(store::log_archive& archive, std::uint64_t lines, bool with_index) {
  const auto begin = clock_type::now();
  double inserting = 0;
  for (std::uint64_t at = 0; at < lines;) {
    std::vector<logic::log_row> rows;
    for (; rows.size() < batch_lines && at < lines; ++at)
      rows.push_back(row_of(at));
    const auto insert = clock_type::now();
    if (archive.append(rows, {{"member", std::to_string(at)}}))
      return false;
    inserting += since(insert);
  }
  std::printf("%llu lines stored in %.0f ms", static_cast<unsigned long long>(lines), inserting);
  const auto index = clock_type::now();
  while (with_index && archive.index_piece())
    ;
  const double busy = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  std::printf(" (%.1f s of a core with their making)", busy);
  std::printf(", indexed in %.0f ms, all in %.0f ms\n", since(index), since(begin));
  return true;
}

bool measure_all(const store::log_archive& archive, std::uint64_t lines) {
  bool holds = true;
  logic::log_query query;
  holds &= measure(archive, "words: rare", words({"needle", "panic"}));
  holds &= measure(archive, "words: common", words({"request", "cache"}));
  holds &= measure(archive, "words: two letters", words({"zq"}));
  holds &= measure(archive, "words: none matching, rare trigrams", words({"xylophone"}));
  holds &= measure(archive, "words: none matching, common trigrams", words({"streaming client"}));
  query.at_least = logic::log_level::warning;
  holds &= measure(archive, "level", query);
  query.at_least = logic::log_level::fatal;
  holds &= measure(archive, "level: none matching", query);
  query = {};
  query.services = {"member7"};
  holds &= measure(archive, "service", query);
  query.at_least = logic::log_level::error;
  holds &= measure(archive, "service and level: none matching", query);
  query = {};
  query.since_us = first_us + static_cast<std::int64_t>(lines) * 10;
  query.until_us = query.since_us + 1'000'000;
  query.newest = false;
  query.limit = 10'000;
  holds &= measure(archive, "time", query);
  query.words = {"request"};
  holds &= measure(archive, "time and a common word", query);
  query = {};
  query.trace_id = "trace77";
  holds &= measure(archive, "trace id", query);
  holds &= measure(archive, "regex: rare literal", pattern("panic: \\w+ needle"));
  holds &= measure(archive, "regex: common literal, no match", pattern("request served.*accepted"));
  holds &= measure(archive, "regex: common literal, oldest match only", pattern("checkpoint.* id=0 "));
  holds &= measure(archive, "regex: alternatives", pattern("panic: .*|lease .* client|query \\d"));
  measure(archive, "regex: no literal, no match", pattern("\\d[a-z]{3}\\d[A-Z]\\d"), false);
  return holds;
}

} // namespace

int main(int count, char** given) {
  const std::vector<std::string> arguments{given + 1, given + count};
  const auto lines = arguments.empty() ? std::uint64_t{1'000'000} : std::stoull(arguments[0]);
  std::string directory = "/tmp/paws-log-bench-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr)
    return 1;
  bool holds = false;
  {
    store::log_archive archive{directory + "/logs"};
    if (fill(archive, lines, arguments.size() < 2 || arguments[1] != "plain"))
      holds = measure_all(archive, lines);
  }
  std::filesystem::remove_all(directory);
  return holds ? 0 : 5;
}
