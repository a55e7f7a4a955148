#include "bin/runtime_choice.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::bin;

namespace {

using list = std::vector<std::string>;

struct machine {
  std::vector<runtime_offer> offers;
  list prefer{"docker", "podman", "process"};
  kept_runtime kept;

  machine() {
    for (const auto* name : {"docker", "podman"}) {
      docker::engine engine;
      engine.name = name;
      engine.version = "1.2";
      offers.push_back({name, std::string{name} + " 1.2", "", false, engine});
    }
    offers.push_back({"process", "processes of this machine", "", false, std::nullopt});
  }
  void lacks(std::size_t at, bool unreachable = false) {
    offers[at].why_not = "no " + offers[at].name + " was found";
    offers[at].unreachable = unreachable;
  }
  auto chosen(const std::string& wanted = "auto") const { return choose_runtime(wanted, prefer, kept, offers); }
  std::string name(const std::string& wanted = "auto") const {
    const auto out = chosen(wanted);
    const auto* choice = std::get_if<runtime_choice>(&out);
    return choice == nullptr ? std::get<topology::failure>(out).code : choice->name;
  }
};

} // namespace

TEST_CASE_METHOD(machine,
                 "auto takes the first of the topology's order that can be used, and says why not the others") {
  CHECK(name() == "docker");
  CHECK(name("") == "docker");
  lacks(0);
  CHECK(name() == "podman");
  const auto out = std::get<runtime_choice>(chosen());
  CHECK(out.passed_over == list{"docker: no docker was found"});
  CHECK(out.engine->name == "podman");
  CHECK(sentence_of(out) == "runtime podman (podman 1.2): first of runtime.prefer that can be used here; not docker: "
                            "no docker was found");
  lacks(1);
  CHECK(name() == "process");
  CHECK_FALSE(std::get<runtime_choice>(chosen()).engine);
  prefer = {"process", "docker"};
  CHECK(name() == "process");
  CHECK(std::get<runtime_choice>(chosen()).passed_over.empty());
}

TEST_CASE_METHOD(machine, "when nothing of the order can be used, each reason is told") {
  prefer = {"docker", "podman"};
  lacks(0);
  lacks(1);
  const auto why = std::get<topology::failure>(chosen());
  CHECK(why.code == "ERR_RUN_001");
  CHECK(why.message.find("docker: no docker was found; podman: no podman was found") != std::string::npos);
  CHECK(why.remedy.find("--runtime") != std::string::npos);
}

TEST_CASE_METHOD(machine, "a runtime that was named is taken whatever the order, or refused for what it lacks") {
  prefer = {"process"};
  CHECK(name("docker") == "docker");
  CHECK(std::get<runtime_choice>(chosen("docker")).why == "named by --runtime");
  lacks(0);
  CHECK(name("docker") == "ERR_RUN_001");
  lacks(0, true);
  CHECK(name("docker") == "ERR_RUN_004");
  CHECK(name("process") == "process");
  CHECK(name("lxc") == "ERR_CLI_001");
}

TEST_CASE_METHOD(machine, "members that exist keep their runtime") {
  kept = {"podman", true};
  CHECK(name() == "podman");
  CHECK(name("podman") == "podman");
  for (const auto* other : {"docker", "process"}) {
    const auto why = std::get<topology::failure>(chosen(other));
    CHECK(why.code == "ERR_RUN_005");
    CHECK(why.remedy.find("ctl down") != std::string::npos);
  }
  lacks(1, true);
  for (const auto* wanted : {"auto", "podman"}) {
    const auto why = std::get<topology::failure>(chosen(wanted));
    CHECK(why.code == "ERR_RUN_004");
    CHECK(why.message.starts_with("runtime unreachable"));
    CHECK(topology::find_error(why.code).exits_with == topology::exit_code::network);
  }
}

TEST_CASE_METHOD(machine, "an environment that was taken down goes on where its data is, unless told otherwise") {
  kept = {"process", false};
  CHECK(name() == "process");
  CHECK(std::get<runtime_choice>(chosen()).why == "it ran there before");
  CHECK(name("docker") == "docker");
  kept = {"podman", false};
  lacks(1);
  CHECK(name() == "docker");
  prefer = {"docker"};
  kept = {"process", false};
  CHECK(name() == "docker"); // the topology does not want it any more
}
