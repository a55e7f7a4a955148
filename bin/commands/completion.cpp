// completion bash | zsh | fish: scripts that ask this program itself what could come next.
#include "bin/commands/completion.hpp"

#include "bin/commands/command.hpp"
#include "bin/target.hpp"
#include "topology/loader.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace paws::bin {

namespace {

// bash hands `--file=x` over as three words; what stands alone as "=" is completed as if nothing stood there yet.
constexpr const char* bash_script = R"sh(_paws_engine() {
  local word=${COMP_WORDS[COMP_CWORD]}
  [[ $word != = ]] || word=
  mapfile -t COMPREPLY < <(
    compgen -W "$("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$word")
}
complete -o default -F _paws_engine paws-engine
)sh";
// As a file in $fpath it is run at the first TAB, which is then to be answered already.
constexpr const char* zsh_script = R"sh(#compdef paws-engine
_paws_engine() {
  local -a found
  found=("${(@f)$(${(Q)words[1]} __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[1]}" ]]; then
    compadd -a found
  else
    compset -P '*='
    _files
  fi
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
  _paws_engine "$@"
else
  compdef _paws_engine paws-engine
fi
)sh";
constexpr const char* fish_script = R"sh(function __paws_engine_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c paws-engine -f -a '(__paws_engine_complete)'
)sh";

using words_list = std::vector<std::string>;

// What the words before the last one say.
struct understood {
  const CLI::App* verb = nullptr;
  std::map<std::string, std::string> values; // long name of an option -> its value
  words_list rest;                           // of the verb, in order
  const CLI::Option* awaited = nullptr;      // its value comes next
};

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

// `word` is "--file" or "-n".
const CLI::Option* option_named(const std::string& word, const CLI::App* verb) {
  for (const auto* from = verb; from != nullptr; from = from->get_parent())
    for (const auto* option : from->get_options())
      if (option->nonpositional() && option->check_name(word))
        return option;
  return nullptr;
}

std::string long_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? "" : option.get_lnames().front();
}

const CLI::App* verb_named(const std::string& word, const CLI::App& above) {
  for (const auto* below : above.get_subcommands([](const CLI::App*) { return true; }))
    if (below->get_name() == word)
      return below;
  return nullptr;
}

understood read(const CLI::App& app, const words_list& before) {
  understood out;
  out.verb = &app;
  for (const auto& word : before) {
    const auto equals = word.find('=');
    const auto* option = word.starts_with("-") ? option_named(word.substr(0, equals), out.verb) : nullptr;
    if (out.awaited != nullptr)
      out.values[long_name(*std::exchange(out.awaited, nullptr))] = word;
    else if (option != nullptr && equals != std::string::npos)
      out.values[long_name(*option)] = word.substr(equals + 1);
    else if (option != nullptr && takes_value(*option))
      out.awaited = option;
    else if (const auto* below = option == nullptr ? verb_named(word, *out.verb) : nullptr)
      out.verb = below;
    else if (option == nullptr)
      out.rest.push_back(word);
  }
  return out;
}

// What CLI::IsMember allows, by its own description: "TEXT:{text,json}".
words_list allowed(const CLI::Option& option) {
  const auto text = option.get_type_name();
  const auto open = text.find('{'), close = text.find('}');
  words_list out;
  if (open == std::string::npos || close == std::string::npos)
    return out;
  std::istringstream list{text.substr(open + 1, close - open - 1)};
  for (std::string word; std::getline(list, word, ',');)
    out.push_back(word);
  return out;
}

std::optional<topology::document> topology_of(const understood& line, const words_list& positionals) {
  const auto value = [&](const char* name) {
    const auto at = line.values.find(name);
    return at == line.values.end() ? "" : at->second;
  };
  auto file = value("file"), environment = value("env");
  if (!positionals.empty() && positionals[0] == "TOPOLOGY")
    file = line.rest.empty() ? default_topology : line.rest[0];
  if (const char* given = std::getenv("PAWS_ENV"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
      given != nullptr && environment.empty())
    environment = given;
  const auto found = find_target(environment, file);
  const auto* at = std::get_if<target>(&found);
  const auto loaded =
      topology::load_topology(at != nullptr && !at->topology_file.empty() ? at->topology_file : default_topology);
  return loaded.ok() ? std::optional{loaded.doc} : std::nullopt;
}

words_list secret_names(const understood& line) {
  const auto doc = topology_of(line, {});
  return doc ? doc->secrets.generate : words_list{};
}

words_list service_names(const understood& line, const words_list& positionals) {
  const auto doc = topology_of(line, positionals);
  words_list out;
  if (!doc)
    return out;
  for (const auto& cluster : doc->clusters) {
    out.push_back(cluster.name);
    out.insert(out.end(), cluster.members.begin(), cluster.members.end());
    out.insert(out.end(), cluster.sentinels.begin(), cluster.sentinels.end());
  }
  if (doc->has_routing)
    out.push_back(doc->routing.service);
  for (const auto& service : doc->services)
    out.push_back(service.name);
  if (line.verb->get_name() == "health")
    for (const auto& route : doc->routes)
      out.push_back(route.name);
  return out;
}

// What keeps data: clusters and their members; with `leads` only who can lead one by Patroni.
words_list data_names(const understood& line, bool leads) {
  const auto doc = topology_of(line, {});
  words_list out;
  if (!doc)
    return out;
  for (const auto& cluster : doc->clusters) {
    if (leads && cluster.kind != topology::cluster_kind::patroni)
      continue;
    if (!leads)
      out.push_back(cluster.name);
    out.insert(out.end(), cluster.members.begin(), cluster.members.end());
  }
  return out;
}

words_list option_names(const CLI::App* verb) {
  words_list out;
  for (const auto* from = verb; from != nullptr; from = from->get_parent())
    for (const auto* option : from->get_options())
      for (const auto& name : option->get_lnames())
        out.push_back("--" + name);
  return out;
}

words_list verbs_below(const CLI::App& verb) {
  words_list out;
  for (const auto* below : verb.get_subcommands([](const CLI::App*) { return true; }))
    if (!below->get_group().empty())
      out.push_back(below->get_name());
  return out;
}

} // namespace

words_list completions(const CLI::App& app, const words_list& given) {
  auto words = given;
  const bool split = !words.empty() && words.back() == "="; // by bash, right after the sign
  std::erase(words, "=");
  if (split || words.empty())
    words.emplace_back();
  auto typed = words.back();
  words.pop_back();
  if (std::ranges::find(words, "--") != words.end())
    return {}; // another program's
  auto line = read(app, words);
  words_list positionals;
  std::vector<const CLI::Option*> places;
  for (const auto* option : line.verb->get_options())
    if (option->get_positional())
      places.push_back(option), positionals.push_back(option->get_name(true, false));
  std::string head; // stands before each of the words
  if (const auto equals = typed.find('='); typed.starts_with("--") && equals != std::string::npos) {
    line.awaited = option_named(typed.substr(0, equals), line.verb);
    head = typed.substr(0, equals + 1);
    typed.erase(0, head.size());
    if (line.awaited == nullptr)
      return {};
  }
  words_list out;
  if (line.awaited != nullptr) {
    const auto what = long_name(*line.awaited);
    out = what == "service"     ? service_names(line, positionals)
          : what == "secret"    ? secret_names(line)
          : what == "candidate" ? data_names(line, true)
                                : allowed(*line.awaited);
  } else if (typed.starts_with("-")) {
    out = option_names(line.verb);
  } else {
    out = verbs_below(*line.verb);
    const bool any_number = !places.empty() && places.back()->get_items_expected_max() > 1;
    if (!places.empty() && (any_number || line.rest.size() < places.size())) {
      const auto place = std::min(line.rest.size(), places.size() - 1);
      out = positionals[place] == "SERVICE"  ? service_names(line, positionals)
            : positionals[place] == "TARGET" ? data_names(line, false)
                                             : allowed(*places[place]);
    }
  }
  std::erase_if(out, [&](const std::string& each) { return !each.starts_with(typed); });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  for (auto& each : out)
    each.insert(0, head);
  return out;
}

void add_completion(CLI::App& parent, command_line& line) {
  auto shell = std::make_shared<std::string>();
  auto* sub = parent.add_subcommand("completion", "A script that lets your shell complete commands and service names");
  sub->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}));
  sub->footer("Examples:\n  source <(paws-engine completion bash)\n  paws-engine completion fish | source\n"
              "  paws-engine completion zsh >\"${fpath[1]}/_paws-engine\"");
  sub->callback([&line, shell] {
    line.action = [shell] {
      std::cout << (*shell == "bash" ? bash_script : *shell == "zsh" ? zsh_script : fish_script) << std::flush;
      return 0;
    };
  });
}

} // namespace paws::bin
