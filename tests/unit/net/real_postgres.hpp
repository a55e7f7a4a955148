// A PostgreSQL of this machine, for one test.
#pragma once

#include "daemon.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

namespace net_test {

inline const std::string address = "127.36.103.20";
inline const std::string right_password = "correct horse battery staple";

inline std::string newest_bin() {
  std::vector<std::string> found;
  std::error_code missing;
  for (const auto& one : std::filesystem::directory_iterator("/usr/lib/postgresql", missing))
    if (std::filesystem::exists(one.path() / "bin/initdb"))
      found.push_back(one.path() / "bin/");
  if (found.empty())
    throw std::runtime_error("PostgreSQL is not installed: apt-get install postgresql-15");
  return *std::max_element(found.begin(), found.end());
}

// A real PostgreSQL that wants SCRAM passwords, on an address of its own.
class real_postgres {
public:
  real_postgres() {
    give_to("postgres", root_.path);
    std::ofstream(root_.path + "/pw") << right_password << "\n";
    REQUIRE(run_as("postgres", {bin_ + "initdb", "-D", data_, "-A", "scram-sha-256", "-U", "postgres", "--no-sync",
                                "--pwfile", root_.path + "/pw", "-E", "UTF8", "--locale", "C"}) == 0);
    start();
  }

  void start() {
    server_ = std::make_unique<net_test::daemon>(
        std::vector<std::string>{bin_ + "postgres", "-D", data_, "-h", address, "-p", std::to_string(port_), "-c",
                                 "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=20"},
        "postgres", "ready to accept connections");
  }
  net_test::daemon& server() { return *server_; }
  std::uint16_t port() const { return port_; }

private:
  temporary_directory root_;
  std::string bin_ = newest_bin();
  std::string data_ = root_.path + "/data";
  std::uint16_t port_ = free_port(address);
  std::unique_ptr<net_test::daemon> server_;
};

} // namespace net_test
