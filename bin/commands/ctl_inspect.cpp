// ctl inspect etcd | patroni | redis: what the daemons themselves say, as tables.
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/session.hpp"

#include <algorithm>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::failure;

struct inspect_flags {
  std::string file, kind;
};

void print_table(const json& shown, std::size_t width) {
  table rows(1);
  for (const auto& column : shown["columns"]) {
    auto title = column.get<std::string>();
    std::transform(title.begin(), title.end(), title.begin(), [](char c) {
      return c == '_' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    rows[0].push_back(title);
  }
  for (const auto& row : shown["rows"]) {
    rows.emplace_back();
    for (const auto& column : shown["columns"]) {
      const auto value = row.value(column.get<std::string>(), "");
      rows.back().push_back(value.empty() ? "-" : harmless(value));
    }
  }
  std::cout << "\n" << shown["title"].get<std::string>() << "\n" << columns(rows, width);
}

int inspect(const global_flags& flags, const inspect_flags& given) {
  auto opened = session::open(flags, given.file, false);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  auto got = std::get<session>(opened).ask("/v1/inspect/" + given.kind, std::chrono::seconds{15});
  if (auto* why = std::get_if<failure>(&got))
    return fail(flags, *why);
  const auto& document = std::get<json>(got);
  if (flags.json()) {
    print(document);
    return 0;
  }
  for (const auto& cluster : document["clusters"]) {
    std::cout << cluster["cluster"].get<std::string>() << "\n";
    for (const auto& each : cluster["tables"])
      if (!each["rows"].empty())
        print_table(each, look_of(flags).width);
  }
  std::cout << std::flush;
  return 0;
}

} // namespace

void add_ctl_inspect(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<inspect_flags>();
  auto* sub = parent.add_subcommand("inspect", "What etcd, Patroni or Redis say of themselves");
  sub->add_option("KIND", given->kind, "etcd, patroni or redis")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"etcd", "patroni", "redis"}));
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->footer("Example:\n  paws-engine ctl inspect patroni");
  sub->callback([&line, given] { line.action = [&line, given] { return inspect(line.flags, *given); }; });
}

} // namespace paws::bin
