// One failure simulation: it writes, notes down what it is about to break, breaks it, watches, takes it back, waits
// until all is well, reads everything back, and reports. What follows from what it saw is logic/drill_record's.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/drill_record.hpp"
#include "logic/service_plan.hpp"

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace paws {

struct drill_setup {
  logic::drill_record record; // plan, names and settings are filled in
  surroundings around;
  store_actor store;    // may be invalid: nothing is durable then, and nothing is kept
  log_store_actor logs; // may be invalid
  environment_actor environment;
  std::vector<service_actor> victims;       // held while it lasts
  std::vector<cluster_actor> clusters;      // likewise
  std::vector<logic::cluster_plan> watched; // whose watches show what happens; the first one is written to
  std::optional<logic::cluster_context> etcd;
  logic::cluster_plan broken;                   // the victims' own cluster; kind nullptr = none
  std::optional<logic::ask> route;              // nothing = nothing is written
  std::map<std::string, std::string> addresses; // member -> where its database says that it is
};

using drill_pointer = drill_actor::stateful_pointer<struct drill_state>;

/// Where it stands; one after the other.
enum class drill_stage : std::uint8_t {
  preparing, // the writer's table
  warming,   // enough writes, and all watches have answered
  injecting, // noted down, then done
  observing, // until what is expected was seen, or for long enough
  undoing,
  recovering, // until everything is ready again
  finishing,  // enough writes after it, and no write under way any more
  reading,
  telling, // what the logs say, and the report
  over
};

struct drill_state {
  void init(drill_pointer self, drill_setup setup);
  void hear_tick(std::uint64_t tick);
  void stop();

  // Steps.
  void prepare(std::size_t next);
  void go_on();
  void enter(drill_stage next);
  void note_fault(std::size_t index);
  void break_it(std::size_t index);
  void injected();
  void undo(std::size_t left);
  void undone();
  void undo_again();
  void close(std::size_t index, const std::string& how);
  void look_for_recovery();
  void forget_faults(const logic::environment_view& view);
  void tell_held();
  void read_back();
  void compare();
  void read_logs();
  void clean(std::size_t next);
  void report();
  void deliver(const std::string& page);
  void fail(std::string why);

  // Beside them.
  void write();
  void hear_write(std::int64_t id, std::size_t lane, logic::steady_time begun, const logic::answer& got);
  void watch(std::size_t index);
  void hear_watch(std::size_t index, const logic::answer& got);
  bool all_watched() const;
  logic::steady_time now() const { return self_->clock().now(); }

  static constexpr std::uint64_t watch_mark = std::uint64_t{1} << 62; // of ticks that ask a watch's next question
  static constexpr std::chrono::seconds asker_grace{2};               // the asker answers by then, or it is dead
  static constexpr std::size_t lanes = 10;
  static constexpr std::chrono::milliseconds beat{10}; // 100 writes a second

  struct watched_ask {
    logic::ask question;
    std::size_t cluster = 0; // index in setup_.watched
    bool heard = false;
  };
  struct open_fault {
    logic::injected_fault what;
    bool noted = false, open = false;
  };

  drill_pointer self_ = nullptr;
  drill_setup setup_;
  logic::drill_record record_;
  drill_stage stage_ = drill_stage::preparing;
  logic::steady_time entered_{};
  std::vector<watched_ask> watches_;
  std::vector<open_fault> faults_;
  std::array<bool, lanes> busy_{};
  std::uint64_t beat_ = 0;
  bool writing_ = false;
  bool asking_ = false;      // an answer is awaited that the stage goes on with
  bool stopped_ = false;     // somebody ended it
  std::size_t breaking_ = 0; // faults that the runtime has not confirmed yet
  std::size_t unread_ = 0;   // nodes whose rows are awaited
  std::optional<logic::steady_time> read_again_;
  logic::steady_time undo_tried_{};
  bool undoing_again_ = false;

  static constexpr const char* name = "drill";
};

drill_actor::behavior_type drill(drill_pointer self, drill_setup setup);

} // namespace paws
