// secrets rotate: new values for generated secrets, while everything that knows them runs.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/session.hpp"
#include "bin/watching.hpp"
#include "store/rotation_file.hpp"
#include "store/secrets.hpp"
#include "topology/loader.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

struct rotate_flags {
  std::string file;
  std::vector<std::string> names;
};

// Whether any member below the environment's directory has written something.
bool has_data(const std::string& directory) {
  std::error_code failed;
  const fs::directory_iterator members{directory + "/members", failed};
  return !failed && std::any_of(begin(members), end(members), [](const fs::directory_entry& member) {
    std::error_code ignored;
    const fs::directory_iterator data{member.path() / "data", ignored};
    return !ignored && data != fs::directory_iterator{};
  });
}

// Another environment whose data knows the passwords of the same file; "" = none.
std::string sharing(const std::string& root, const std::string& environment, const std::string& secrets_file) {
  std::error_code failed;
  const fs::directory_iterator all{root + "/.local/env", failed};
  if (failed)
    return "";
  for (const auto& entry : all) {
    auto name = entry.path().filename().string();
    if (name == environment || !has_data(entry.path().string()))
      continue;
    const auto other = target_of(root, name, "");
    const auto loaded = topology::load_topology(other.topology_file);
    if (!loaded.ok() || loaded.doc.root + "/" + loaded.doc.secrets.file == secrets_file)
      return name;
  }
  return "";
}

std::optional<failure> shared_file(const std::string& environment, const topology::document& doc) {
  const auto other = sharing(doc.root, environment, doc.root + "/" + doc.secrets.file);
  if (other.empty())
    return std::nullopt;
  return failure{"ERR_SEC_008",
                 doc.secrets.file + " also holds the passwords of " + other + ", whose data would no longer know them",
                 "give one of them a `secrets: file` of its own, or run: paws-engine --env " + other +
                     " ctl down --volumes"};
}

std::optional<failure> misnamed(const topology::document& doc, const std::vector<std::string>& names) {
  const auto in = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const auto& name : names) {
    if (in(doc.secrets.user_provided, name))
      return failure{"ERR_CLI_001", name + " is provided by you: no other value can be made for it",
                     "write the new value into " + doc.secrets.file + ", then restart what uses it"};
    if (in(doc.secrets.generate, name))
      continue;
    std::string list;
    for (const auto& each : doc.secrets.generate)
      list += " " + each;
    return failure{"ERR_CLI_001", "no secret here is called " + name, "choose from:" + list};
  }
  return std::nullopt;
}

void say(const global_flags& flags, const std::string& about, const std::vector<std::string>& names,
         const std::string& file) {
  std::cout << about << ": " << names.size()
            << (names.size() == 1 ? " secret has a new value" : " secrets have new values")
            << (file.empty() ? "" : " in " + file) << std::endl;
  for (const auto& name : names)
    std::cout << paragraph("  ", name, 4, look_of(flags).width);
}

// Nothing that knows the old values: other ones are as good as they.
int make_new(const global_flags& flags, const rotate_flags& given, const topology::document& doc,
             const std::string& environment) {
  const auto path = doc.root + "/" + doc.secrets.file;
  const auto known = store::load_secrets(path);
  if (const auto* why = std::get_if<failure>(&known))
    return fail(flags, *why);
  store::secret_map fresh;
  std::vector<std::string> names;
  for (const auto& name : given.names.empty() ? doc.secrets.generate : given.names)
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
      fresh[name] = store::random_secret();
      if (fresh[name].empty())
        return fail(flags,
                    {"ERR_SYS_000", "this machine gives no random numbers", "check that /dev/urandom can be read"});
    }
  if (auto why = store::replace_secrets(path, fresh))
    return fail(flags, *why);
  if (auto why = store::remove_rotation(paths_of(doc.root, environment).rotation))
    return fail(flags, *why);
  command_outcome done;
  done.name = "rotate";
  done.rotated = names;
  done.duration_ms = 0;
  done.trace_id = flags.trace_id;
  if (flags.json())
    print(to_json(done));
  if (flags.talks())
    say(flags, environment, names, doc.secrets.file);
  print_result(flags, done);
  return 0;
}

int without_engine(const global_flags& flags, const rotate_flags& given, const failure& why) {
  auto at = find_target(flags.environment, given.file);
  const auto* known = std::get_if<target>(&at);
  const auto file = known != nullptr && !known->topology_file.empty() ? known->topology_file
                    : given.file.empty()                              ? std::string{default_topology}
                                                                      : given.file;
  const auto loaded = topology::load_topology(file);
  if (!loaded.ok())
    return fail(flags, why);
  const auto environment = known != nullptr ? known->environment : loaded.doc.name;
  if (auto wrong = misnamed(loaded.doc, given.names))
    return fail(flags, *wrong);
  if (auto shared = shared_file(environment, loaded.doc))
    return fail(flags, *shared);
  if (has_data(paths_of(loaded.doc.root, environment).directory))
    return fail(flags, {"ERR_CLI_002",
                        "no engine runs for " + environment +
                            ", and its data knows the passwords: they are changed while everything runs",
                        "run: paws-engine start " + file + "; then: paws-engine secrets rotate"});
  return make_new(flags, given, loaded.doc, environment);
}

int rotate(const global_flags& flags, const rotate_flags& given) {
  auto opened = session::open(flags, given.file, false);
  if (auto* why = std::get_if<failure>(&opened))
    return why->code == "ERR_CLI_002" ? without_engine(flags, given, *why) : fail(flags, *why);
  const auto& with = std::get<session>(opened);
  const auto& about = with.at().environment;
  if (const auto loaded = topology::load_topology(with.at().topology_file); loaded.ok())
    if (auto shared = shared_file(about, loaded.doc))
      return fail(flags, *shared);
  progress shown{choose_progress(flags.progress, flags.quiet, flags.json()), look_of(flags), {"rotate", about}};
  command_hooks hooks;
  hooks.trace_id = flags.trace_id;
  auto body = nlohmann::json::object();
  if (!given.names.empty())
    body["secrets"] = given.names;
  auto ended = watch_command(with.at(), "rotate", body, shown, hooks);
  if (auto* why = std::get_if<failure>(&ended))
    return fail(flags, *why, {{"trace_id", flags.trace_id}});
  const auto& outcome = std::get<command_end>(ended).outcome;
  if (!outcome.what.code.empty())
    return fail(flags, outcome);
  if (flags.json())
    print(to_json(outcome));
  if (flags.talks()) {
    for (const auto& note : outcome.notes)
      std::cout << paragraph("", harmless_lines(note), 4, look_of(flags).width);
    say(flags, about, outcome.rotated, {});
  }
  print_result(flags, outcome);
  return 0;
}

} // namespace

void add_secrets_rotate(CLI::App& secrets, command_line& line) {
  auto given = std::make_shared<rotate_flags>();
  auto* sub = secrets.add_subcommand("rotate", "New values for generated secrets, while everything runs");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_option("--secret", given->names, "Only this one (repeatable); else all generated ones that are in use");
  sub->footer("Examples:\n  paws-engine secrets rotate\n  paws-engine secrets rotate --secret POSTGRES_APP_PASSWORD");
  sub->callback([&line, given] {
    line.flags.task = "rotate";
    line.action = [&line, given] { return rotate(line.flags, *given); };
  });
}

} // namespace paws::bin
