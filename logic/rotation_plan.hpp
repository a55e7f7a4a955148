// From two plans of one environment, which differ in their secrets only, to the steps that lead from one to the other.
#pragma once

#include "logic/rotation.hpp"
#include "logic/service_plan.hpp"

#include <functional>
#include <set>

namespace paws::logic {

/// The plan of the same environment with these secrets.
using replan = std::function<environment_plan(const std::map<std::string, std::string>& secrets)>;

/// What a rotation is made from.
struct rotation_input {
  const environment_plan& before;
  const environment_plan& after;
  const rotation_record& record;
  std::set<std::string> running; // services that are to run: nothing can be asked of the others
};

/// All steps, nothing left out that may have been done before: each may be done again. A service that record.restarted
/// names is not restarted again.
std::vector<rotation_step> rotation_steps(const rotation_input& in);

/// Clusters whose passwords change, and of which some member is not to run: they learn nothing now.
std::vector<std::string> missing_clusters(const rotation_input& in);

/// The files of `after` that differ from `before` and that its daemon does not rewrite itself.
std::vector<config_file> changed_files(const member_spec& before, const member_spec& after);

/// Those of `names` that anything in the plan depends on. `plan_of` is asked with one value changed at a time.
std::vector<std::string> secrets_in_use(const replan& plan_of, const std::map<std::string, std::string>& secrets,
                                        const std::vector<std::string>& names);

} // namespace paws::logic
