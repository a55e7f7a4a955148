#include "clusters/haproxy_text.hpp"

#include <string_view>

namespace paws::clusters {

namespace {

std::string hex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += "0123456789ABCDEF"[byte >> 4U];
    out += "0123456789ABCDEF"[byte & 15U];
  }
  return out;
}

} // namespace

std::string send_redis(const std::vector<std::string>& words) {
  std::string command = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words)
    command += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return "  tcp-check send-binary " + hex(command) + "\n";
}

std::string expect_redis(const std::string& text) {
  return "  tcp-check expect binary " + hex("$" + std::to_string(text.size()) + "\r\n" + text + "\r\n") + "\n";
}

// Columns as `show servers state` of HAProxy 2.6 prints them; operational state 0 is "stopped", with the result of the
// last check and its health to match; check state 6 is "configured and enabled", so that checks begin at once.
std::string state_heading() {
  return "1\n"
         "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
         "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state "
         "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port "
         "srv_check_addr srv_agent_addr srv_agent_port\n";
}

std::string state_row(const std::string& backend, std::size_t id, const std::string& server, const std::string& address,
                      std::uint16_t port) {
  // Backends are found by name; their number is checked only where it was given in the configuration.
  return "1 " + backend + " " + std::to_string(id) + " " + server + " " + address + " 0 0 1 1 1 6 2 0 6 0 0 0 - " +
         std::to_string(port) + " - 0 0 - - 0\n";
}

} // namespace paws::clusters
