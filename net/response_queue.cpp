#include "net/response_queue.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <charconv>

namespace paws::net {

void response_queue::push(std::string bytes) {
  if (bytes.empty())
    return;
  size_ += bytes.size();
  waiting_.push_back(std::move(bytes));
}

std::vector<boost::asio::const_buffer> response_queue::next() {
  on_their_way_.swap(waiting_);
  std::vector<boost::asio::const_buffer> out;
  out.reserve(on_their_way_.size());
  for (const auto& piece : on_their_way_)
    out.emplace_back(piece.data(), piece.size());
  return out;
}

std::size_t response_queue::wrote() {
  std::size_t sent = 0;
  for (const auto& piece : on_their_way_)
    sent += piece.size();
  on_their_way_.clear();
  size_ -= sent;
  return sent;
}

std::size_t response_queue::clear() {
  std::size_t dropped = 0;
  for (const auto& piece : waiting_)
    dropped += piece.size();
  waiting_.clear();
  size_ -= dropped;
  return dropped;
}

std::string response_head(int status, const std::string& content_type, framing how, std::size_t length,
                          bool keep_alive) {
  namespace http = boost::beast::http;
  auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
  out.append(reason.data(), reason.size());
  out += "\r\nServer: paws-engine/" PAWS_VERSION "\r\nCache-Control: no-store\r\nContent-Type: ";
  std::copy_if(content_type.begin(), content_type.end(), std::back_inserter(out),
               [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (how == framing::length)
    out += "\r\nContent-Length: " + std::to_string(length);
  else if (how == framing::chunked)
    out += "\r\nTransfer-Encoding: chunked";
  out += keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  return out;
}

std::string as_chunk(const std::string& data) {
  if (data.empty())
    return {};
  char size[2 * sizeof(std::size_t)];
  auto end = std::to_chars(size, size + sizeof size, data.size(), 16).ptr;
  std::string out;
  out.reserve(data.size() + sizeof size + 4);
  out.append(size, end).append("\r\n").append(data).append("\r\n");
  return out;
}

std::string refusal_body(const topology::failure& why) {
  return R"({"error":{"component":")" + std::string{topology::find_error(why.code).component} + R"(","code":")" +
         why.code + R"(","message":")" + why.message + R"(","remedy":")" + why.remedy + "\"}}\n";
}

} // namespace paws::net
