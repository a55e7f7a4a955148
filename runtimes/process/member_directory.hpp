// The directories and files of one member on this machine: made, owned and removed without ever following a symbolic
// link, since the member itself may write in some of them.
#pragma once

#include "logic/member_spec.hpp"
#include "topology/failure.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace paws::process {

/// Who a member's files belong to and it runs as.
struct owner {
  bool change = false; // only root can give files away
  uid_t uid = 0;
  gid_t gid = 0;
};

/// ERR_SYS_004 when the user does not exist. Without root, or without a name, nothing changes hands.
std::optional<topology::failure> find_owner(const std::string& user, owner& out);

class member_directory {
public:
  /// `base` is <environment directory>/members/<name>. The four of the spec lie in it; the keeper's own and the log lie
  /// beside them and belong to the engine's user.
  explicit member_directory(std::string base) : base_{std::move(base)} {}

  const std::string& path() const { return base_; }
  std::string keeper_dir() const { return base_ + "/keeper"; }
  std::string log_dir() const { return base_ + "/log"; }
  bool exists() const;

  /// Makes everything that is missing; `fresh_data` says whether the data directory was missing or empty.
  std::optional<topology::failure> make(const logic::member_spec& spec, const owner& of, bool& fresh_data) const;
  /// Writes the spec's files: a new file beside, then put in place. Files outside the spec's directories are refused.
  std::optional<topology::failure> write_files(const logic::member_spec& spec, const owner& of) const;
  /// Removes all but the data, or with the data: that is gone at one instant, whoever dies while it is deleted.
  std::optional<topology::failure> remove(bool with_data) const;

private:
  /// Data that is being deleted. Deleting takes a while, and half a database must never be found as one.
  std::string destroyed_dir() const { return base_ + "/data.destroyed"; }

  std::string base_;
};

} // namespace paws::process
