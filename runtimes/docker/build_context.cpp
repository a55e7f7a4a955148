#include "runtimes/docker/build_context.hpp"

#include "runtimes/docker/tar.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fnmatch.h>
#include <fstream>
#include <iterator>
#include <memory>

namespace paws::docker {

namespace {

namespace fs = std::filesystem;
using topology::failure;

failure unreadable(const std::string& directory, const std::string& why) {
  return {"ERR_IMG_003", "an image cannot be built from " + directory + ": " + why,
          "correct that directory, or name another image in the topology"};
}

struct pattern {
  std::string text; // without "!" and slashes at either end
  bool takes_back = false;
  bool anywhere = false; // it is a name, in whatever directory
};

// Of Docker's and git's rules for such files what both have; Docker looks for a name at the top only.
std::vector<pattern> patterns_of(const fs::path& file, bool names_anywhere) {
  std::vector<pattern> out;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty() || line[0] == '#')
      continue;
    pattern made;
    made.takes_back = line[0] == '!';
    line.erase(0, made.takes_back ? 1 : 0);
    const bool rooted = line.starts_with('/');
    line.erase(0, rooted ? 1 : 0);
    while (line.ends_with('/'))
      line.pop_back();
    made.anywhere = names_anywhere && !rooted && line.find('/') == std::string::npos;
    made.text = line;
    out.push_back(std::move(made));
  }
  return out;
}

// Whether `path`, or a directory above it, is what `one` means.
bool fits(const pattern& one, const std::string& path) {
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const auto part = path.substr(0, end);
    const auto slash = part.rfind('/');
    const auto& compared = one.anywhere && slash != std::string::npos ? part.substr(slash + 1) : part;
    if (::fnmatch(one.text.c_str(), compared.c_str(), FNM_PATHNAME) == 0)
      return true;
    if (end == std::string::npos)
      return false;
  }
}

bool is_left_out(const std::vector<pattern>& all, const std::string& path) {
  bool out = false;
  for (const auto& one : all)
    if (fits(one, path))
      out = !one.takes_back;
  return out;
}

// A directory that is left out is not looked into, unless something may be taken back.
bool is_worth_a_look(const std::vector<pattern>& all, const std::string& path) {
  return !is_left_out(all, path) || std::any_of(all.begin(), all.end(), [&](const pattern& one) {
    return one.takes_back && (one.anywhere || one.text.starts_with(path + "/") || fits(one, path));
  });
}

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void add_authorities(build_context& out, const std::string& authorities) {
  const std::string at = std::string{authorities_in_context} + "/";
  out.push_back({at + "README", "Certificates of authorities that the host of this build trusts of its own.\n", false});
  std::error_code failed;
  for (fs::recursive_directory_iterator entry{authorities, failed}, end; !failed && entry != end;
       entry.increment(failed))
    if (entry->path().extension() == ".crt")
      out.push_back({at + entry->path().filename().string(), content_of(entry->path()), false});
}

} // namespace

std::variant<build_context, failure> read_context(const std::string& directory, const std::string& dockerfile,
                                                  const std::string& authorities) {
  std::error_code failed;
  if (!fs::is_regular_file(fs::path{directory} / dockerfile, failed))
    return unreadable(directory, "it has no " + dockerfile);
  const auto own_ignores = dockerfile + image_ignores;
  const bool has_own = fs::is_regular_file(fs::path{directory} / own_ignores, failed);
  auto out = read_sources(directory, has_own ? own_ignores : image_ignores);
  auto* files = std::get_if<build_context>(&out);
  if (files == nullptr)
    return out;
  const auto recipe = content_of(fs::path{directory} / dockerfile);
  // Left out of what is copied; the engine needs it all the same.
  if (std::none_of(files->begin(), files->end(), [&](const auto& f) { return f.path == dockerfile; }))
    files->push_back({dockerfile, recipe, false});
  if (recipe.find(authorities_in_context) != std::string::npos)
    add_authorities(*files, authorities);
  std::sort(files->begin(), files->end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

std::variant<build_context, failure> read_service_sources(const std::string& directory, const std::string& dockerfile) {
  auto out = read_sources(directory, source_ignores);
  const auto unneeded = patterns_of(fs::path{directory} / (dockerfile + image_ignores), false);
  if (auto* files = std::get_if<build_context>(&out))
    std::erase_if(*files, [&](const context_file& file) { return is_left_out(unneeded, file.path); });
  return out;
}

std::variant<build_context, failure> read_sources(const std::string& directory, const std::string& ignores) {
  const auto left_out = patterns_of(fs::path{directory} / ignores, ignores == source_ignores);
  build_context out;
  std::size_t total = 0;
  std::error_code failed;
  fs::recursive_directory_iterator at{directory, failed}, end;
  for (; !failed && at != end; at.increment(failed)) {
    const auto status = at->symlink_status(failed);
    auto path = at->path().lexically_relative(directory).generic_string();
    if (!failed && fs::is_directory(status)) {
      if (!is_worth_a_look(left_out, path))
        at.disable_recursion_pending();
      continue;
    }
    if (failed || is_left_out(left_out, path))
      continue;
    context_file file{std::move(path), {}, false};
    if (!fs::is_regular_file(status))
      return unreadable(directory, file.path + " is neither a file nor a directory");
    file.runs = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
    total += fs::file_size(at->path(), failed);
    if (total > context_limit_bytes)
      return unreadable(directory, "it is larger than " + std::to_string(context_limit_bytes >> 20U) + " MiB");
    std::ifstream in{at->path(), std::ios::binary};
    file.content.assign(std::istreambuf_iterator<char>{in}, {});
    if (!in)
      return unreadable(directory, file.path + " cannot be read");
    out.push_back(std::move(file));
  }
  if (failed)
    return unreadable(directory, failed.message());
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

std::string hash_of(const build_context& context) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  // Each part behind its own length: nothing of one file can pass for a part of another.
  const auto add = [&](const std::string& part) {
    const auto size = std::to_string(part.size()) + ":";
    EVP_DigestUpdate(hash.get(), size.data(), size.size());
    EVP_DigestUpdate(hash.get(), part.data(), part.size());
  };
  for (const auto& file : context) {
    add(file.path);
    add(file.runs ? "program" : "file");
    add(file.content);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(hash.get(), bytes.data(), &size);
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    constexpr const char* digits = "0123456789abcdef";
    out += digits[bytes.at(i) >> 4U];
    out += digits[bytes.at(i) & 15U];
  }
  return out;
}

std::string tar_of(const build_context& context) {
  tar_writer out{0};
  for (const auto& file : context)
    out.file(file.path, file.runs ? 0755 : 0644, file.content);
  return std::move(out).finish();
}

} // namespace paws::docker
