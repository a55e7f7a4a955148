#include "logic/rotation_run.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace paws::logic;
using namespace std::chrono_literals;
using stage = rotation_stage;

namespace {

rotation_step step(stage when, std::string where, std::size_t tries = 1, std::string lane = "") {
  rotation_step out;
  out.stage = when;
  out.where = std::move(where);
  out.lane = std::move(lane);
  out.secrets = "A";
  out.text = "done";
  out.tries.resize(tries);
  return out;
}

constexpr std::array all_stages{stage::settle,  stage::link,   stage::add,    stage::publish,
                                stage::change,  stage::renew,  stage::files,  stage::reload,
                                stage::restart, stage::verify, stage::retire, stage::prove};

const steady_time begin{1h};

} // namespace

TEST_CASE("the stages of a rotation come one after another, whatever order they are given in") {
  std::mt19937 random{GENERATE(range(0U, 40U))};
  std::vector<rotation_step> steps;
  for (const auto each : all_stages)
    for (const auto* where : {"one", "two", "three"})
      steps.push_back(step(each, where));
  std::shuffle(steps.begin(), steps.end(), random);
  rotation_run run{steps, 90s, begin};
  auto now = begin;
  auto reached = stage::add;
  std::size_t done = 0;
  while (!run.over()) {
    auto due = run.due(now);
    REQUIRE_FALSE(due.empty());
    CHECK(due.size() == 3); // members beside each other
    std::shuffle(due.begin(), due.end(), random);
    for (const auto& each : due) {
      CHECK(run.step(each.step).stage >= reached);
      reached = run.step(each.step).stage;
      CHECK(run.due(now).empty());
      run.done(each.step, now);
      ++done;
    }
    now += 1ms;
  }
  CHECK(done == steps.size());
}

TEST_CASE("steps of one lane come one after the other in their order") {
  rotation_run run{{step(stage::restart, "b", 0, "services"), step(stage::restart, "a", 0, "services"),
                    step(stage::restart, "c", 0, "services"), step(stage::restart, "d")},
                   90s,
                   begin};
  auto due = run.due(begin);
  REQUIRE(due.size() == 2);
  CHECK(run.step(due[0].step).where == "b");
  CHECK(run.step(due[1].step).where == "d");
  run.done(due[0].step, begin);
  due = run.due(begin);
  REQUIRE(due.size() == 1);
  CHECK(run.step(due[0].step).where == "a");
}

TEST_CASE("a question is tried with each credential, then again a little later") {
  const auto tries = GENERATE(1U, 2U, 3U, 6U);
  rotation_run run{{step(stage::add, "one", tries)}, 90s, begin};
  auto now = begin;
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < tries; ++i) {
      const auto due = run.due(now);
      REQUIRE(due.size() == 1);
      CHECK(due[0].attempt == i);
      run.failed(due[0].step, "refused", now);
    }
    CHECK(run.due(now).empty());
    CHECK(run.wake_at(now) == now + rotation_retry);
    now += rotation_retry;
  }
  run.done(run.due(now).at(0).step, now);
  CHECK(run.over());
}

TEST_CASE("what has stood still for too long is named with its step, member, reason and remedy") {
  const auto when = GENERATE(stage::add, stage::change, stage::files, stage::reload, stage::retire);
  rotation_run run{{step(when, "redis2")}, 90s, begin};
  run.failed(run.due(begin).at(0).step, "connection refused", begin);
  CHECK_FALSE(run.stands_still(begin + 89s));
  const auto why = run.stands_still(begin + 90s);
  REQUIRE(why);
  CHECK(why->code == "ERR_SEC_007");
  CHECK(why->message.find(std::string{to_string(when)}) != std::string::npos);
  CHECK(why->message.find("redis2") != std::string::npos);
  CHECK(why->message.find("connection refused") != std::string::npos);
  CHECK(why->remedy.find("secrets rotate") != std::string::npos);
  rotation_run patient{{step(when, "redis2")}, 0ms, begin};
  CHECK_FALSE(patient.stands_still(begin + 24h));
}

TEST_CASE("progress anywhere is progress") {
  rotation_run run{{step(stage::add, "one"), step(stage::add, "two")}, 90s, begin};
  const auto due = run.due(begin);
  run.done(due.at(0).step, begin + 80s);
  CHECK_FALSE(run.stands_still(begin + 169s));
  CHECK(run.stands_still(begin + 170s));
}

TEST_CASE("a service may take longer to be ready than anything may stand still") {
  auto slow = step(stage::restart, "backend");
  slow.work = rotation_work::restart;
  rotation_run run{{slow}, 90s, begin};
  CHECK(run.due(begin).size() == 1);
  CHECK_FALSE(run.stands_still(begin + 1h));
}

TEST_CASE("a new value that a member has forgotten is added again") {
  auto publish = step(stage::publish, "");
  publish.work = rotation_work::publish;
  auto restart = step(stage::restart, "backend");
  restart.work = rotation_work::restart;
  rotation_run run{{step(stage::add, "one"), step(stage::verify, "one"), publish, restart}, 90s, begin};
  auto now = begin;
  for (int i = 0; i < 3; ++i)
    run.done(run.due(now).at(0).step, now);
  std::multiset<stage> again;
  const auto until = now + 11s;
  while (now < until) {
    for (const auto& each : run.due(now)) {
      again.insert(run.step(each.step).stage);
      run.step(each.step).stage == stage::verify ? run.failed(each.step, "refused", now) : run.done(each.step, now);
    }
    now += 100ms;
  }
  CHECK(again.count(stage::add) == 1);
  CHECK(again.count(stage::publish) == 0); // the file is right
  CHECK(again.count(stage::restart) == 0);
  CHECK(again.count(stage::verify) > 10);
  CHECK(run.stands_still(begin + 91s)); // going round in circles is no progress
}

TEST_CASE("answers that come twice or late change nothing") {
  rotation_run run{{step(stage::add, "one", 2), step(stage::verify, "one")}, 90s, begin};
  run.done(0, begin);
  run.failed(0, "nobody asked", begin);
  CHECK(run.due(begin).at(0).attempt == 0);
  run.done(0, begin);
  run.failed(0, "too late", begin);
  run.done(0, begin);
  CHECK(run.due(begin).at(0).step == 1);
  run.done(1, begin);
  CHECK(run.over());
}

TEST_CASE("with random failures every rotation ends, each step after all of the stages before") {
  std::mt19937 random{GENERATE(range(0U, 100U))};
  std::vector<rotation_step> steps;
  for (const auto each : all_stages)
    for (int i = 0; i < static_cast<int>(random() % 4); ++i)
      steps.push_back(step(each, "m" + std::to_string(random() % 3), 1 + random() % 3));
  rotation_run run{steps, 0ms, begin};
  auto now = begin;
  std::set<std::size_t> under_way;
  int turns = 0;
  while (!run.over() && ++turns < 100'000) {
    for (const auto& each : run.due(now))
      CHECK(under_way.insert(each.step).second);
    if (under_way.empty() || random() % 3 == 0) {
      now = run.wake_at(now);
      continue;
    }
    const auto at = std::next(under_way.begin(), static_cast<std::ptrdiff_t>(random() % under_way.size()));
    const auto chosen = *at;
    under_way.erase(at);
    random() % 2 == 0 ? run.done(chosen, now) : run.failed(chosen, "no", now);
  }
  CHECK(run.over());
}

TEST_CASE("an HTTP answer is a success with 2xx only, others with any answer that is no error") {
  ask question;
  answer got;
  CHECK_FALSE(succeeded(question, got));
  CHECK(why_not(question, got) == "no answer");
  got.ok = true;
  for (const int status : {200, 202, 204})
    CHECK((got.status = status, succeeded(question, got)));
  for (const int status : {0, 100, 301, 401, 503})
    CHECK_FALSE((got.status = status, succeeded(question, got)));
  CHECK(why_not(question, got) == "it answers HTTP 503");
  question.channel = channel::redis;
  CHECK(succeeded(question, got));
}
