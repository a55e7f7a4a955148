#include "clusters/inspect.hpp"

namespace paws::clusters {

const logic::answer& answer_of(const logic::inspect_answers& answers, const std::string& member,
                               const std::string& question) {
  static const logic::answer none;
  const auto at = answers.find({member, question});
  return at == answers.end() ? none : at->second;
}

} // namespace paws::clusters
