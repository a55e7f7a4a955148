#include "bin/sql_directory.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

// Larger ones are data, not definitions, and PostgreSQL would have to hold them whole.
constexpr std::uintmax_t most_bytes = 64UL * 1024 * 1024;

std::string sha256(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    constexpr const char* digits = "0123456789abcdef";
    out += digits[digest.at(i) >> 4U];
    out += digits[digest.at(i) & 15U];
  }
  return out;
}

// What is wrong with it; "" when it was read.
std::string read_whole(const fs::path& path, std::string& into) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed))
    return ": it is no file";
  if (fs::file_size(path, failed) > most_bytes)
    return ": it is larger than " + std::to_string(most_bytes >> 20U) + " MiB";
  std::ifstream in{path, std::ios::binary};
  into.assign(std::istreambuf_iterator<char>{in}, {});
  if (!in)
    return ": it cannot be read";
  const auto zero = std::find(into.begin(), into.end(), '\0');
  if (zero != into.end())
    return ":" + std::to_string(1 + std::count(into.begin(), zero, '\n')) + ": it has a byte 0, which no text has";
  return "";
}

} // namespace

std::variant<std::vector<logic::sql_file>, failure> read_sql_files(const std::string& directory, char letter) {
  std::error_code failed;
  std::vector<std::string> names;
  for (fs::directory_iterator at{directory, failed}, end; !failed && at != end; at.increment(failed))
    names.push_back(at->path().filename().string());
  if (failed)
    return failure{"ERR_SQL_001", directory + ": it cannot be read: " + failed.message(),
                   "name the directory of the files: --dir DIR"};
  auto found = logic::sql_files_of(std::move(names), letter);
  if (const auto* wrong = std::get_if<logic::sql_name_problem>(&found))
    return failure{"ERR_SQL_001", (fs::path{directory} / wrong->file).string() + ": " + wrong->why,
                   "give it another name; nothing was changed"};
  auto& files = std::get<std::vector<logic::sql_file>>(found);
  for (auto& file : files) {
    const auto path = fs::path{directory} / file.file;
    if (const auto why = read_whole(path, file.sql); !why.empty())
      return failure{"ERR_SQL_001", path.string() + why, "mend it and run again; nothing was changed"};
    file.checksum = sha256(file.sql);
  }
  return std::move(files);
}

} // namespace paws::bin
