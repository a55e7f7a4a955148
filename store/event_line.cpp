#include "store/event_line.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace paws::store {

namespace {

using json = nlohmann::ordered_json; // the members in the order they are written, seq first

constexpr std::string_view opening = "{\"seq\":";
constexpr std::size_t cut_text_bytes = 4096; // of a text that is too long: enough for a sentence and a log's last words

std::string dump(const logic::event& what) {
  return json{{"seq", what.seq},         {"at_us", what.at_us}, {"kind", what.kind},
              {"subject", what.subject}, {"text", what.text},   {"fields", what.fields}}
             .dump(-1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

// The member `name` when it has the type of `out`.
template <typename T>
bool take(const json& from, const char* name, T& out) {
  const auto at = from.find(name);
  if (at == from.end())
    return false;
  if constexpr (std::is_same_v<T, std::string>) {
    if (!at->is_string())
      return false;
  } else if constexpr (std::is_unsigned_v<T>) {
    if (!at->is_number_unsigned())
      return false;
  } else if (!at->is_number_integer()) {
    return false;
  }
  out = at->template get<T>();
  return true;
}

} // namespace

std::string to_line(const logic::event& what) {
  auto out = dump(what);
  if (out.size() <= event_line_bytes)
    return out;
  logic::event less = what;
  less.fields = {{"cut", "true"}};
  for (auto* text : {&less.kind, &less.subject, &less.text})
    if (text->size() > cut_text_bytes)
      *text = text->substr(0, cut_text_bytes) + "...";
  return dump(less);
}

std::optional<logic::event> event_of(std::string_view line) {
  if (line.size() >= event_line_bytes || !line.starts_with(opening))
    return std::nullopt;
  const auto read = json::parse(line, nullptr, false);
  logic::event out;
  if (!read.is_object() || !take(read, "seq", out.seq) || !take(read, "at_us", out.at_us) ||
      !take(read, "kind", out.kind) || !take(read, "subject", out.subject) || !take(read, "text", out.text))
    return std::nullopt;
  if (const auto fields = read.find("fields"); fields != read.end() && fields->is_object())
    for (const auto& [name, value] : fields->items())
      if (value.is_string())
        out.fields[name] = value.get<std::string>();
  return out;
}

std::optional<std::uint64_t> seq_of(std::string_view line) {
  if (!line.starts_with(opening))
    return std::nullopt;
  line.remove_prefix(opening.size());
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out);
  if (error != std::errc{} || end == line.data() + line.size() || *end != ',')
    return std::nullopt;
  return out;
}

bool is_torn_line(std::string_view bytes) {
  if (std::ranges::all_of(bytes, [](char c) { return c == '\0'; }))
    return true;
  return bytes.size() <= event_line_bytes && (bytes.starts_with(opening) || opening.starts_with(bytes));
}

} // namespace paws::store
