#include "store/secrets.hpp"

#include "store/durable_file.hpp"
#include "topology/limits.hpp"
#include "topology/references.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <openssl/rand.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::store {

using topology::failure;

namespace {

failure unsafe(std::string message, std::string remedy) {
  return {"ERR_SEC_002", std::move(message), std::move(remedy)};
}

std::string place(const std::string& path, std::size_t line) {
  return path + ":" + std::to_string(line);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_variable(std::string_view text) {
  return !text.empty() && text.size() <= topology::limits::identifier_characters && is_letter(text[0]) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// The content of the file, if who may touch it is as it must be.
std::variant<std::string, failure> read_guarded(const std::string& path) {
  // Without O_NONBLOCK a FIFO in the file's place would hang us for ever.
  const descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (!file && errno == ENOENT)
    return failure{"ERR_SEC_001", path + " does not exist", "run: make local-gen-secrets"};
  if (!file && errno == ELOOP)
    return unsafe(path + " is a symbolic link", "put the file itself there");
  if (!file && errno == ENXIO)
    return unsafe(path + " is not a plain file", "move it away and run: make local-gen-secrets");
  if (!file)
    return file_failure(path, "opened", errno);
  struct stat found {};
  if (::fstat(file.get(), &found) != 0)
    return file_failure(path, "examined", errno);
  if (!S_ISREG(found.st_mode))
    return unsafe(path + " is not a plain file", "move it away and run: make local-gen-secrets");
  if (found.st_uid != ::geteuid() && found.st_uid != 0)
    return unsafe(path + " belongs to another user (uid " + std::to_string(found.st_uid) + ")",
                  "run the engine as that user, or: chown " + std::to_string(::geteuid()) + " " + path);
  if ((found.st_mode & 077) != 0)
    return unsafe(path + " can be used by others than its owner", "chmod 600 " + path);
  auto content = read_all(file.get(), secrets_file_bytes);
  if (!content && errno == EFBIG)
    return unsafe(path + " is larger than " + std::to_string(secrets_file_bytes / 1024) + " KiB",
                  "keep only NAME=value lines in it");
  if (!content)
    return file_failure(path, "read", errno);
  return *std::move(content);
}

struct assignment {
  std::string name;
  std::string value;
  std::size_t end; // where its line ends in the file: the newline, or the end of the file
};

// Every assignment of the file in file order, those without a value included.
std::variant<std::vector<assignment>, failure> parse(const std::string& path, const std::string& content) {
  std::vector<assignment> out;
  std::set<std::string_view> names;
  const std::string_view all{content};
  const std::string remedy = "write one NAME=value a line, nothing around the `=`, comments begin with #";
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < all.size();) {
    const auto end = std::min(all.find('\n', begin), all.size());
    const auto line = all.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find('\0') != std::string_view::npos)
      return unsafe(place(path, number) + " holds a NUL byte", remedy);
    if (line.ends_with('\r'))
      return unsafe(place(path, number) + " ends with a carriage return, which would become part of the value",
                    "store the file with Unix line endings");
    const auto first = std::ranges::find_if_not(line, is_blank);
    if (first == line.end() || *first == '#')
      continue;
    const auto equals = line.find('=');
    const auto name = line.substr(0, equals);
    if (equals == std::string_view::npos || !is_variable(name)) // the line is not quoted: it may be half a secret
      return unsafe(place(path, number) + " is no NAME=value", remedy);
    if (!names.insert(name).second)
      return unsafe(place(path, number) + ": " + std::string{name} + " has a value already", "keep one of the lines");
    out.push_back({std::string{name}, std::string{line.substr(equals + 1)}, end});
  }
  return out;
}

std::variant<std::vector<assignment>, failure> read_assignments(const std::string& path, std::string& content) {
  auto read = read_guarded(path);
  if (const auto* why = std::get_if<failure>(&read))
    return *why;
  content = std::get<std::string>(std::move(read));
  return parse(path, content);
}

} // namespace

std::string random_secret() {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned char bytes[secret_random_bytes];
  if (::RAND_bytes(bytes, sizeof bytes) != 1)
    return "";
  std::string out;
  unsigned held = 0;
  unsigned bits = 0;
  for (const unsigned char byte : bytes) {
    held = held << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6)
      out += alphabet[held >> (bits - 6) & 63];
    held &= (1U << bits) - 1;
  }
  return bits == 0 ? out : out + alphabet[held << (6 - bits) & 63];
}

namespace {

// Puts a value for every name that has none into `content`; the names it did that for.
std::variant<std::vector<std::string>, failure> fill_in(std::string& content, const std::vector<assignment>& found,
                                                        const std::vector<std::string>& names) {
  std::vector<std::string> added;
  std::map<std::size_t, std::string, std::greater<>> insertions; // from the back, so that positions stay
  std::string appended;
  for (const auto& name : names) {
    const auto at = std::ranges::find(found, name, &assignment::name);
    if ((at != found.end() && !at->value.empty()) || std::ranges::find(added, name) != added.end())
      continue;
    const auto value = random_secret();
    if (value.empty())
      return failure{"ERR_SYS_000", "this machine gives no random numbers", "check that /dev/urandom can be read"};
    if (at != found.end())
      insertions[at->end] = value;
    else
      appended += name + "=" + value + "\n";
    added.push_back(name);
  }
  for (const auto& [position, value] : insertions)
    content.insert(position, value);
  if (!appended.empty() && !content.empty() && !content.ends_with('\n'))
    content += '\n';
  content += appended;
  return added;
}

} // namespace

std::variant<secret_map, failure> load_secrets(const std::string& path) {
  std::string content;
  const auto found = read_assignments(path, content);
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  secret_map out;
  for (const auto& [name, value, end] : std::get<std::vector<assignment>>(found))
    if (!value.empty())
      out[name] = value;
  return out;
}

std::vector<failure> check_secrets(const topology::document& doc, const secret_map& loaded,
                                   const std::set<std::string>& needed) {
  std::vector<failure> out;
  const auto& by_user = doc.secrets.user_provided;
  for (const auto& name : needed)
    if (const auto at = loaded.find(name); at == loaded.end() || at->second.empty())
      out.push_back(std::ranges::find(by_user, name) == by_user.end()
                        ? topology::missing_secret(name)
                        : failure{"ERR_SEC_001", "Missing secret: " + name,
                                  "add the line " + name + "=... to " + doc.secrets.file});
  return out;
}

std::variant<std::vector<std::string>, failure> generate_secrets(const std::string& path,
                                                                 const std::vector<std::string>& names) {
  const std::filesystem::path target{path};
  const auto parent = target.has_parent_path() ? target.parent_path().string() : ".";
  if (auto failed = make_directories(parent))
    return *failed;
  // Two generators at once would each replace the other's values. The directory is the lock: it leaves nothing behind.
  const descriptor dir{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!dir || ::flock(dir.get(), LOCK_EX) != 0)
    return file_failure(parent, "locked", errno);
  std::string content;
  auto found = read_assignments(path, content);
  const auto* why = std::get_if<failure>(&found);
  const bool absent = why != nullptr && why->code == "ERR_SEC_001";
  if (why != nullptr && !absent)
    return *why;
  if (absent) {
    content = "# Made by paws-engine: passwords of this environment. Never commit this file.\n"
              "# One NAME=value a line; nothing is quoted.\n";
    found = std::vector<assignment>{};
  }
  auto added = fill_in(content, std::get<std::vector<assignment>>(found), names);
  if (const auto* failed = std::get_if<failure>(&added))
    return *failed;
  if (!absent && std::get<std::vector<std::string>>(added).empty())
    return added;
  if (content.size() > secrets_file_bytes)
    return unsafe(path + " would become larger than " + std::to_string(secrets_file_bytes / 1024) + " KiB",
                  "keep only NAME=value lines in it");
  const auto written = write_atomically(path, content, 0600, absent ? overwrite::no : overwrite::yes);
  if (const auto* failed = std::get_if<failure>(&written))
    return *failed;
  if (!std::get<bool>(written))
    return failure{"ERR_SYS_003", path + " was created by somebody else at this moment", "run the command again"};
  return added;
}

std::optional<failure> replace_secrets(const std::string& path, const secret_map& values) {
  const std::filesystem::path target{path};
  const auto parent = target.has_parent_path() ? target.parent_path().string() : ".";
  const descriptor dir{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!dir || ::flock(dir.get(), LOCK_EX) != 0) // as generate_secrets
    return file_failure(parent, "locked", errno);
  std::string content;
  const auto found = read_assignments(path, content);
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  const auto before = content;
  const auto& lines = std::get<std::vector<assignment>>(found);
  for (std::size_t left = lines.size(); left-- > 0;) { // from the back, so that positions stay
    const auto& line = lines[left];
    if (const auto value = values.find(line.name); value != values.end())
      content.replace(line.end - line.value.size(), line.value.size(), value->second);
  }
  for (const auto& [name, value] : values)
    if (std::ranges::find(lines, name, &assignment::name) == lines.end())
      content += (content.empty() || content.ends_with('\n') ? "" : "\n") + name + "=" + value + "\n";
  if (content == before)
    return std::nullopt;
  if (content.size() > secrets_file_bytes)
    return unsafe(path + " would become larger than " + std::to_string(secrets_file_bytes / 1024) + " KiB",
                  "keep only NAME=value lines in it");
  struct stat owner {};
  const bool known = ::fstatat(dir.get(), target.filename().c_str(), &owner, AT_SYMLINK_NOFOLLOW) == 0;
  const auto written = write_atomically(path, content, 0600);
  if (const auto* failed = std::get_if<failure>(&written))
    return *failed;
  // Whoever could read it before reads it from now on: the engine may run as root on somebody's behalf.
  if (known && owner.st_uid != ::geteuid() &&
      ::fchownat(dir.get(), target.filename().c_str(), owner.st_uid, owner.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
    return file_failure(path, "given to its owner", errno);
  return std::nullopt;
}

std::string secrets_template(const topology::document& doc) {
  std::string out = "# The names of the secrets of this environment; the values stand in " + doc.secrets.file +
                    " (mode 0600),\n# which is never committed. One NAME=value a line; nothing is quoted.\n";
  if (!doc.secrets.generate.empty())
    out += "\n# Generated by: make local-gen-secrets\n";
  for (const auto& name : doc.secrets.generate)
    out += name + "=\n";
  if (!doc.secrets.user_provided.empty())
    out += "\n# To be filled in by you\n";
  for (const auto& name : doc.secrets.user_provided)
    out += name + "=\n";
  return out;
}

std::variant<bool, failure> write_secrets_template(const topology::document& doc) {
  const auto path = doc.root + "/" + doc.secrets.file + ".template";
  if (auto failed = make_directories(std::filesystem::path{path}.parent_path().string()))
    return *failed;
  const auto wanted = secrets_template(doc);
  const descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (file && read_all(file.get(), wanted.size()) == wanted)
    return false;
  return write_atomically(path, wanted, 0644);
}

} // namespace paws::store
