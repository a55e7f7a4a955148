// Manual recovery within the environment: what is admitted, who carries it out, and what an earlier engine has left of
// it. A failover, a switchover, a reinitialisation by Patroni itself and a defragmentation are an actor's work;
// wherever data is destroyed by the engine, it is a job.
#pragma once

#include "actors/environment.hpp"

namespace paws {

/// What the saved state says of members whose data an engine set out to destroy, to begin anew with them.
inline constexpr const char* reinitialized_word = "reinitialized";
/// And of those whose data is gone on purpose, while what depends on them has not seen them yet.
inline constexpr const char* anew_word = "anew";

/// One of failover, switchover, reinit, defragment.
bool is_recovery(const operator_command& what);
/// It destroys data itself, by a job.
bool is_wiping(const environment_state_data& of, const operator_command& what);

/// Nothing: it may begin. ERR_CLI_001 for names that mean nothing here, ERR_REC_001 when it is not safe now.
std::optional<topology::failure> refuses_recovery(const environment_state_data& of, const operator_command& what);
/// Spawns the actor that does it.
void begin_recovery(environment_state_data& of, const operator_command& what);
/// True when `outcome` was that actor's.
bool hear_recovered(environment_state_data& of, const command_outcome& outcome);
/// Ends the actor, if there is one; what it has asked for may still be done.
void end_recovery(environment_state_data& of);
/// It is told what it watches.
void pass_on(environment_state_data& of, const cluster_report& report);
void pass_on(environment_state_data& of, const logic::route_view& view);

/// What a job for `what` stops, destroys and asks.
void plan_wiping(environment_state_data& of, environment_job& made);
/// Writes the intent of job `id` down; its destruction waits for that.
void record_wiping(environment_state_data& of, std::uint64_t id);
/// Goes on with the destruction, when all of the batch has stopped; true when it is over.
bool emptied(environment_state_data& of, environment_job& job);
/// The job has ended, well or not.
void note_wiped(environment_state_data& of, const environment_job& job, command_outcome& outcome);

/// Reads what an earlier engine has left, before anything else is remembered; and goes on with it.
void read_recovery(environment_state_data& of);
void resume_recovery(environment_state_data& of);
/// Everything is ready: what began anew is known to all.
void settle_recovery(environment_state_data& of);
/// The word to remember for a member; "" = its wish.
std::string recovery_word(const environment_state_data& of, const std::string& member);

} // namespace paws
