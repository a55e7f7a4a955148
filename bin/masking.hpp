// Takes secrets out of what is passed on: every known value, in each form in which programs write it down.
#pragma once

#include "topology/model.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace paws::bin {

class masker {
public:
  /// From now on `value` becomes ***name***: as it is, as JSON writes it (within JSON once more too), and
  /// percent-encoded. Of several lines each is masked. Below 4 characters nothing is: it would stand everywhere.
  void add(const std::string& name, const std::string& value);
  /// `text` without the values; of two that begin at one place the longer one counts.
  std::string operator()(std::string_view text) const;
  /// Names whose values were too short.
  const std::vector<std::string>& left_out() const { return left_out_; }

private:
  struct form {
    std::string text, mask;
  };
  void add_form(std::string text, const std::string& mask);

  std::array<std::vector<form>, 256> forms_; // by their first byte, longest first
  std::vector<std::string> left_out_;
};

struct named_value {
  std::string name, value;
};

/// Values that the environment of `doc`'s services spells out under names such as API_TOKEN: password, secret, token
/// or key is a part of them. References are none.
std::vector<named_value> spelled_out(const topology::document& doc);

/// The same of a topology that nobody can read: every `name: value` of such a name.
std::vector<named_value> spelled_out(const std::string& yaml);

/// The last `most_bytes` of a file, beginning with a whole line; "" when it cannot be read.
std::string tail_of(const std::filesystem::path& path, std::uint64_t most_bytes);

} // namespace paws::bin
