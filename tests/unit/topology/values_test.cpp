#include "topology/values.hpp"

#include <catch2/catch.hpp>

using namespace paws::topology;
using namespace std::chrono_literals;

TEST_CASE("durations have a unit") {
  CHECK(parse_duration("1ms").value == 1ms);
  CHECK(parse_duration("100ms").value == 100ms);
  CHECK(parse_duration("5s").value == 5s);
  CHECK(parse_duration("2m").value == 2min);
  CHECK(parse_duration("24h").value == 24h);
  CHECK(parse_duration("0s").value == 0ms);
  const auto bad = GENERATE(as<std::string>{}, "", "5", "s", "-5s", "+5s", " 5s", "5s ", "5 s", "1.5s", "5S", "5sec",
                            "1h30m", "1d", "5us", "25h", "86401s", "18446744073709551615ms", "18446744073709551616ms",
                            "99999999999999999999999999h", "nan", "inf", "nans", ".inf", "0x10s", "1e3s", "５s");
  const auto read = parse_duration(bad);
  CAPTURE(bad);
  CHECK_FALSE(read);
  CHECK_FALSE(read.error.empty());
}

TEST_CASE("durations are spelt as a file has them") {
  CHECK(spell(0ms) == "0ms");
  CHECK(spell(1500ms) == "1500ms");
  CHECK(spell(90s) == "90s");
  CHECK(spell(120s) == "2m");
  CHECK(spell(24h) == "24h");
  const auto text = GENERATE(as<std::string>{}, "1ms", "999ms", "1s", "59s", "1m", "1h", "24h");
  CHECK(spell(*parse_duration(text).value) == text);
}

TEST_CASE("sizes are multiples of 1024, as Docker counts") {
  CHECK(parse_size("1B").value == 1U);
  CHECK(parse_size("64KB").value == 65'536U);
  CHECK(parse_size("64KiB").value == 65'536U);
  CHECK(parse_size("512MB").value == 536'870'912U);
  CHECK(parse_size("1GiB").value == 1'073'741'824U);
  CHECK(parse_size("16TB").value == 16ULL << 40);
  const auto bad = GENERATE(as<std::string>{}, "", "512", "MB", "-512MB", "+1MB", "0.5GB", "1.5GB", "512mb", "512M",
                            "512 MB", "17TB", "1PB", "18446744073709551615B", "18446744073709551616B", "16777217TB",
                            "NaNMB", "infGB", "0x1GB", "1e9B");
  CAPTURE(bad);
  CHECK_FALSE(parse_size(bad));
  CHECK_FALSE(parse_size(bad).error.empty());
}

TEST_CASE("processors are plain decimal numbers") {
  CHECK(parse_cpus("0.5").value == 0.5);
  CHECK(parse_cpus("2").value == 2.0);
  CHECK(parse_cpus("0.01").value == 0.01);
  CHECK(parse_cpus("1024").value == 1024.0);
  const auto bad = GENERATE(as<std::string>{}, "", "0", "0.0", "-1", "+1", "1024.1", "nan", ".nan", "NaN", "inf",
                            ".inf", "-.inf", "infinity", "1e2", "0x1", ".5", "5.", "1.2.3", "1,5", " 1", "1 ",
                            "99999999999999999999", "0.0000000000000000001");
  CAPTURE(bad);
  CHECK_FALSE(parse_cpus(bad));
  CHECK_FALSE(parse_cpus(bad).error.empty());
}

TEST_CASE("whole numbers have no sign, no zeros in front and a range") {
  CHECK(parse_whole("0", 0, 5).value == 0U);
  CHECK(parse_whole("65535", 1, 65535).value == 65535U);
  CHECK(parse_whole("9223372036854775807", 0, UINT64_MAX).value == 9'223'372'036'854'775'807U);
  const auto bad = GENERATE(as<std::string>{}, "", "0", "70000", "-1", "+1", "01", "0x50", "1e3", "1.0", "80 ", "８０",
                            "99999999999999999999", "true", "0o17");
  CAPTURE(bad);
  CHECK_FALSE(parse_whole(bad, 1, 65535));
}

TEST_CASE("a subnet is loopback, aligned, has room, and leaves 127.0.0 alone") {
  const auto good = parse_subnet("127.36.0.0/24").value;
  REQUIRE(good);
  CHECK(to_dotted(good->base) == "127.36.0.0");
  CHECK(good->size() == 256);
  CHECK(good->contains(good->base + 255));
  CHECK_FALSE(good->contains(good->base + 256));
  CHECK_FALSE(good->contains(good->base - 1));
  CHECK(parse_subnet("127.0.1.0/24"));
  CHECK(parse_subnet("127.128.0.0/9"));
  CHECK(parse_subnet("127.255.255.252/30"));
  const auto bad = GENERATE(as<std::string>{}, "", "127.36.0.0", "127.36.0.0/", "/24", "127.36.0/24", "127.36.0.0.0/24",
                            "127.36.0.1/24", "127.36.0.0/33", "127.36.0.0/31", "127.36.0.0/32", "127.0.0.0/8",
                            "127.0.0.0/24", "127.0.0.0/25", "127.0.0.0/16", "127.0.0.64/26", "10.0.0.0/24",
                            "126.0.0.0/7", "0.0.0.0/0", "128.0.0.0/24", "127.256.0.0/24", "127.036.0.0/24",
                            "127.36.0.0/24 ", "127.-1.0.0/24", "::1/128", "127.36.0.0/24/24", "127.36.0.x/24");
  CAPTURE(bad);
  CHECK_FALSE(parse_subnet(bad));
  CHECK_FALSE(parse_subnet(bad).error.empty());
}

TEST_CASE("names cannot escape a path, a shell, a label or a reader's eye") {
  const auto bad = GENERATE(as<std::string>{}, "", ".", "..", "../x", "a/b", "/etc", "a b", "$(x)", "`x`", "a;b", "a|b",
                            "a&b", "a>b", "a\nb", "a'b", "a\"b", "a\\b", "-rf", "1a", "A", "aB", "a_b", "a.b", "a:b",
                            "a*", "~", "${x}", "%2e%2e",
                            "\xD0\xB0"
                            "etcd" /* Cyrillic a */,
                            "etc\xE2\x80\x8B"
                            "d" /* zero width space */,
                            "\xEF\xBD\x85tcd" /* full width e */, "caf\xC3\xA9",
                            "a\xE2\x80\xAE"
                            "b" /* right to left */);
  CAPTURE(bad);
  CHECK_FALSE(check_name(bad).empty());
  CHECK_FALSE(check_secret_name(bad == "A" ? "a" : bad).empty());
  if (bad != "A" && bad != "aB" && bad != "a_b")
    CHECK_FALSE(check_variable(bad).empty());
}

TEST_CASE("names have a longest") {
  CHECK(check_name("a").empty());
  CHECK(check_name("redis-sentinel1").empty());
  CHECK(check_name(std::string(31, 'a')).empty());
  CHECK_FALSE(check_name(std::string(32, 'a')).empty());
  CHECK(check_variable("_a1B").empty());
  CHECK(check_variable(std::string(63, 'A')).empty());
  CHECK_FALSE(check_variable(std::string(64, 'A')).empty());
  CHECK(check_secret_name("POSTGRES_PASSWORD").empty());
  CHECK_FALSE(check_secret_name("_A").empty());
  CHECK(check_identifier("paws360").empty());
  CHECK_FALSE(check_identifier("paws-360").empty());
  CHECK_FALSE(check_identifier("a\"; drop table x").empty());
  CHECK_FALSE(check_identifier(std::string(64, 'a')).empty());
  CHECK(check_word("orders.cache_1-a").empty());
  CHECK_FALSE(check_word("two words").empty());
  CHECK_FALSE(check_word("-x").empty());
  CHECK(check_image("registry.local:5000/paws360/etcd:bookworm").empty());
  CHECK(check_image("Registry.example/etcd@sha256:" + std::string(64, 'a')).empty());
  CHECK(check_image("redis:7").empty());
  CHECK(check_image("localhost/a__b/c-d.e").empty());
  for (const auto* hostile :
       {"a b",       "",    "/",  "a/",    "/a",       "a//b",      "a/../b", "../a", "a:",    ":b",
        "a@sha256:", "a@b", "-a", "a:b:c", "a:b/../c", "a:99999/b", "a?x=1",  "a#b",  "a%2fb", "a\nb"}) {
    CAPTURE(hostile);
    CHECK_FALSE(check_image(hostile).empty());
  }
  CHECK_FALSE(check_image(std::string(256, 'a')).empty());
  CHECK_FALSE(check_image("--privileged").empty());
}

TEST_CASE("a mount's target hides nothing that a container needs") {
  for (const auto* fine : {"/x", "/x/", "/opt/app/conf.d", "/etc/app", "/var/lib/x", "/database", "/pawsx", "/..x"}) {
    CAPTURE(fine);
    CHECK(check_container_path(fine).empty());
  }
  for (const auto* taken : {"",         "x",       "/",       "//x",          "/x//y",      "/x/../y",
                            "/./x",     "/..",     "/paws",   "/paws/config", "/data",      "/data/member/x",
                            "/proc",    "/proc/1", "/sys/fs", "/dev/null",    "/tmp",       "/run/x",
                            "/var/run", "/var",    "/etc",    "/etc/passwd",  "/etc/hosts", "/a:b",
                            "/a\tb"}) {
    CAPTURE(taken);
    CHECK_FALSE(check_container_path(taken).empty());
  }
}

TEST_CASE("a path stays inside of its root") {
  CHECK(check_inner_path(".local/secrets.env").empty());
  CHECK(check_inner_path("a/..b/...").empty());
  const auto bad =
      GENERATE(as<std::string>{}, "", "/etc/passwd", "..", "../x", "a/../../b", "a/..", "./..", "a\nb", "\x1b[2J");
  CAPTURE(bad);
  CHECK_FALSE(check_inner_path(bad).empty());
}

TEST_CASE("texts hold no control characters") {
  CHECK(check_text("plain, ünïcode, 日本").empty());
  CHECK(check_text("two\nlines\tand a tab", true).empty());
  CHECK_FALSE(check_text("two\nlines").empty());
  CHECK_FALSE(check_text("\x7f").empty());
  CHECK_FALSE(check_text("\xC2\x9B"
                         "31m",
                         true)
                  .empty()); // CSI as one character
  CHECK_FALSE(check_text("carriage\rreturn", true).empty());
  CHECK(check_text(std::string(4096, 'x')).empty());
  CHECK_FALSE(check_text(std::string(4097, 'x')).empty());
  CHECK(check_url_path("/health?a=b&c=%20").empty());
  CHECK_FALSE(check_url_path("health").empty());
  CHECK_FALSE(check_url_path("/a b").empty());
  CHECK_FALSE(check_url_path("/\r\nHost: x").empty());
  CHECK_FALSE(check_url_path("/\xC3\xA9").empty());
}
