#include "store/certificates.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace paws::store;
using store_test::content_of;
using store_test::failure_of;
using store_test::mode_of;
using store_test::scratch;

namespace {

const wall_time today = std::chrono::system_clock::from_time_t(1'800'000'000);

struct certificate_world {
  scratch dir;
  std::string directory = dir.path("certificates");
  subject_map members{{"etcd1", {{"etcd1", "localhost"}, {"127.36.0.11", "127.0.0.1"}}},
                      {"etcd2", {{"localhost", "etcd2"}, {"127.0.0.1", "127.36.0.12"}}}};

  std::variant<certificate_set, paws::topology::failure> ask(wall_time now = today) const {
    return provide_certificates(directory, "test", members, now);
  }
  certificate_set get(wall_time now = today) const {
    auto out = ask(now);
    INFO(failure_of(out).message);
    REQUIRE(std::holds_alternative<certificate_set>(out));
    return std::get<certificate_set>(out);
  }
  std::string code(wall_time now = today) const { return failure_of(ask(now)).code; }
  std::string file(const std::string& name) const { return directory + "/" + name; }
  identity authority() const { return *identity::parse(content_of(file("authority.pem"))); }
  void put(const std::string& name, const std::string& content) const { dir.write("certificates/" + name, content); }
};

identity of(const paws::logic::member_certificate& from) {
  auto out = identity::parse(from.key + from.certificate);
  REQUIRE(out);
  return *out;
}

} // namespace

TEST_CASE("an authority and a certificate for each member are made once") {
  const certificate_world w;
  const auto made = w.get();
  CHECK(made.authority_file == w.file("ca.crt"));
  CHECK(content_of(made.authority_file) == made.authority);
  REQUIRE(made.members.size() == 2);
  const auto etcd1 = of(made.members.at("etcd1"));
  CHECK(etcd1.common_name() == "etcd1");
  CHECK(etcd1.names() == subject_names{{"etcd1", "localhost"}, {"127.0.0.1", "127.36.0.11"}});
  CHECK_FALSE(etcd1.is_authority());
  CHECK(w.authority().is_authority());
  CHECK(w.authority().refuses(etcd1, today).empty());
  CHECK(etcd1.expires() == today + certificate_life);
  CHECK(w.authority().expires() == today + authority_life);
  CHECK(mode_of(w.directory) == 0700);
  for (const auto* name : {"authority.pem", "ca.crt", "etcd1.pem", "etcd2.pem"})
    CHECK(mode_of(w.file(name)) == 0600);
  const auto again = w.get(today + std::chrono::hours{1});
  CHECK(again.authority == made.authority);
  CHECK(again.members.at("etcd1").key == made.members.at("etcd1").key);
  CHECK(again.members.at("etcd2").certificate == made.members.at("etcd2").certificate);
  const auto read = read_certificates(w.directory, w.members);
  CHECK(read.authority == made.authority);
  CHECK(read.members.at("etcd1").certificate == made.members.at("etcd1").certificate);
}

TEST_CASE("a certificate is made anew with less than 30 days left, the authority with all that it signed") {
  const certificate_world w;
  const auto made = w.get();
  CHECK(w.get(today + certificate_life - 31 * day).members.at("etcd1").key == made.members.at("etcd1").key);
  const auto later = today + certificate_life - 29 * day;
  const auto renewed = w.get(later);
  CHECK(renewed.authority == made.authority);
  CHECK(renewed.members.at("etcd1").key != made.members.at("etcd1").key);
  CHECK(of(renewed.members.at("etcd1")).expires() == later + certificate_life);
  const auto old = w.authority();

  const auto much_later = today + authority_life - 29 * day;
  const auto all_new = w.get(much_later);
  CHECK(all_new.authority != made.authority);
  CHECK(w.authority().expires() == much_later + authority_life);
  CHECK(content_of(w.file("ca.crt")) == all_new.authority);
  // Who trusts the old certificate and who trusts the new one understand each other: the key is the same.
  CHECK(old.refuses(of(all_new.members.at("etcd1")), much_later).empty());
  CHECK(w.authority().refuses(of(all_new.members.at("etcd2")), much_later).empty());
}

TEST_CASE("what has run out long ago is made anew") {
  const certificate_world w;
  const auto made = w.get();
  const auto later = today + certificate_life + 400 * day;
  const auto renewed = w.get(later);
  CHECK(renewed.authority == made.authority);
  CHECK(w.authority().refuses(of(renewed.members.at("etcd1")), later).empty());
  CHECK(w.code(today + authority_life + 400 * day) == "none");
}

TEST_CASE("changed names make a new certificate, a new member one of its own") {
  certificate_world w;
  const auto made = w.get();
  w.members["etcd1"].ip = {"127.36.0.99"};
  w.members["etcd3"] = {{"etcd3"}, {"::1"}};
  const auto next = w.get();
  CHECK(next.members.at("etcd1").certificate != made.members.at("etcd1").certificate);
  CHECK(next.members.at("etcd2").certificate == made.members.at("etcd2").certificate);
  CHECK(of(next.members.at("etcd3")).names() == subject_names{{"etcd3"}, {"::1"}});
}

TEST_CASE("what is wrong is refused with its path, and nothing is touched") {
  const certificate_world w;
  w.get();
  const auto before = content_of(w.file("etcd2.pem"));
  std::string path = w.file("etcd1.pem");
  SECTION("a damaged certificate") {
    auto pem = content_of(path);
    pem[pem.size() / 2] = pem[pem.size() / 2] == 'A' ? 'B' : 'A';
    w.put("etcd1.pem", pem);
  }
  SECTION("an empty file") {
    w.put("etcd1.pem", "");
  }
  SECTION("another member's certificate") {
    w.put("etcd1.pem", before);
  }
  SECTION("a certificate of another authority") {
    const auto other = identity::make_authority("paws-engine test", authority_life, today);
    w.put("etcd1.pem", other->issue("etcd1", w.members.at("etcd1"), certificate_life, today)->pem());
  }
  SECTION("another key") {
    const auto other = w.authority().issue("etcd1", w.members.at("etcd1"), certificate_life, today);
    w.put("etcd1.pem", other->key() + identity::parse(content_of(path))->certificate());
  }
  SECTION("a key that others can read") {
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
  }
  SECTION("a link") {
    std::filesystem::rename(path, w.dir.path("moved"));
    std::filesystem::create_symlink(w.dir.path("moved"), path);
  }
  SECTION("another authority") {
    path = w.file("authority.pem");
    SECTION("of another name") {
      w.put("authority.pem", identity::make_authority("somebody", authority_life, today)->pem());
    }
    SECTION("of the same name") {
      path = w.file("ca.crt");
      w.put("authority.pem", identity::make_authority("paws-engine test", authority_life, today)->pem());
    }
    SECTION("that is none") {
      w.put("authority.pem", before);
    }
    SECTION("that is damaged") {
      w.put("authority.pem", "nothing");
    }
    SECTION("that is gone") {
      REQUIRE(::unlink(path.c_str()) == 0);
    }
  }
  SECTION("another certificate to trust") {
    path = w.file("ca.crt");
    w.put("ca.crt", identity::make_authority("paws-engine test", authority_life, today)->certificate());
  }
  const auto why = failure_of(w.ask());
  CHECK(why.code == "ERR_SEC_003");
  CHECK_THAT(why.message, Catch::Contains(path));
  CHECK_FALSE(why.remedy.empty());
  CHECK(content_of(w.file("etcd2.pem")) == before);
}

TEST_CASE("a certificate from the future is none") {
  const certificate_world w;
  w.get();
  CHECK(w.code(today - 2 * day) == "ERR_SEC_003");
}

TEST_CASE("the certificate to trust is written again when it is missing") {
  const certificate_world w;
  const auto made = w.get();
  REQUIRE(::unlink(w.file("ca.crt").c_str()) == 0);
  CHECK(w.get().authority == made.authority);
  CHECK(content_of(w.file("ca.crt")) == made.authority);
}

TEST_CASE("a directory that cannot be made is a failure") {
  certificate_world w;
  w.dir.write("file", "");
  w.directory = w.dir.path("file") + "/certificates";
  CHECK(w.code() == "ERR_SYS_003");
  w.directory = w.dir.path("file");
  CHECK(w.code() == "ERR_SEC_003");
}
