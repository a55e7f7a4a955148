// Any bytes are a request to the control socket: read as the server reads them, then taken apart.
#include "actors/control.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace http = boost::beast::http;
  http::request_parser<http::string_body> parser;
  parser.header_limit(16 * 1024);
  parser.body_limit(1024 * 1024);
  parser.eager(true);
  boost::system::error_code failed;
  std::size_t used = 0;
  while (used < size && !failed && !parser.is_done())
    used += std::max<std::size_t>(parser.put(boost::asio::buffer(data + used, size - used), failed), 1);
  const auto& request = parser.get();
  auto taken = paws::parse_target({request.target().data(), request.target().size()});
  paws::words_of(taken, "service");
  for (const auto* verb : {"start", "reset", "restart"})
    paws::parse_command(verb, request.body());
  paws::parse_command("stop", std::string{reinterpret_cast<const char*>(data), size});
  return 0;
}
