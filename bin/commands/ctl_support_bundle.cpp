// ctl support-bundle: everything that a bug report needs in one file, without a single secret.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/diagnosis.hpp"
#include "bin/machine.hpp"
#include "bin/masking.hpp"
#include "bin/target.hpp"
#include "net/http_unix_client.hpp"
#include "runtimes/common/launch.hpp"
#include "store/rotation_file.hpp"
#include "store/secrets.hpp"
#include "topology/loader.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using topology::failure;

constexpr std::uint64_t most_bytes = 4 << 20; // of the end of a log file
constexpr std::uint32_t tar_patience_ms = 60'000;
// For all questions to the engine together: a health check of a broken stack takes 5 s.
constexpr std::chrono::seconds engine_patience{10};

struct bundle_flags {
  std::string file, out;
};

// The masker for everything that may hold a secret of this environment; a failure when secrets may exist that nobody
// can name: better no bundle than one that tells them.
std::variant<masker, failure> known_secrets(const target& at) {
  masker out;
  std::error_code ignored;
  const auto usual = at.root + "/.local/secrets.env";
  bool wanted = fs::exists(at.paths.directory + "/members", ignored); // what has run may have told them to its logs
  const auto loaded = topology::load_topology(at.topology_file);
  const auto own = loaded.ok() ? loaded.doc.root + "/" + loaded.doc.secrets.file : usual;
  if (loaded.ok())
    wanted = wanted && !(loaded.doc.secrets.generate.empty() && loaded.doc.secrets.user_provided.empty());
  for (const auto& [name, value] :
       loaded.ok() ? spelled_out(loaded.doc) : spelled_out(tail_of(at.topology_file, most_bytes)))
    out.add(name, value);
  bool found = false;
  for (const auto& place : std::set<std::string>{usual, own}) {
    if (!fs::exists(fs::symlink_status(place, ignored)))
      continue;
    auto known = store::load_secrets(place);
    if (auto* why = std::get_if<failure>(&known))
      return failure{"ERR_SEC_002", "without the secrets nothing can be masked: " + why->message, why->remedy};
    for (const auto& [name, value] : std::get<store::secret_map>(known))
      out.add(name, value);
    found = found || place == own;
  }
  // A change of secrets that is not complete: members may know either value.
  const auto changing = store::load_rotation(at.paths.rotation);
  if (const auto* why = std::get_if<failure>(&changing))
    return failure{"ERR_SEC_002", "without the secrets nothing can be masked: " + why->message, why->remedy};
  if (const auto* begun = std::get_if<logic::rotation_record>(&changing))
    for (const auto* values : {&begun->before, &begun->after})
      for (const auto& [name, value] : *values)
        out.add(name, value);
  if (wanted && !found)
    return failure{"ERR_SEC_002",
                   "the secrets of " + at.environment + " are not in " + own +
                       (loaded.ok() ? "" : ", and its topology does not say where else they are") +
                       ": nothing can be masked",
                   loaded.ok() ? "put the secrets file back, then try again"
                               : "mend the topology first: paws-engine validate " +
                                     (at.topology_file.empty() ? default_topology : at.topology_file)};
  return out;
}

std::string versions() {
  std::string out = "paws-engine " PAWS_VERSION "\n" + system_line() + "\n" + cgroup_line() + "\n";
  for (const auto& one : needed_programs())
    out += one.name + " " + (one.path.empty() ? "is not installed" : one.version + " (" + one.path + ")") + "\n";
  for (const auto& one : process_abilities())
    out += one.name + ": " + (one.lacking.empty() ? "yes" : one.lacking) + "\n";
  return out;
}

using contents = std::map<std::string, std::string>;

// What the engine says, when one runs and answers; the files tell the rest.
void add_answers(const target& at, contents& out) {
  constexpr std::array<std::pair<const char*, const char*>, 6> pages{{{"status.json", "/v1/status"},
                                                                      {"actors.json", "/v1/actors"},
                                                                      {"resources.json", "/v1/resources"},
                                                                      {"metrics.txt", "/metrics"},
                                                                      {"logs.jsonl", "/v1/logs?limit=5000"},
                                                                      {"health.json", "/v1/health"}}};
  const auto until = std::chrono::steady_clock::now() + engine_patience;
  for (const auto& [name, path] : pages) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    net::blocking_request request;
    request.socket_path = at.paths.socket;
    request.target = path;
    request.timeout = std::max(left, std::chrono::milliseconds{1});
    const auto reply = net::blocking_http(request);
    if (reply.connected && reply.what.code.empty()) {
      out[name] = reply.body;
      continue;
    }
    const auto why = reply.connected ? reply.what
                                     : failure{"ERR_CLI_002", "no engine runs for " + at.environment,
                                               "start it: paws-engine start " + at.topology_file};
    out[name] = dump(error_document(why)) + "\n";
    return; // nobody who does not answer one question answers the next
  }
}

void add_files(const target& at, contents& out) {
  out["versions.txt"] = versions();
  out["topology.yaml"] = at.topology_file.empty() ? "" : tail_of(at.topology_file, most_bytes);
  const fs::path home = at.paths.directory;
  for (const auto* name : {"journal.jsonl", "journal.jsonl.1", "engine.log", "engine.log.1", "state.json"})
    out[name] = tail_of(home / name, most_bytes);
  std::error_code ignored;
  for (fs::directory_iterator each{home / "members", ignored}, end; !ignored && each != end; each.increment(ignored))
    for (const auto* name : {"member.log", "member.log.1"})
      out["member-" + each->path().filename().string() + std::string{name}.substr(6)] =
          tail_of(each->path() / "log" / name, most_bytes);
  std::erase_if(out, [](const auto& each) { return each.second.empty(); });
}

std::optional<failure> pack(const contents& files, const masker& masked, const std::string& title,
                            const std::string& out) {
  std::error_code ignored;
  std::string above = fs::temp_directory_path(ignored).string() + "/paws-bundle-XXXXXX";
  if (::mkdtemp(above.data()) == nullptr)
    return failure{"ERR_SYS_003", "no temporary directory can be made", "make room below " + above};
  const fs::path inside = fs::path{above} / title;
  fs::create_directory(inside, ignored);
  bool written = true;
  for (const auto& [name, text] : files) {
    std::ofstream file{inside / name, std::ios::binary};
    written = static_cast<bool>(file << masked(text) << std::flush) && written;
  }
  if (!written) {
    fs::remove_all(above, ignored);
    return failure{"ERR_SYS_002", "no room for the bundle below " + above, "free some space, then try again"};
  }
  const auto old_mask = ::umask(0077);
  // A colon in a file's name is no host.
  const auto made = common::run_to_end({"/bin/tar", "--force-local", "-czf", out, title}, {"PATH=/usr/bin:/bin"}, above,
                                       tar_patience_ms, 4096);
  ::umask(old_mask);
  fs::remove_all(above, ignored);
  if (made.exit_code == 0)
    return std::nullopt;
  fs::remove(out, ignored); // half of it is none
  return failure{"ERR_SYS_003", out + " cannot be written: " + made.output, "choose another place for the file"};
}

int bundle(const global_flags& flags, const bundle_flags& given) {
  auto found = find_target(flags.environment, given.file);
  if (auto* why = std::get_if<failure>(&found))
    return fail(flags, *why);
  auto& at = std::get<target>(found);
  std::error_code ignored;
  if (const auto usual = at.root + "/" + default_topology; at.topology_file.empty() && fs::exists(usual, ignored))
    at.topology_file = usual; // whatever is wrong with it
  const auto out = fs::absolute(given.out, ignored).string();
  if (fs::exists(fs::symlink_status(out, ignored)))
    return fail(flags, {"ERR_CLI_001", given.out + " exists already", "give the name of a file that does not"});
  const auto known = known_secrets(at);
  if (const auto* why = std::get_if<failure>(&known))
    return fail(flags, *why);
  const auto& masked = std::get<masker>(known);
  contents files;
  add_answers(at, files);
  add_files(at, files);
  if (const auto why = pack(files, masked, "paws-support-" + at.environment, out))
    return fail(flags, *why);
  if (flags.json())
    print({{"file", out},
           {"size_bytes", fs::file_size(out, ignored)},
           {"entries", files.size()},
           {"not_masked", masked.left_out()}});
  else if (!flags.quiet)
    std::cout << out << ": " << files.size() << " files, secrets masked"
              << (masked.left_out().empty() ? "" : " but those too short for it: " + listed(masked.left_out()))
              << "; look into it before you pass it on" << std::endl;
  return 0;
}

} // namespace

void add_ctl_support_bundle(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<bundle_flags>();
  auto* sub = parent.add_subcommand("support-bundle",
                                    "Status, journal, logs, versions and topology in one file, secrets masked");
  sub->add_option("FILE", given->out, "The file to make: something.tar.gz")->required();
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->footer("Example:\n  paws-engine ctl support-bundle /tmp/paws.tar.gz");
  sub->callback([&line, given] { line.action = [&line, given] { return bundle(line.flags, *given); }; });
}

} // namespace paws::bin
