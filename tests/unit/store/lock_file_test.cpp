#include "store/lock_file.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

using namespace paws::store;
using store_test::failure_of;
using store_test::scratch;

namespace {

// A process that holds the lock until it is told to end, by closing a pipe or by being killed.
class holder {
public:
  explicit holder(const std::string& path) {
    int ready[2];
    int end[2];
    REQUIRE(::pipe(ready) == 0);
    REQUIRE(::pipe(end) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(end[1]);
      {
        const auto lock = lock_file::acquire(path);
        char c = std::holds_alternative<lock_file>(lock) ? '1' : '0';
        if (::write(ready[1], &c, 1) != 1 || ::read(end[0], &c, 1) != 0)
          ::_exit(1);
      }
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(end[0]);
    end_ = end[1];
    char c = '?';
    REQUIRE(::read(ready[0], &c, 1) == 1);
    ::close(ready[0]);
    got_it = c == '1';
  }
  ~holder() { finish(0); }

  void finish(int signal) {
    if (pid_ <= 0)
      return;
    if (signal != 0)
      ::kill(pid_, signal);
    ::close(end_);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  pid_t pid() const { return pid_; }
  bool got_it = false;

private:
  pid_t pid_ = -1;
  int end_ = -1;
};

} // namespace

TEST_CASE("a second process is told who holds the lock") {
  const scratch dir;
  const auto path = dir.path("env/engine.lock");
  holder first{path};
  REQUIRE(first.got_it);
  const auto why = failure_of(lock_file::acquire(path));
  CHECK(why.code == "ERR_ENG_001");
  CHECK(why.message.find("pid " + std::to_string(first.pid())) != std::string::npos);
  CHECK(lock_holder(path) == first.pid());
  CHECK_FALSE(holder{path}.got_it);
}

TEST_CASE("a lock goes with its holder, however that ends") {
  const scratch dir;
  const auto path = dir.path("engine.lock");
  const auto signal = GENERATE(0, SIGKILL);
  holder first{path};
  REQUIRE(first.got_it);
  first.finish(signal);
  CHECK(lock_holder(path) == 0);
  CHECK(std::holds_alternative<lock_file>(lock_file::acquire(path)));
}

TEST_CASE("looking for the holder hinders nobody") {
  const scratch dir;
  const auto path = dir.path("engine.lock");
  CHECK(lock_holder(path) == 0);
  CHECK_FALSE(std::filesystem::exists(path));
  {
    const auto mine = lock_file::acquire(path);
    REQUIRE(std::holds_alternative<lock_file>(mine));
    CHECK(lock_holder(path) == ::getpid());
  }
  CHECK(lock_holder(path) == 0);
}

TEST_CASE("the pid is that of the process that serves, not of the one that went away") {
  const scratch dir;
  const auto path = dir.path("engine.lock");
  std::optional<lock_file> mine{std::get<lock_file>(lock_file::acquire(path))};
  int ready[2];
  int end[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(end) == 0);
  const auto child = ::fork();
  if (child == 0) {
    ::close(end[1]);
    char c = mine->write_pid() ? '0' : '1';
    if (::write(ready[1], &c, 1) != 1 || ::read(end[0], &c, 1) != 0)
      ::_exit(1);
    ::_exit(0);
  }
  char c = '?';
  REQUIRE(::read(ready[0], &c, 1) == 1);
  REQUIRE(c == '1');
  mine.reset(); // the parent lets go; the child's descriptor still holds the lock
  CHECK(lock_holder(path) == child);
  ::close(end[1]);
  ::waitpid(child, nullptr, 0);
  CHECK(lock_holder(path) == 0);
  for (const int fd : {ready[0], ready[1], end[0]})
    ::close(fd);
}

TEST_CASE("a lock file that holds rubbish locks all the same") {
  const scratch dir;
  const auto path = dir.write("engine.lock", std::string(100'000, 'x'));
  const auto mine = lock_file::acquire(path);
  REQUIRE(std::holds_alternative<lock_file>(mine));
  CHECK(store_test::content_of(path) == std::to_string(::getpid()) + "\n");
}

TEST_CASE("a lock that cannot be made is a failure that says where") {
  const scratch dir;
  dir.write("file", "");
  CHECK(failure_of(lock_file::acquire(dir.path("file/engine.lock"))).code == "ERR_SYS_003");
  CHECK(failure_of(lock_file::acquire("/proc/paws/engine.lock")).code == "ERR_SYS_003");
  REQUIRE(::symlink(dir.path("elsewhere").c_str(), dir.path("link.lock").c_str()) == 0);
  CHECK(failure_of(lock_file::acquire(dir.path("link.lock"))).code == "ERR_SYS_003");
  CHECK_FALSE(std::filesystem::exists(dir.path("elsewhere")));
}
