#include "topology/loader.hpp"

#include "topology/fields.hpp"
#include "topology/limits.hpp"
#include "topology/rules.hpp"
#include "topology/shape.hpp"
#include "topology/values.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::topology {

namespace {

std::string absolute(const std::string& path) {
  std::error_code error;
  auto out = std::filesystem::absolute(path, error);
  return error ? path : out.lexically_normal().string();
}

// From the directory of the file, without a final slash.
std::string from_directory_of(const std::string& file, const std::string& path) {
  auto out = (std::filesystem::path{file}.parent_path() / path).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/')
    out.pop_back();
  return out;
}

document read_document(const yaml_node& root, const std::string& path) {
  document doc;
  const fields top{&root};
  std::string root_path = ".", project;
  top.read("name", doc.name);
  doc.named = doc.name;
  top.read("root", root_path);
  top.read("project", project);
  doc.file = absolute(path);
  doc.root = from_directory_of(doc.file, root_path);
  doc.project = project.empty() ? doc.root : from_directory_of(doc.file, project);
  top.read("default_profiles", doc.default_profiles);
  top.section("runtime").read("prefer", doc.runtime_prefer);
  top.section("runtime").section("process").read("subnet", doc.process_subnet);
  std::string listen;
  const auto control = top.section("control");
  control.read("listen", listen);
  control.read("profiles", doc.control.profiles);
  if (const auto colon = listen.rfind(':'); colon != std::string::npos && check_endpoint(listen).empty()) {
    doc.control.address = listen.substr(0, colon);
    doc.control.port = static_cast<std::uint16_t>(std::stoul(listen.substr(colon + 1)));
  }
  top.each("networks", [&](const std::string& name, const fields&) { doc.networks.push_back(name); });
  const auto secrets = top.section("secrets");
  secrets.read("file", doc.secrets.file);
  secrets.read("generate", doc.secrets.generate);
  secrets.read("user_provided", doc.secrets.user_provided);
  read_clusters(top, doc);
  read_routes(top, doc);
  read_services(top, doc);
  read_budgets(top, doc.budgets);
  return doc;
}

load_result unreadable(const std::string& path, const std::string& why) {
  load_result out;
  out.readable = false;
  out.problems.push_back({path, 1, 1, why});
  return out;
}

class descriptor {
public:
  explicit descriptor(int fd) : fd_{fd} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

load_result check(const yaml_node& root, const std::string& path, problem_list& problems) {
  load_result out;
  check_shape(root, problems);
  out.doc = read_document(root, path);
  check_rules(out.doc, root, problems);
  return out;
}

} // namespace

load_result load_topology_text(std::string_view text, const std::string& path) {
  problem_list problems{path};
  load_result out;
  if (const auto root = read_yaml(text, problems))
    out = check(*root, path, problems);
  out.problems = problems.take();
  return out;
}

load_result load_topology(const std::string& path) {
  const auto reason = [] { return std::string{"cannot be read: "} + std::strerror(errno); };
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    return unreadable(path, reason());
  if (!S_ISREG(status.st_mode))
    return unreadable(path, "is not a regular file");
  std::string text;
  std::string piece(64UL * 1024, '\0');
  // One byte beyond the limit is enough to know that the file is too large.
  while (text.size() <= limits::file_bytes) {
    const auto got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return unreadable(path, reason());
    if (got == 0)
      break;
    text.append(piece, 0, static_cast<std::size_t>(got));
  }
  auto out = load_topology_text(text, path);
  std::error_code error;
  if (out.ok() && !std::filesystem::is_directory(out.doc.root, error))
    out.problems.push_back({path, 1, 1, "`root`: there is no directory " + quoted(out.doc.root, 200)});
  if (out.ok() && !std::filesystem::is_directory(out.doc.project, error))
    out.problems.push_back({path, 1, 1, "`project`: there is no directory " + quoted(out.doc.project, 200)});
  return out;
}

failure as_failure(const load_result& result) {
  if (!result.readable)
    return {"ERR_TOPO_002", result.problems.front().path + " " + result.problems.front().message,
            "name an existing topology file"};
  std::string message =
      result.problems.size() == 1 ? std::string{} : std::to_string(result.problems.size()) + " problems";
  for (const auto& problem : result.problems)
    message += (message.empty() ? "" : "\n") + to_string(problem);
  return {"ERR_TOPO_001", message,
          "correct the file; `paws-engine validate " + result.problems.front().path + "` checks it again"};
}

} // namespace paws::topology
