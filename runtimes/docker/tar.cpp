#include "runtimes/docker/tar.hpp"

#include <array>
#include <chrono>
#include <cstring>

namespace paws::docker {

namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::size_t longest_path = 100; // of the header's own field; longer ones are an entry before it

// The header of POSIX ustar.
struct header {
  std::array<char, 100> path{};
  std::array<char, 8> mode{}, user{}, group{};
  std::array<char, 12> size{}, changed{};
  std::array<char, 8> sum{};
  char kind = '0';
  std::array<char, 100> link{};
  std::array<char, 8> magic{'u', 's', 't', 'a', 'r', ' ', ' ', '\0'};
  std::array<char, 247> rest{};
};
static_assert(sizeof(header) == block_bytes);

// Digits up to the last byte, which ends them.
template <std::size_t N>
void octal(std::array<char, N>& into, std::uint64_t value) {
  for (auto digit = into.rbegin() + 1; digit != into.rend(); ++digit, value >>= 3)
    *digit = static_cast<char>('0' + (value & 7));
}

std::uint64_t now_s() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

} // namespace

void tar_writer::entry(std::string_view path, char kind, std::uint32_t mode, std::string_view content) {
  if (path.size() > longest_path) {
    const std::string whole{path};
    entry("././@LongLink", 'L', 0644, std::string_view{whole.c_str(), whole.size() + 1});
  }
  header head;
  path.copy(head.path.data(), head.path.size());
  octal(head.mode, mode & 07777);
  octal(head.user, owner_);
  octal(head.group, owner_);
  octal(head.size, content.size());
  octal(head.changed, now_s());
  head.kind = kind;
  head.sum.fill(' ');
  std::array<unsigned char, block_bytes> bytes;
  std::memcpy(bytes.data(), &head, block_bytes);
  std::uint32_t sum = 0;
  for (const auto byte : bytes)
    sum += byte;
  octal(head.sum, sum);
  bytes_.append(reinterpret_cast<const char*>(&head), block_bytes);
  bytes_ += content;
  bytes_.append((block_bytes - content.size() % block_bytes) % block_bytes, '\0');
}

void tar_writer::directory(std::string_view path, std::uint32_t mode) {
  entry(std::string{path} + "/", '5', mode, {});
}

void tar_writer::file(std::string_view path, std::uint32_t mode, std::string_view content) {
  entry(path, '0', mode, content);
}

std::string tar_writer::finish() && {
  bytes_.append(2 * block_bytes, '\0');
  return std::move(bytes_);
}

} // namespace paws::docker
