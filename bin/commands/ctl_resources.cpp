// ctl resources: what members use of what they may, and what the machine has left.
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/session.hpp"

#include <array>
#include <cstdio>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::failure;

std::string size(const json& bytes) {
  if (!bytes.is_number())
    return "-";
  const auto mib = bytes.get<double>() / (1024 * 1024);
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(),
                mib < 10       ? "%.1f MiB"
                : mib < 10'240 ? "%.0f MiB"
                               : "%.1f GiB",
                mib < 10'240 ? mib : mib / 1024);
  return out.data();
}

std::string processors(const json& count) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%.2f", count.is_number() ? count.get<double>() : 0);
  return count.is_number() ? out.data() : "-";
}

std::string share(const json& part, const json& whole) {
  if (!part.is_number() || !whole.is_number() || whole.get<double>() <= 0)
    return "-";
  return std::to_string(static_cast<int>(100 * part.get<double>() / whole.get<double>())) + " %";
}

int resources(const global_flags& flags, const std::string& file) {
  auto opened = session::open(flags, file, false);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  auto got = std::get<session>(opened).ask("/v1/resources", std::chrono::seconds{15});
  if (auto* why = std::get_if<failure>(&got))
    return fail(flags, *why);
  const auto& document = std::get<json>(got);
  if (flags.json()) {
    print(document);
    return 0;
  }
  table rows{{"SERVICE", "MEMORY", "LIMIT", "USED", "CPUS", "LIMIT", "DISK"}};
  for (const auto& row : document["services"])
    rows.push_back({row["service"], size(row["memory_bytes"]), size(row["memory_limit_bytes"]),
                    share(row["memory_bytes"], row["memory_limit_bytes"]), processors(row["cpus"]),
                    processors(row["cpu_limit"]), size(row["disk_bytes"])});
  const auto& total = document["total"];
  rows.push_back({"in all", size(total["memory_bytes"]), size(total["memory_limit_bytes"]),
                  share(total["memory_bytes"], total["memory_limit_bytes"]), processors(total["cpus"]), "-",
                  size(total["disk_bytes"])});
  const auto& host = document["host"];
  const auto width = look_of(flags).width;
  constexpr std::size_t share_of_memory = 3, limit_of_cpus = 5;
  std::cout << columns(rows, width, {limit_of_cpus, share_of_memory}) << "\n"
            << paragraph("this machine: ",
                         size(host["memory_available_bytes"]) + " of " + size(host["memory_bytes"]) +
                             " memory available, " + size(host["disk_available_bytes"]) + " of " +
                             size(host["disk_bytes"]) + " disk free, " + host["cpus"].dump() +
                             " processors with a load of " + processors(host["load"]),
                         4, width);
  for (const auto& warning : document["warnings"])
    std::cout << paragraph("warning: ", harmless_lines(warning.get<std::string>()), 4, width);
  std::cout << std::flush;
  return 0;
}

} // namespace

void add_ctl_resources(CLI::App& parent, command_line& line) {
  auto file = std::make_shared<std::string>();
  auto* sub = parent.add_subcommand("resources", "Memory, processors and disk of each member against its limits");
  sub->add_option("--file", *file, "Topology whose environment is meant");
  sub->footer("Example:\n  paws-engine ctl resources --format json");
  sub->callback([&line, file] { line.action = [&line, file] { return resources(line.flags, *file); }; });
}

} // namespace paws::bin
