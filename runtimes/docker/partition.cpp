#include "runtimes/docker/partition.hpp"

#include "runtimes/common/launch.hpp"

#include <array>
#include <unistd.h>

namespace paws::docker {

namespace {

using topology::failure;

constexpr std::uint32_t rule_patience_ms = 10'000;
constexpr std::size_t most_words = 4'096;
constexpr const char* chain = "PAWS-CUT";
const std::vector<std::string> environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                           "LANG=C.UTF-8"};

std::string program(const std::string& name) {
  for (const std::string folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/"})
    if (::access((folder + name).c_str(), X_OK) == 0)
      return folder + name;
  return "";
}

exec_result rule(std::int64_t pid, const std::vector<std::string>& words) {
  std::vector<std::string> argv{
      program("nsenter"), "--net=/proc/" + std::to_string(pid) + "/ns/net", "--", program("iptables"), "-w", "5"};
  argv.insert(argv.end(), words.begin(), words.end());
  return common::run_to_end(argv, environment, "/", rule_patience_ms, most_words);
}

void forget_rules(std::int64_t pid) {
  for (const auto* way : {"INPUT", "OUTPUT"})
    while (rule(pid, {"-D", way, "-j", chain}).exit_code == 0)
      ;
  rule(pid, {"-F", chain});
  rule(pid, {"-X", chain});
}

failure refused(const std::string& member, const std::string& why) {
  return {"ERR_RUN_003", "the network of " + member + " cannot be cut: " + why,
          "run the engine as root on a machine with iptables and nsenter, or use the faults kill and pause"};
}

} // namespace

std::string why_no_partition() {
  if (::geteuid() != 0)
    return "packet rules need root";
  for (const auto* name : {"nsenter", "iptables"})
    if (program(name).empty())
      return std::string{name} + " is not installed";
  return "";
}

std::optional<failure> cut_off(const std::string& member, std::int64_t pid, const std::vector<std::string>& addresses) {
  if (const auto why = why_no_partition(); !why.empty())
    return refused(member, why);
  forget_rules(pid);
  std::vector<std::vector<std::string>> rules{{"-N", chain}};
  for (const auto& address : addresses) {
    rules.push_back({"-A", chain, "-s", address, "-j", "DROP"});
    rules.push_back({"-A", chain, "-d", address, "-j", "DROP"});
  }
  if (addresses.empty())
    rules.insert(rules.end(), {{"-A", chain, "-i", "lo", "-j", "RETURN"}, // a member always reaches itself
                               {"-A", chain, "-o", "lo", "-j", "RETURN"},
                               {"-A", chain, "-s", "127.0.0.0/8", "-d", "127.0.0.0/8", "-j", "RETURN"},
                               {"-A", chain, "-j", "DROP"}});
  rules.push_back({"-I", "INPUT", "1", "-j", chain});
  rules.push_back({"-I", "OUTPUT", "1", "-j", chain});
  for (const auto& words : rules)
    if (const auto said = rule(pid, words); said.exit_code != 0) {
      forget_rules(pid);
      return refused(member, "iptables says: " + said.output.substr(0, said.output.find('\n')));
    }
  return std::nullopt;
}

std::optional<failure> join_again(const std::string& member, std::int64_t pid) {
  if (const auto why = why_no_partition(); !why.empty())
    return refused(member, why);
  forget_rules(pid);
  return std::nullopt;
}

} // namespace paws::docker
