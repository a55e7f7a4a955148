// ctl support-bundle: everything that a bug report needs in one file, without a single secret.
#include "bin/commands/command.hpp"
#include "bin/engine_process.hpp"
#include "bin/machine.hpp"
#include "bin/target.hpp"
#include "net/http_unix_client.hpp"
#include "runtimes/process/launch.hpp"
#include "store/secrets.hpp"
#include "topology/loader.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using topology::failure;

constexpr std::uint64_t most_bytes = 4 << 20; // of the end of a log file
constexpr std::uint32_t tar_patience_ms = 60'000;

struct bundle_flags {
  std::string file, out;
};

// Masks every value of the secrets file, wherever it stands.
class masker {
public:
  explicit masker(const store::secret_map& secrets) {
    for (const auto& [name, value] : secrets)
      if (value.size() >= 4)
        secrets_.emplace_back(value, "***" + name + "***");
  }
  std::string operator()(std::string text) const {
    for (const auto& [value, mask] : secrets_)
      for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at + mask.size()))
        text.replace(at, value.size(), mask);
    return text;
  }

private:
  std::vector<std::pair<std::string, std::string>> secrets_;
};

std::string end_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  file.seekg(0, std::ios::end);
  const auto size = std::max<std::streamoff>(file.tellg(), 0);
  file.seekg(std::max<std::streamoff>(0, size - static_cast<std::streamoff>(most_bytes)));
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string versions() {
  std::string out = "paws-engine " PAWS_VERSION "\n";
  for (const auto& one : needed_programs())
    out += one.name + " " + (one.path.empty() ? "is not installed" : one.version + " (" + one.path + ")") + "\n";
  for (const auto& one : process_abilities())
    out += one.name + ": " + (one.lacking.empty() ? "yes" : one.lacking) + "\n";
  return out;
}

// What the engine says, when one runs; the files tell the rest.
std::map<std::string, std::string> answers(const target& at) {
  std::map<std::string, std::string> out;
  const std::map<std::string, std::string> pages{{"status.json", "/v1/status"}, {"health.json", "/v1/health"},
                                                 {"actors.json", "/v1/actors"}, {"resources.json", "/v1/resources"},
                                                 {"metrics.txt", "/metrics"},   {"logs.jsonl", "/v1/logs?limit=5000"}};
  for (const auto& [name, path] : pages) {
    net::blocking_request request;
    request.socket_path = at.paths.socket;
    request.target = path;
    request.timeout = std::chrono::seconds{20};
    const auto reply = net::blocking_http(request);
    if (!reply.connected)
      break;
    out[name] = reply.body;
  }
  return out;
}

int bundle(const global_flags& flags, const bundle_flags& given) {
  auto found = find_target(flags.environment, given.file);
  if (auto* why = std::get_if<failure>(&found))
    return fail(flags, *why);
  const auto& at = std::get<target>(found);
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(given.out, ignored)))
    return fail(flags, {"ERR_CLI_001", given.out + " exists already", "give the name of a file that does not"});
  store::secret_map secrets;
  std::string topology_text;
  if (const auto loaded = topology::load_topology(at.topology_file); loaded.ok()) {
    topology_text = end_of(at.topology_file);
    auto known = store::load_secrets(loaded.doc.root + "/" + loaded.doc.secrets.file);
    if (auto* values = std::get_if<store::secret_map>(&known))
      secrets = std::move(*values);
    else if (fs::exists(loaded.doc.root + "/" + loaded.doc.secrets.file, ignored)) // masking would be guesswork
      return fail(flags, std::get<failure>(known));
  }
  const masker masked{secrets};

  std::string pattern = fs::temp_directory_path(ignored).string() + "/paws-bundle-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr)
    return fail(flags, {"ERR_SYS_003", "no temporary directory can be made", "make room below " + pattern});
  const auto name = "paws-support-" + at.environment;
  const fs::path inside = fs::path{pattern} / name;
  fs::create_directory(inside, ignored);
  auto files = answers(at);
  files["versions.txt"] = versions();
  files["topology.yaml"] = topology_text;
  files["journal.jsonl"] = end_of(at.paths.journal);
  files["engine.log"] = end_of(at.paths.engine_log);
  files["state.json"] = end_of(at.paths.state);
  for (fs::directory_iterator each{at.paths.directory + "/members", ignored}, end; !ignored && each != end;
       each.increment(ignored))
    files["member-" + each->path().filename().string() + ".log"] = end_of(each->path() / "log/member.log");
  bool written = true;
  for (const auto& [title, text] : files) {
    std::ofstream file{inside / title, std::ios::binary};
    written = static_cast<bool>(file << masked(text) << std::flush) && written;
  }
  if (!written) {
    fs::remove_all(pattern, ignored);
    return fail(flags, {"ERR_SYS_002", "no room for the bundle below " + pattern, "free some space, then try again"});
  }
  const auto out = fs::absolute(given.out, ignored).string();
  const auto old_mask = ::umask(0077);
  const auto made =
      process::run_to_end({"/bin/tar", "-czf", out, name}, {"PATH=/usr/bin:/bin"}, pattern, tar_patience_ms, 4096);
  ::umask(old_mask);
  fs::remove_all(pattern, ignored);
  if (made.exit_code != 0)
    return fail(flags,
                {"ERR_SYS_003", out + " cannot be written: " + made.output, "choose another place for the file"});
  if (flags.json())
    print({{"file", out}, {"bytes", fs::file_size(out, ignored)}, {"entries", files.size()}});
  else if (!flags.quiet)
    std::cout << out << ": " << files.size() << " files, secrets masked; look into it before you pass it on"
              << std::endl;
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
