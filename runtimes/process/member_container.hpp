// One member's container on the process runtime: a keeper and everything below it. Blocking: used from a thread of its
// own, one call at a time.
#pragma once

#include "messages/all.hpp"
#include "runtimes/process/cgroup.hpp"
#include "runtimes/process/keeper_files.hpp"
#include "runtimes/process/member_directory.hpp"
#include "runtimes/process/process_runtime.hpp"
#include "runtimes/process/process_tree.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace paws::process {

template <class T>
using outcome = std::variant<T, topology::failure>;

class member_container {
public:
  member_container(const process_options& options, const std::string& name);

  outcome<container_info> create(logic::member_spec spec);
  /// Over those that are there; what it runs with now stays until its next creation.
  outcome<container_info> write_files(const logic::member_spec& spec);
  outcome<container_info> start();
  outcome<container_info> stop();
  outcome<container_info> kill();
  outcome<container_info> pause();
  outcome<container_info> unpause();
  outcome<container_info> remove(bool with_data);
  container_info inspect() const;
  outcome<line_list> tail(std::uint32_t lines) const;
  outcome<exec_result> exec(const line_list& command) const;
  /// Of one that does not run: its limits. What its directories take is not in it.
  container_stats stats() const;
  /// To be called now and then while it runs, so that a kill by its memory limit is told from one of long ago.
  void look_at_memory_kills();

  /// What the topology says of it, when an earlier engine created it.
  void adopt(logic::member_spec spec);
  /// The live keeper, to be watched; nullopt when there is none.
  std::optional<process_id> keeper() const;

private:
  keeper_order make_order(const std::string& program) const;
  std::optional<process_id> main_process(const keeper_record& record) const;
  bool is_paused(const keeper_record& record) const;
  bool comes_true(const std::function<bool()>& what) const;
  outcome<container_info> spawn_keeper();
  /// Ends what an earlier life left; true when nothing of it is alive.
  bool end_all();
  void thaw();
  bool enforces(const std::string& limit) const;
  topology::failure failed(const std::string& what) const;

  process_options options_;
  std::string name_;
  std::string marker_; // <environment>/<member>
  member_directory directory_;
  control_group group_;
  logic::member_spec spec_;
  bool fresh_data_ = false;
  std::vector<std::string> unsupported_;
  std::uint64_t oom_before_ = 0;    // kills by its memory limit in earlier lives
  std::uint64_t oom_seen_ = 0;      // and when it was looked at last
  std::int64_t oom_rose_at_us_ = 0; // wall clock; 0 = not in this life
};

} // namespace paws::process
