// completion bash | zsh | fish: scripts that ask this program itself what could come next.
#include "bin/commands/completion.hpp"

#include "bin/commands/command.hpp"
#include "bin/target.hpp"
#include "topology/loader.hpp"

#include <algorithm>
#include <iostream>

namespace paws::bin {

namespace {

constexpr const char* bash_script = R"sh(_paws_engine() {
  local word=${COMP_WORDS[COMP_CWORD]}
  mapfile -t COMPREPLY < <(
    compgen -W "$("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$word")
}
complete -o default -F _paws_engine paws-engine
)sh";
constexpr const char* zsh_script = R"sh(#compdef paws-engine
_paws_engine() {
  local -a found
  found=("${(@f)$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "${found[1]}" ]] && compadd -a found || _files
}
compdef _paws_engine paws-engine
)sh";
constexpr const char* fish_script = R"sh(function __paws_engine_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c paws-engine -f -a '(__paws_engine_complete)'
)sh";

std::vector<std::string> service_names(const std::vector<std::string>& words) {
  std::string file = default_topology;
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "--file")
      file = words[i + 1];
  const auto loaded = topology::load_topology(file);
  std::vector<std::string> out;
  if (!loaded.ok())
    return out;
  for (const auto& cluster : loaded.doc.clusters) {
    out.push_back(cluster.name);
    out.insert(out.end(), cluster.members.begin(), cluster.members.end());
    out.insert(out.end(), cluster.sentinels.begin(), cluster.sentinels.end());
  }
  if (loaded.doc.has_routing)
    out.push_back(loaded.doc.routing.service);
  for (const auto& service : loaded.doc.services)
    out.push_back(service.name);
  return out;
}

bool takes_services(const CLI::App& verb) {
  const auto options = verb.get_options();
  return std::any_of(options.begin(), options.end(), [](const CLI::Option* each) {
    return each->get_positional() && each->get_name(true, false) == "SERVICE";
  });
}

} // namespace

std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* verb = &app;
  const auto typed = words.empty() ? "" : words.back();
  const auto before = words.size() > 1 ? words[words.size() - 2] : "";
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    for (const auto* below : verb->get_subcommands([](const CLI::App*) { return true; }))
      if (below->get_name() == words[i]) {
        verb = below;
        break;
      }
  std::vector<std::string> out;
  if (before == "--service") {
    out = service_names(words);
  } else if (typed.starts_with("-")) {
    for (const auto* from : {verb, &app})
      for (const auto* option : from->get_options())
        for (const auto& name : option->get_lnames())
          out.push_back("--" + name);
  } else {
    for (const auto* below : verb->get_subcommands([](const CLI::App*) { return true; }))
      if (!below->get_group().empty())
        out.push_back(below->get_name());
    if (takes_services(*verb))
      out = service_names(words);
    if (verb->get_name() == "inspect")
      out = {"etcd", "patroni", "redis"};
  }
  std::erase_if(out, [&](const std::string& each) { return !each.starts_with(typed); });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void add_completion(CLI::App& parent, command_line& line) {
  auto shell = std::make_shared<std::string>();
  auto* sub = parent.add_subcommand("completion", "A script that lets your shell complete commands and service names");
  sub->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}));
  sub->footer("Examples:\n  source <(paws-engine completion bash)\n  paws-engine completion fish | source");
  sub->callback([&line, shell] {
    line.action = [shell] {
      std::cout << (*shell == "bash" ? bash_script : *shell == "zsh" ? zsh_script : fish_script) << std::flush;
      return 0;
    };
  });
}

} // namespace paws::bin
