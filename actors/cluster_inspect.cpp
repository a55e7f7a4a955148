// A cluster's inspection: every member that runs is asked now, all at the same time.
#include "actors/cluster.hpp"

namespace paws {

namespace {

constexpr std::chrono::seconds patience{6}; // the longest time-out of a question, and the asker's grace

} // namespace

caf::result<logic::inspection> cluster_state::inspect() {
  auto promise = self_->make_response_promise<logic::inspection>();
  auto answers = std::make_shared<logic::inspect_answers>();
  std::vector<logic::ask> questions;
  if (plan_.kind->inspect_asks != nullptr)
    for (const auto& [member, entry] : members_)
      if (entry.running)
        for (auto& question : plan_.kind->inspect_asks(plan_.context, member))
          questions.push_back(std::move(question));
  auto finish = [this, promise, answers]() mutable {
    logic::inspection out;
    if (plan_.kind->describe != nullptr)
      out = plan_.kind->describe(plan_.context, *answers);
    out.cluster = plan_.context.cluster.name;
    out.kind = plan_.kind->name;
    promise.deliver(std::move(out));
  };
  if (questions.empty()) {
    finish();
    return promise;
  }
  auto left = std::make_shared<std::size_t>(questions.size());
  for (const auto& question : questions) {
    auto take = [answers, left, finish,
                 key = std::pair{question.member, question.name}](const logic::answer& got) mutable {
      (*answers)[key] = got;
      if (--*left == 0)
        finish();
    };
    self_->request(around_.asker, patience, question).then(take, [take](const caf::error& why) mutable {
      logic::answer none;
      none.error = to_failure(why).message;
      take(none);
    });
  }
  return promise;
}

} // namespace paws
