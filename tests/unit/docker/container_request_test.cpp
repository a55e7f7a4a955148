#include "runtimes/docker/container_request.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::docker;
using nlohmann::json;

namespace {

logic::member_spec patroni() {
  logic::member_spec out;
  out.name = "patroni1";
  out.environment = "shop";
  out.image = "paws360/patroni:bookworm";
  out.command = {"patroni", "/paws/config/patroni.yml"};
  out.variables = {{"PATRONI_NAME", "patroni1"}};
  out.config_dir = "/paws/config";
  out.run_dir = "/paws/run";
  out.data_dir = "/data/member";
  out.stop_grace_ms = 2'500;
  out.limits = {512 * 1024 * 1024, 256 * 1024 * 1024, 0.5};
  out.networks = {{"infra", "172.31.4.21"}, {"bridge", "172.31.5.21"}};
  out.aliases = {"db"};
  out.published = {{5432, 5433}};
  out.mounts = {{"shared", "", "/shared", true}, {"", "/srv/x", "/x", false}};
  out.uid = 2002;
  return out;
}

} // namespace

TEST_CASE("a container may do no more than its member needs") {
  const auto body = container_request(patroni(), {});
  const auto& host = body["HostConfig"];
  CHECK(host["Privileged"] == false);
  CHECK(host["ReadonlyRootfs"] == true);
  CHECK(host["CapDrop"] == json{"ALL"});
  CHECK(host["SecurityOpt"] == json{"no-new-privileges"});
  CHECK(host["RestartPolicy"]["Name"] == "no");
  CHECK(host["PublishAllPorts"] == false);
  CHECK_FALSE(host.contains("CapAdd"));
  CHECK_FALSE(host.contains("Devices"));
  CHECK(body["User"] == "2002:2002");
  CHECK(body["Healthcheck"]["Test"] == json{"NONE"});
  for (const auto* directory : {"/tmp", "/run"}) {
    const auto options = host["Tmpfs"][directory].get<std::string>();
    CHECK(options.find("noexec") != std::string::npos);
    CHECK(options.find("mode=1777") != std::string::npos);
  }
}

TEST_CASE("command, variables and signals come from the member, nothing from the image") {
  const auto body = container_request(patroni(), {});
  CHECK(body["Entrypoint"] == json::array());
  CHECK(body["Cmd"] == json({"patroni", "/paws/config/patroni.yml"}));
  CHECK(body["StopSignal"] == "15");
  CHECK(body["StopTimeout"] == 3); // whole seconds, never less than asked for
  CHECK(body["WorkingDir"] == "/");
  const auto variables = body["Env"].get<std::vector<std::string>>();
  const auto has = [&](const std::string& what) {
    return std::find(variables.begin(), variables.end(), what) != variables.end();
  };
  CHECK(has("PATRONI_NAME=patroni1"));
  CHECK(has("HOME=/data/member"));
  CHECK(has("LANG=C.UTF-8"));
  auto spec = patroni();
  spec.working_directory = "/data/member";
  CHECK(container_request(spec, {})["WorkingDir"] == "/data/member");
}

TEST_CASE("without a command the image says what runs, where, and where its programs are") {
  auto spec = patroni();
  spec.command.clear();
  CHECK_FALSE(refuse_spec(spec));
  const auto body = container_request(spec, {});
  for (const auto* key : {"Entrypoint", "Cmd", "WorkingDir"})
    CHECK_FALSE(body.contains(key));
  for (const auto& each : body["Env"])
    CHECK_FALSE(each.get<std::string>().starts_with("PATH="));
  CHECK(body["User"] == container_request(patroni(), {})["User"]);
}

TEST_CASE("limits are whole: memory without swap, processors, processes") {
  const auto host = container_request(patroni(), {})["HostConfig"];
  CHECK(host["Memory"] == 512 * 1024 * 1024);
  CHECK(host["MemorySwap"] == host["Memory"]);
  CHECK(host["MemoryReservation"] == 256 * 1024 * 1024);
  CHECK(host["NanoCpus"] == 500'000'000);
  CHECK(host["PidsLimit"] > 0);
  auto spec = patroni();
  spec.limits = {};
  const auto none = container_request(spec, {})["HostConfig"];
  CHECK_FALSE(none.contains("Memory"));
  CHECK_FALSE(none.contains("NanoCpus"));
}

TEST_CASE("the first network is the container's own, with its address and names") {
  const auto body = container_request(patroni(), {});
  CHECK(body["HostConfig"]["NetworkMode"] == "shop_infra");
  const auto& place = body["NetworkingConfig"]["EndpointsConfig"]["shop_infra"];
  CHECK(place["IPAMConfig"]["IPv4Address"] == "172.31.4.21");
  CHECK(place["Aliases"] == json({"patroni1", "db"}));
  CHECK(body["NetworkingConfig"]["EndpointsConfig"].size() == 1);
  auto spec = patroni();
  spec.networks.clear();
  CHECK(container_request(spec, {})["HostConfig"]["NetworkMode"] == "none");
}

TEST_CASE("only what is to be published is, and on this machine alone") {
  const auto body = container_request(patroni(), {});
  CHECK(body["HostConfig"]["PortBindings"] == json{{"5433/tcp", {{{"HostIp", "127.0.0.1"}, {"HostPort", "5432"}}}}});
  CHECK(body["ExposedPorts"].size() == 1);
}

TEST_CASE("volumes belong to the environment, sources stay where they are") {
  const auto mounts = container_request(patroni(), {})["HostConfig"]["Mounts"];
  REQUIRE(mounts.size() == 4);
  CHECK(mounts[0] ==
        json{{"Type", "volume"}, {"Source", "shop_patroni1_files"}, {"Target", "/paws"}, {"ReadOnly", false}});
  CHECK(mounts[1]["Source"] == "shop_patroni1_data");
  CHECK(mounts[2]["Source"] == "shop_shared");
  CHECK(mounts[2]["ReadOnly"] == true);
  CHECK(mounts[3] == json{{"Type", "bind"}, {"Source", "/srv/x"}, {"Target", "/x"}, {"ReadOnly", false}});
}

TEST_CASE("Podman gets limits that can be set here, and a log of one file") {
  const auto host = container_request(patroni(), {true, false, 20'000, 4'096})["HostConfig"];
  CHECK(host["Ulimits"] == json({{{"Name", "core"}, {"Soft", 0}, {"Hard", 0}},
                                 {{"Name", "nofile"}, {"Soft", 20'000}, {"Hard", 20'000}},
                                 {{"Name", "nproc"}, {"Soft", 4'096}, {"Hard", 4'096}}}));
  CHECK(host["Init"] == false);
  CHECK_FALSE(host["LogConfig"]["Config"].contains("max-file"));
  CHECK(container_request(patroni(), {})["HostConfig"]["LogConfig"]["Config"].contains("max-file"));
  CHECK(container_request(patroni(), {})["HostConfig"]["Ulimits"] ==
        json::array({{{"Name", "core"}, {"Soft", 0}, {"Hard", 0}}}));
}

TEST_CASE("everything carries the labels by which it is found") {
  CHECK(container_request(patroni(), {})["Labels"] == json{{"io.paws-engine.environment", "shop"},
                                                           {"io.paws-engine.member", "patroni1"},
                                                           {"com.docker.compose.project", "shop"},
                                                           {"com.docker.compose.service", "patroni1"}});
}

TEST_CASE("what has no place in a request is refused") {
  CHECK_FALSE(refuse_spec(patroni()));
  const auto refused = [](auto change) {
    auto spec = patroni();
    change(spec);
    const auto why = refuse_spec(spec);
    return why && why->code == "ERR_RUN_002";
  };
  CHECK(refused([](auto& spec) { spec.name = "../x"; }));
  CHECK(refused([](auto& spec) { spec.environment = "a/b"; }));
  CHECK(refused([](auto& spec) { spec.image = "a?b"; }));
  CHECK(refused([](auto& spec) { spec.uid = 0; }));
  CHECK(refused([](auto& spec) { spec.aliases = {"a b"}; }));
  CHECK(refused([](auto& spec) { spec.networks[0].network = "a/b"; }));
  CHECK(refused([](auto& spec) { spec.mounts[0].volume = "../../etc"; }));
  CHECK(refused([](auto& spec) { spec.mounts[0].target = "relative"; }));
  CHECK(refused([](auto& spec) { spec.mounts[1].source = "/srv/../etc"; }));
  CHECK(refused([](auto& spec) { spec.config_dir = "/etc"; }));
  CHECK(refused([](auto& spec) { spec.files = {{"/etc/passwd", "", 0600, false}}; }));
  CHECK(refused([](auto& spec) { spec.files = {{"/paws/../etc/passwd", "", 0600, false}}; }));
}
