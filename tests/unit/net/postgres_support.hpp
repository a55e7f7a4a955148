// A PostgreSQL server that only pretends: the messages it sends, and what it has to read.
#pragma once

#include "net_support.hpp"

namespace net_test {

inline const std::string logged_in("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15);

inline void take_start_packet(tiny_server::socket& from) {
  read_until(from, std::string("\0\0", 2));
}

/// One message of the protocol; at most 255 bytes.
inline std::string message(char type, const std::string& content) {
  return type + std::string(3, '\0') + static_cast<char>(content.size() + 4) + content;
}

/// An ErrorResponse (E) or NoticeResponse (N).
inline std::string saying(char type, const std::string& severity, const std::string& code, const std::string& text) {
  std::string fields = "SAs anybody calls it";
  for (const auto& one : {"V" + severity, "C" + code, "M" + text})
    fields += '\0' + one;
  fields += '\0';
  return message(type, fields + '\0');
}

/// A statement without rows has succeeded; the next one may come.
inline const std::string ready = message('Z', "I");
inline const std::string done = message('C', std::string("SET\0", 4)) + ready;

} // namespace net_test
