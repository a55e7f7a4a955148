#include "store/log_search.hpp"

#include "store/log_view.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace paws::store {

namespace {

namespace fs = std::filesystem;
using topology::failure;

// Those that may have something, opened. All at once, so that they fit together.
std::variant<std::vector<log_view>, failure> open_views(const std::string& directory, const logic::log_query& what) {
  std::vector<log_view> out;
  const auto files = segment_files(directory);
  for (auto at = files.begin(); at != files.end(); ++at) {
    const auto next = std::next(at);
    std::error_code gone;
    if ((next != files.end() && next->first <= what.after_id + 1) || fs::file_size(at->second, gone) == 0 || gone)
      continue;
    auto made = log_view::open(at->second);
    if (auto* view = std::get_if<log_view>(&made))
      out.push_back(std::move(*view));
    else if (fs::exists(at->second, gone)) // else it was just removed for its age
      return std::get<failure>(std::move(made));
  }
  return out;
}

bool may_hold(const log_view& view, const logic::log_query& what, const log_page_rows& page) {
  if (view.last_id() == 0 || view.last_id() <= what.after_id)
    return false;
  if ((what.since_us > 0 && view.newest_us() < what.since_us) ||
      (what.until_us > 0 && view.oldest_us() >= what.until_us))
    return false;
  return what.newest ? page.wants(view.newest_us(), view.last_id()) : page.wants(view.oldest_us(), 0);
}

} // namespace

std::map<std::uint64_t, std::string> segment_files(const std::string& directory) {
  std::map<std::uint64_t, std::string> out;
  std::error_code failed;
  for (fs::directory_iterator at{directory, failed}, end; !failed && at != end; at.increment(failed)) {
    const auto name = at->path().filename().string();
    std::uint64_t first_id = 0;
    const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), first_id);
    if (error == std::errc{} && std::string_view{stop} == ".db")
      out[first_id] = at->path().string();
  }
  return out;
}

std::variant<found_logs, failure> search_logs(const std::string& directory, const logic::log_query& what) {
  log_filter filter{what};
  if (filter.why())
    return *filter.why();
  auto opened = open_views(directory, what);
  if (auto* why = std::get_if<failure>(&opened))
    return std::move(*why);
  auto& views = std::get<std::vector<log_view>>(opened);
  found_logs out;
  for (const auto& view : views)
    out.last_id = std::max(out.last_id, view.last_id());
  // The most promising first. Segments overlap in time, so each is asked unless all it has comes behind the page.
  if (!log_page_rows::is_by_id(what))
    std::sort(views.begin(), views.end(), [&](const auto& a, const auto& b) {
      return what.newest ? a.newest_us() > b.newest_us() : a.oldest_us() < b.oldest_us();
    });
  log_page_rows page{what};
  for (auto& view : views)
    if (may_hold(view, what, page))
      if (auto why = view.search(what, filter, page))
        return *why;
  out.rows = page.take();
  return out;
}

} // namespace paws::store
