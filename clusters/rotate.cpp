#include "clusters/rotate.hpp"

#include <utility>

namespace paws::clusters {

namespace {

std::string value_of(const logic::cluster_context& context, const std::string& name) {
  const auto at = context.secrets.find(name);
  return at == context.secrets.end() ? "" : at->second;
}

} // namespace

std::vector<logic::ask> secret_change::either(const logic::ask& question) const {
  auto out = std::vector<logic::ask>{question};
  out.front().password = old_value;
  if (new_value != old_value) {
    out.push_back(question);
    out.back().password = new_value;
  }
  return out;
}

std::vector<logic::ask> secret_change::newer(const logic::ask& question) const {
  auto out = std::vector<logic::ask>{question};
  out.front().password = new_value;
  return out;
}

secret_change change_of(const logic::cluster_context& before, const logic::cluster_context& after,
                        const std::string& name) {
  return {name, value_of(before, name), value_of(after, name)};
}

logic::rotation_step asking(logic::rotation_stage stage, std::string where, std::string secrets, std::string text,
                            std::vector<logic::ask> tries) {
  logic::rotation_step out;
  out.stage = stage;
  out.where = std::move(where);
  out.secrets = std::move(secrets);
  out.text = std::move(text);
  out.tries = std::move(tries);
  return out;
}

} // namespace paws::clusters
