// A Redis replica that is emptied copies its master anew by itself: the Sentinels name the master when it starts.
#include "clusters/recovery_kits.hpp"

namespace paws::clusters::redis {

namespace {

// A Sentinel's memory is a file that it writes anew from what the others say.
topology::failure keeps_data(const logic::cluster_context& context, const logic::cluster_view& view,
                             const std::string& member) {
  if (member == view.leader)
    return not_safe(member + " is the master of " + context.cluster.name + ": its data is the one that the others copy",
                    "let a replica take over first: paws-engine ctl stop --service " + member);
  const auto* master = find_member(view, view.leader);
  if (master == nullptr || !master->healthy)
    return not_safe("no master of " + context.cluster.name + " is known: the data of " + member +
                        " may be the only one left",
                    "wait for a master: paws-engine ctl health --wait");
  return {};
}

} // namespace

const logic::recovery_kit recovery{{}, nullptr, keeps_data, nullptr};

} // namespace paws::clusters::redis
