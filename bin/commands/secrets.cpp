// secrets generate | validate | rotate: the file with the passwords.
#include "store/secrets.hpp"
#include "bin/commands/command.hpp"
#include "bin/target.hpp"
#include "store/git_ignore.hpp"
#include "topology/loader.hpp"

#include <iostream>
#include <set>

namespace paws::bin {

namespace {

using topology::failure;

struct secret_flags {
  std::string file = default_topology;
};

int generate(const global_flags& flags, const secret_flags& given) {
  const auto loaded = topology::load_topology(given.file);
  if (!loaded.ok())
    return fail(flags, topology::as_failure(loaded));
  const auto& doc = loaded.doc;
  const auto path = doc.root + "/" + doc.secrets.file;
  auto made = store::generate_secrets(path, doc.secrets.generate);
  if (auto* why = std::get_if<failure>(&made))
    return fail(flags, *why);
  auto ignored = store::ensure_git_ignore(doc.root);
  if (auto* why = std::get_if<failure>(&ignored))
    return fail(flags, *why);
  auto written = store::write_secrets_template(doc);
  if (auto* why = std::get_if<failure>(&written))
    return fail(flags, *why);
  const auto& names = std::get<std::vector<std::string>>(made);
  if (flags.json()) {
    print({{"file", path}, {"generated", names}});
  } else if (!flags.quiet) {
    if (names.empty())
      std::cout << path << ": complete, nothing was changed" << std::endl;
    else
      std::cout << path << ": generated " << names.size() << " values" << std::endl;
    for (const auto& name : names)
      std::cout << "  " << name << std::endl;
  }
  return 0;
}

int validate(const global_flags& flags, const secret_flags& given) {
  const auto loaded = topology::load_topology(given.file);
  if (!loaded.ok())
    return fail(flags, topology::as_failure(loaded));
  const auto& doc = loaded.doc;
  const auto path = doc.root + "/" + doc.secrets.file;
  auto found = store::load_secrets(path);
  if (auto* why = std::get_if<failure>(&found))
    return fail(flags, *why);
  const auto& values = std::get<store::secret_map>(found);
  const std::set<std::string> needed(doc.secrets.generate.begin(), doc.secrets.generate.end());
  const auto missing = store::check_secrets(doc, values, needed);
  for (std::size_t i = 1; i < missing.size(); ++i)
    std::cerr << topology::to_string(missing[i]) << std::endl;
  if (!missing.empty())
    return fail(flags, missing.front());
  if (flags.json())
    print({{"file", path}, {"valid", true}});
  else if (!flags.quiet)
    std::cout << path << ": valid, " << needed.size() << " names have values" << std::endl;
  return 0;
}

} // namespace

void add_secrets(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<secret_flags>();
  auto* sub = parent.add_subcommand("secrets", "The file with the passwords");
  sub->require_subcommand(1);
  sub->fallthrough();
  sub->footer(
      "Examples:\n  paws-engine secrets generate\n  paws-engine secrets validate\n  paws-engine secrets rotate");
  const auto add = [&](const char* verb, const char* what, int (*carry_out)(const global_flags&, const secret_flags&)) {
    auto* one = sub->add_subcommand(verb, what);
    one->add_option("--file", given->file, "Topology file")->capture_default_str();
    one->footer(std::string{"Example:\n  paws-engine secrets "} + verb);
    one->callback([&line, given, carry_out] {
      line.action = [&line, given, carry_out] { return carry_out(line.flags, *given); };
    });
  };
  add("generate", "Give every missing name a random value; never overwrites", generate);
  add("validate", "Check the file and its names", validate);
  add_secrets_rotate(*sub, line);
}

} // namespace paws::bin
