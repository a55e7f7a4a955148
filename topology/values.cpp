#include "topology/values.hpp"

#include "topology/limits.hpp"
#include "topology/problem.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace paws::topology {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

struct quantity {
  std::uint64_t number = 0;
  std::string_view unit;
};

// A whole number followed by a unit; `example` shows what would be right.
parsed<quantity> parse_quantity(std::string_view text, std::string_view what, std::string_view example) {
  const auto wrong = [&](const std::string& why) {
    return parsed<quantity>{
        {}, quoted(text) + " is no " + std::string{what} + ": " + why + ", such as " + std::string{example}};
  };
  if (!text.empty() && text.front() == '-')
    return wrong("it cannot be negative");
  const auto length = std::min(text.find_first_not_of(digits), text.size());
  if (length == 0)
    return wrong("write a whole number and a unit");
  const auto unit = text.substr(length);
  if (unit.empty())
    return wrong("its unit is missing");
  if (unit.front() == '.')
    return wrong("write a whole number of a smaller unit");
  quantity out{0, unit};
  if (std::from_chars(text.data(), text.data() + length, out.number).ec != std::errc{})
    return wrong("the number is too large");
  return {out, ""};
}

template <std::size_t N>
std::optional<std::uint64_t> factor_of(std::string_view unit,
                                       const std::array<std::pair<std::string_view, std::uint64_t>, N>& units) {
  for (const auto& [name, factor] : units)
    if (name == unit)
      return factor;
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> duration_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 9> size_units{{{"B", 1},
                                                                                {"KB", 1ULL << 10},
                                                                                {"KiB", 1ULL << 10},
                                                                                {"MB", 1ULL << 20},
                                                                                {"MiB", 1ULL << 20},
                                                                                {"GB", 1ULL << 30},
                                                                                {"GiB", 1ULL << 30},
                                                                                {"TB", 1ULL << 40},
                                                                                {"TiB", 1ULL << 40}}};

constexpr const char* image_example = "paws360/etcd:bookworm";

bool is_tag(std::string_view text) {
  static const auto first = std::string{lower} + std::string{upper} + std::string{digits} + "_";
  static const auto rest = first + ".-";
  return !text.empty() && text.size() <= 128 && one_of(text.front(), first) &&
         text.find_first_not_of(rest) == std::string_view::npos;
}

// "sha256:" and 64 hexadecimal digits.
bool is_digest(std::string_view text) {
  return text.starts_with("sha256:") && text.size() == 71 &&
         text.substr(7).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Letters and digits, with separators between them only.
bool is_path_part(std::string_view text) {
  static const auto ends = std::string{lower} + std::string{digits};
  static const auto all = ends + "._-";
  return !text.empty() && one_of(text.front(), ends) && one_of(text.back(), ends) &&
         text.find_first_not_of(all) == std::string_view::npos && text.find("..") == std::string_view::npos;
}

// The first part of a path: "localhost", "registry.local:5000".
bool is_registry(std::string_view text) {
  static const auto ends = std::string{lower} + std::string{upper} + std::string{digits};
  static const auto all = ends + ".-";
  const auto colon = text.find(':');
  const auto host = text.substr(0, colon);
  const bool port_good = colon == std::string_view::npos ||
                         parse_whole(text.substr(colon + 1), limits::lowest_port, limits::highest_port).value;
  return port_good && !host.empty() && one_of(host.front(), ends) && one_of(host.back(), ends) &&
         host.find_first_not_of(all) == std::string_view::npos && host.find("..") == std::string_view::npos;
}

// What the engine or the container's own system puts there, or every program reads.
constexpr std::array<std::string_view, 14> kept_places{
    "/paws",    "/data",       "/proc",      "/sys",        "/dev",       "/tmp",          "/run",
    "/var/run", "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};

// `path` is `above`, or lies below it.
bool is_below(std::string_view path, std::string_view above) {
  return above == "/" || (path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/'));
}

std::string check_word_of(std::string_view text, std::string_view first, std::string_view rest, std::size_t most,
                          std::string_view rule) {
  const bool good = !text.empty() && text.size() <= most && one_of(text.front(), first) &&
                    text.find_first_not_of(rest) == std::string_view::npos;
  return good ? "" : quoted(text) + " is not allowed: write " + std::string{rule};
}

} // namespace

parsed<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto read = parse_quantity(text, "duration", "500ms, 5s, 2m");
  if (!read)
    return {{}, read.error};
  const auto factor = factor_of(read.value->unit, duration_units);
  if (!factor)
    return {{}, quoted(text) + " is no duration: the unit is one of ms, s, m, h"};
  const auto most = static_cast<std::uint64_t>(limits::longest_duration.count());
  if (read.value->number > most / *factor)
    return {{}, quoted(text) + " is too long: at most " + spell(limits::longest_duration)};
  return {std::chrono::milliseconds{static_cast<std::int64_t>(read.value->number * *factor)}, ""};
}

parsed<std::uint64_t> parse_size(std::string_view text) {
  const auto read = parse_quantity(text, "size", "512MB, 1GB, 64KiB");
  if (!read)
    return {{}, read.error};
  const auto factor = factor_of(read.value->unit, size_units);
  if (!factor)
    return {{}, quoted(text) + " is no size: the unit is one of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB"};
  if (read.value->number > limits::highest_memory_bytes / *factor)
    return {{}, quoted(text) + " is too large: at most 16TB"};
  return {read.value->number * *factor, ""};
}

parsed<double> parse_cpus(std::string_view text) {
  const auto wrong = [&] { return parsed<double>{{}, quoted(text) + " is no number of processors, such as 0.5 or 2"}; };
  // from_chars alone would take nan, inf and exponents.
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == std::string_view::npos ? "0" : text.substr(point + 1);
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 9 && part.find_first_not_of(digits) == std::string_view::npos;
  };
  if (!all_digits(whole) || !all_digits(fraction))
    return wrong();
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
    return wrong();
  if (value < limits::lowest_cpus || value > limits::highest_cpus)
    return {{}, quoted(text) + " is out of range: from 0.01 to 1024"};
  return {value, ""};
}

parsed<std::uint64_t> parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest) {
  const auto range = "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest);
  std::uint64_t value = 0;
  const bool shape = !text.empty() && text.size() <= 19 && text.find_first_not_of(digits) == std::string_view::npos &&
                     (text.size() == 1 || text.front() != '0');
  if (!shape || std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{} || value < lowest ||
      value > highest)
    return {{}, quoted(text) + " is not " + range};
  return {value, ""};
}

parsed<ipv4_network> parse_subnet(std::string_view text) {
  const auto wrong = [&](const std::string& why) { return parsed<ipv4_network>{{}, quoted(text) + " " + why}; };
  ipv4_network out{0, 0};
  auto rest = text;
  for (int part = 0; part < 5; ++part) {
    const auto end = part == 4 ? rest.size() : rest.find(part == 3 ? '/' : '.');
    if (end == std::string_view::npos)
      return wrong("is no subnet, such as 127.36.0.0/24");
    const auto number = parse_whole(rest.substr(0, end), 0, part == 4 ? 32 : 255);
    if (!number)
      return wrong("is no subnet, such as 127.36.0.0/24");
    if (part == 4)
      out.prefix = static_cast<int>(*number.value);
    else
      out.base = out.base << 8U | static_cast<std::uint32_t>(*number.value);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const ipv4_network loopback{limits::loopback_network, limits::loopback_prefix};
  const ipv4_network shared{limits::loopback_network, limits::shared_loopback_prefix};
  if (!loopback.contains(out.base) || out.prefix < limits::loopback_prefix)
    return wrong("is not inside 127.0.0.0/8: members live on loopback addresses");
  if (out.prefix > limits::narrowest_subnet_prefix)
    return wrong("has no room for members");
  if ((out.base & (out.size() - 1)) != 0)
    return wrong("has bits set beyond its prefix");
  if (out.contains(shared.base) || shared.contains(out.base))
    return wrong("overlaps 127.0.0.0/24, which other programs use");
  return {out, ""};
}

std::string to_dotted(std::uint32_t address) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += std::to_string(address >> static_cast<unsigned>(shift) & 255U) + (shift == 0 ? "" : ".");
  return out;
}

std::string spell(std::chrono::milliseconds what) {
  const auto count = static_cast<std::uint64_t>(what.count());
  for (std::size_t i = duration_units.size(); i-- > 1;)
    if (count != 0 && count % duration_units[i].second == 0)
      return std::to_string(count / duration_units[i].second) + std::string{duration_units[i].first};
  return std::to_string(count) + "ms";
}

std::string check_name(std::string_view text) {
  static const auto rest = std::string{lower} + std::string{digits} + "-";
  return check_word_of(text, lower, rest, limits::name_characters,
                       "at most 31 of a-z, 0-9 and -, beginning with a letter");
}

std::string check_variable(std::string_view text) {
  static const auto first = std::string{lower} + std::string{upper} + "_";
  static const auto rest = first + std::string{digits};
  return check_word_of(text, first, rest, limits::identifier_characters,
                       "at most 63 letters, digits and _, not beginning with a digit");
}

std::string check_secret_name(std::string_view text) {
  static const auto rest = std::string{upper} + std::string{digits} + "_";
  return check_word_of(text, upper, rest, limits::identifier_characters,
                       "at most 63 of A-Z, 0-9 and _, beginning with a letter");
}

std::string check_identifier(std::string_view text) {
  static const auto first = std::string{lower} + "_";
  static const auto rest = first + std::string{digits};
  return check_word_of(text, first, rest, limits::identifier_characters,
                       "at most 63 of a-z, 0-9 and _, not beginning with a digit");
}

std::string check_image(std::string_view text) {
  const auto wrong = [&] {
    return quoted(text) + " is not allowed: write an image reference, such as " + image_example;
  };
  const auto digest = text.find('@');
  auto name = text.substr(0, digest);
  if (text.size() > limits::image_characters ||
      (digest != std::string_view::npos && !is_digest(text.substr(digest + 1))))
    return wrong();
  if (const auto colon = name.rfind(':'); colon != std::string_view::npos && name.find('/', colon) == name.npos) {
    if (!is_tag(name.substr(colon + 1)))
      return wrong();
    name = name.substr(0, colon);
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    const auto part = name.substr(begin, end - begin);
    if (!(begin == 0 && end < name.size() && is_registry(part)) && !is_path_part(part))
      return wrong();
    begin = end + 1;
  }
  return "";
}

std::string check_container_path(std::string_view text) {
  if (auto wrong = check_text(text); !wrong.empty())
    return wrong;
  if (text.empty() || text.front() != '/')
    return quoted(text) + " is no absolute path in the container";
  const auto tidy = text.size() > 1 && text.back() == '/' ? text.substr(0, text.size() - 1) : text;
  for (std::size_t begin = 1; begin <= tidy.size();) {
    const auto end = std::min(tidy.find('/', begin), tidy.size());
    const auto part = tidy.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..")
      return quoted(text) + " is no plain path: leave out `.`, `..` and doubled slashes";
    begin = end + 1;
  }
  if (text.find(':') != std::string_view::npos)
    return quoted(text) + " holds a colon, which container engines take for a separator";
  for (const auto taken : kept_places)
    if (is_below(tidy, taken) || is_below(taken, tidy))
      return quoted(text) + " is not free: a container needs " + std::string{taken} + " itself";
  return "";
}

std::string check_word(std::string_view text) {
  static const auto first = std::string{lower} + std::string{upper} + std::string{digits};
  static const auto rest = first + "._-";
  return check_word_of(text, first, rest, limits::identifier_characters,
                       "at most 63 letters, digits, dots, - and _, beginning with a letter or digit");
}

std::string check_text(std::string_view text, bool lines) {
  if (text.size() > limits::text_bytes)
    return "the text is longer than " + std::to_string(limits::text_bytes) + " bytes";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    const bool admitted = lines && (byte == '\n' || byte == '\t');
    if (c1 || byte == 0x7f || (byte < 0x20 && !admitted))
      return quoted(text) + " holds a control character";
  }
  return "";
}

std::string check_inner_path(std::string_view text) {
  if (auto wrong = check_text(text); !wrong.empty())
    return wrong;
  if (text.empty())
    return "a path is missing";
  if (text.front() == '/')
    return quoted(text) + " must be relative to the project root";
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('/', begin), text.size());
    if (text.substr(begin, end - begin) == "..")
      return quoted(text) + " leads out of the project root";
    begin = end + 1;
  }
  return "";
}

std::string check_url_path(std::string_view text) {
  if (text.empty() || text.front() != '/')
    return quoted(text) + " is no path of a URL: it begins with /";
  if (text.size() > limits::text_bytes)
    return "the path is longer than " + std::to_string(limits::text_bytes) + " bytes";
  for (const char c : text)
    if (c <= ' ' || c >= 0x7f)
      return quoted(text) + " is no path of a URL: blanks and special characters are written as %NN";
  return "";
}

std::string check_endpoint(std::string_view text) {
  const std::string loopback = std::string{limits::publish_address} + ":";
  if (text.starts_with(loopback) &&
      parse_whole(text.substr(loopback.size()), limits::lowest_port, limits::highest_port).value)
    return "";
  return quoted(text) + " is not possible: write " + loopback + "PORT; nobody outside this machine may reach it";
}

} // namespace paws::topology
