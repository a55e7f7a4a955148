// What every runtime with real daemons promises, and what each of them may leave out, with the reason.
#include "tests/contract/contender.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>

using namespace paws;
using contract::ground;
using contract::habit;
using std::chrono::steady_clock;

namespace {

// Until lines that were said are there: nobody tells when.
constexpr std::chrono::seconds patience{20};

// Reviewed: what a runtime may declare unsupported. Anything else that it declares fails the suite.
struct excuse {
  std::string runtime, what, why;
};
const std::vector<excuse> excuses{
    {"process", "memory_limit", "where this machine does not let the engine make control groups"},
    {"process", "cpu_limit", "where this machine does not let the engine make control groups"},
    {"process", "partition", "all members share this machine's network"},
    {"process", "networks", "members have loopback addresses of their own"},
    {"process", "images", "members are this machine's programs"},
    {"podman", "oom_killed", "with control groups of version 1, Podman does not say what its memory limit killed"},
};

bool is_excused(const std::string& runtime, const std::string& what) {
  return std::any_of(excuses.begin(), excuses.end(),
                     [&](const auto& each) { return each.runtime == runtime && each.what == what; });
}

std::map<std::string, std::string> declared(const runtime_capabilities& of) {
  std::map<std::string, std::string> out{
      {"memory_limit", of.memory_limit}, {"cpu_limit", of.cpu_limit}, {"pause", of.pause},
      {"partition", of.partition},       {"networks", of.networks},   {"images", of.images}};
  std::erase_if(out, [](const auto& each) { return each.second.empty(); });
  return out;
}

logic::member_spec says(ground& on, const std::string& name, const std::string& script) {
  auto out = on.of().spec(name, habit::serves);
  out.command = {"/bin/sh", "-c", script};
  return out;
}

constexpr const char* then_serve = "; trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done";

// Asks on from `positions` until `enough` says so of all lines so far; bounded.
template <class Enough>
void read_logs(ground& on, const runtime_actor& runtime, log_positions& positions, std::vector<std::string>& lines,
               Enough enough) {
  const auto until = steady_clock::now() + patience;
  while (!enough(lines) && steady_clock::now() < until) {
    const auto batch = on.ask_of<log_batch>(runtime, logs_atom_v, positions, std::uint32_t{500});
    INFO(on.reason);
    REQUIRE(on.code.empty());
    for (const auto& line : batch.lines)
      lines.push_back(line.text);
    positions = batch.positions;
  }
}

// Where the lines first differ from what was said; "" = nowhere.
std::string difference(const std::vector<std::string>& lines, const std::vector<std::string>& said) {
  const auto [line, wanted] = std::mismatch(lines.begin(), lines.end(), said.begin(), said.end());
  if (line == lines.end() && wanted == said.end())
    return "";
  return "at " + std::to_string(line - lines.begin()) + " of " + std::to_string(lines.size()) + ": " +
         (line == lines.end() ? "the end" : *line) + " instead of " + (wanted == said.end() ? "the end" : *wanted);
}

std::vector<std::string> numbered(int from, int to) {
  std::vector<std::string> out;
  for (int i = from; i <= to; ++i)
    out.push_back("line " + std::to_string(i));
  return out;
}

} // namespace

TEST_CASE("only what is excused may be unsupported") {
  const auto runtime = GENERATE(from_range(contract::real_contenders()));
  ground on{runtime};
  const auto able = on.ask_of<runtime_capabilities>(on.runtime(), capabilities_atom_v);
  CHECK(able.name == runtime);
  for (const auto& [what, why] : declared(able)) {
    INFO(runtime << " declares " << what << " unsupported: " << why);
    CHECK(is_excused(runtime, what));
  }
}

TEST_CASE("files have the member's owner and the mode that was asked for") {
  const auto runtime = GENERATE(from_range(contract::real_contenders()));
  INFO(runtime);
  ground on{runtime};
  auto spec = on.of().spec("a", habit::serves);
  spec.files = {{spec.config_dir + "/secret", "s3cret", 0600, false},
                {spec.config_dir + "/shown", "shown", 0640, false},
                {spec.data_dir + "/seed", "seed", 0600, true}};
  on.uses("a");
  on.create(spec);
  INFO(on.reason);
  REQUIRE(on.code.empty());
  on.start("a");
  const auto id = std::to_string(on.of().owner());
  const auto stat = [&](const std::string& path) { return on.exec("a", {"stat", "-c", "%u %g %a", path}).output; };
  CHECK(stat(spec.config_dir + "/secret") == id + " " + id + " 600\n");
  CHECK(stat(spec.config_dir + "/shown") == id + " " + id + " 640\n");
  CHECK(stat(spec.data_dir) == id + " " + id + " 700\n");
  CHECK(stat(spec.data_dir + "/seed") == id + " " + id + " 600\n");
  CHECK(on.exec("a", {"cat", spec.config_dir + "/secret"}).output == "s3cret");
  // Anew under one that runs: but what the daemon keeps itself stays.
  on.exec("a", {"/bin/sh", "-c", "echo its own > " + spec.data_dir + "/seed"});
  spec.files[0].content = "n3w";
  on.write_files(spec);
  CHECK(on.code.empty());
  CHECK(on.exec("a", {"cat", spec.config_dir + "/secret"}).output == "n3w");
  CHECK(on.exec("a", {"cat", spec.data_dir + "/seed"}).output == "its own\n");
}

TEST_CASE("a command inside ends with its code, reads nothing, and says at most a mebibyte") {
  const auto runtime = GENERATE(from_range(contract::real_contenders()));
  INFO(runtime);
  ground on{runtime};
  on.running("a");
  const auto plain = on.exec("a", {"/bin/sh", "-c", "echo out; echo err >&2; exit 4"});
  CHECK(plain.exit_code == 4);
  CHECK(plain.output.find("out\n") != std::string::npos);
  CHECK(plain.output.find("err\n") != std::string::npos);
  CHECK(on.exec("a", {"cat"}).exit_code == 0);
  const auto much = on.exec("a", {"/bin/sh", "-c", "head -c 3000000 /dev/zero; exit 5"});
  CHECK(much.exit_code == 5);
  CHECK(much.output.size() == 1024 * 1024);
  CHECK_FALSE(on.exec("a", {"/nonexistent/program"}).exit_code == 0);
  on.ask(stop_atom_v, std::string{"a"});
  on.exec("a", {"true"});
  CHECK(on.code == "ERR_RUN_002");
}

TEST_CASE("what a member uses is counted while it runs") {
  const auto runtime = GENERATE(from_range(contract::real_contenders()));
  INFO(runtime);
  ground on{runtime};
  on.running("a");
  const auto used = on.ask_of<container_stats>(on.runtime(), stats_atom_v, std::string{"a"});
  CHECK(on.code.empty());
  CHECK(used.processes > 0);
  CHECK(used.memory_bytes > 0);
  on.ask(stop_atom_v, std::string{"a"});
  CHECK(on.ask_of<container_stats>(on.runtime(), stats_atom_v, std::string{"a"}).processes == 0);
}

TEST_CASE("every line is had once, in order, across starts and engines") {
  const auto runtime = GENERATE(from_range(contract::real_contenders()));
  INFO(runtime);
  ground on{runtime};
  on.uses("a");
  on.create(says(on, "a", "for i in $(seq 1 3000); do echo line $i; done" + std::string{then_serve}));
  INFO(on.reason);
  REQUIRE(on.code.empty());
  on.start("a");
  log_positions positions;
  std::vector<std::string> lines;
  read_logs(on, on.runtime(), positions, lines, [](const auto& so_far) { return so_far.size() >= 700; });
  // Another engine goes on where this one stopped.
  const auto other = on.of().second();
  on.found(other, {on.of().spec("a", habit::serves)});
  read_logs(on, other, positions, lines, [](const auto& so_far) { return so_far.size() >= 3'000; });
  CHECK(difference(lines, numbered(1, 3'000)) == "");
  on.ask(stop_atom_v, std::string{"a"});
  on.start("a");
  read_logs(on, on.runtime(), positions, lines, [](const auto& so_far) { return so_far.size() >= 6'000; });
  auto both = numbered(1, 3'000);
  const auto again = numbered(1, 3'000);
  both.insert(both.end(), again.begin(), again.end());
  CHECK(difference(lines, both) == "");
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  on.self()->wait_for(other);
}

TEST_CASE("both streams are had, each in order, and long lines whole") {
  const auto runtime = GENERATE(from_range(contract::real_contenders()));
  INFO(runtime);
  ground on{runtime};
  on.uses("a");
  on.create(
      says(on, "a",
           "for i in $(seq 1 50); do echo out $i; echo err $i >&2; done; head -c 40000 /dev/zero | tr '\\0' x; echo" +
               std::string{then_serve}));
  on.start("a");
  log_positions positions;
  std::vector<kept_line> lines;
  const auto until = steady_clock::now() + patience;
  while (lines.size() < 101 && steady_clock::now() < until) {
    const auto batch = on.ask_of<log_batch>(on.runtime(), logs_atom_v, positions, std::uint32_t{7});
    lines.insert(lines.end(), batch.lines.begin(), batch.lines.end());
    positions = batch.positions;
  }
  REQUIRE(lines.size() == 101);
  int out = 0, err = 0;
  for (const auto& line : lines) {
    CHECK(line.member == "a");
    CHECK(line.at_us > 0);
    if (line.err)
      CHECK(line.text == "err " + std::to_string(++err));
    else if (line.text.starts_with("x"))
      CHECK(line.text == std::string(40'000, 'x'));
    else
      CHECK(line.text == "out " + std::to_string(++out));
  }
  CHECK(out == 50);
  CHECK(err == 50);
}

TEST_CASE("limits are enforced, or declared not to be") {
  const auto runtime = GENERATE(from_range(contract::real_contenders()));
  INFO(runtime);
  ground on{runtime};
  auto spec = on.of().spec("a", habit::serves);
  spec.limits = {64 * 1024 * 1024, 32 * 1024 * 1024, 0.5};
  on.uses("a");
  const auto made = on.create(spec);
  INFO(on.reason);
  REQUIRE(on.code.empty());
  on.start("a");
  const auto declares = [&](const std::string& what) {
    return std::any_of(made.unsupported.begin(), made.unsupported.end(),
                       [&](const auto& each) { return each.starts_with(what + ":"); });
  };
  const auto inside = [&](const std::string& old_name, const std::string& new_name) {
    return on
        .exec("a",
              {"/bin/sh", "-c", "cat /sys/fs/cgroup/" + new_name + " 2>/dev/null || cat /sys/fs/cgroup/" + old_name})
        .output;
  };
  if (!declares("memory_limit"))
    CHECK(inside("memory/memory.limit_in_bytes", "memory.max") == "67108864\n");
  if (!declares("cpu_limit")) {
    const auto quota = inside("cpu/cpu.cfs_quota_us", "cpu.max");
    CHECK((quota == "50000\n" || quota == "50000 100000\n"));
  }
  const auto used = on.ask_of<container_stats>(on.runtime(), stats_atom_v, std::string{"a"});
  CHECK(used.memory_limit_bytes == spec.limits.memory_bytes);
  CHECK(used.memory_limit_enforced == !declares("memory_limit"));
  CHECK(used.cpu_limit_enforced == !declares("cpu_limit"));
}

TEST_CASE("a member that needs more than its memory ends, and that is told") {
  const auto runtime = GENERATE(from_range(contract::real_contenders()));
  INFO(runtime);
  ground on{runtime};
  if (!on.ask_of<runtime_capabilities>(on.runtime(), capabilities_atom_v).memory_limit.empty())
    return;
  auto spec = says(on, "a", "exec tail /dev/zero");
  spec.limits.memory_bytes = 32 * 1024 * 1024;
  on.uses("a");
  on.create(spec);
  on.start("a");
  const auto ended = on.told("a", container_status::exited);
  CHECK(ended.exit_signal == 9);
  CHECK((ended.oom_killed || is_excused(runtime, "oom_killed")));
}

TEST_CASE("a network that cannot be cut is refused with a reason") {
  ground on{GENERATE(from_range(contract::contenders()))};
  if (on.ask_of<runtime_capabilities>(on.runtime(), capabilities_atom_v).partition.empty())
    return;
  on.running("a");
  on.ask(cut_atom_v, std::string{"a"}, line_list{});
  CHECK(on.code == "ERR_RUN_003");
}
