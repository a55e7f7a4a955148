// What is written where stdout is a terminal: a pseudo-terminal stands in for it.
#include "bin/layout.hpp"
#include "bin/progress.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <pty.h>
#include <string>
#include <unistd.h>

using namespace paws;
using namespace paws::bin;

namespace {

/// Stdout is a terminal of this width until this goes away.
class terminal {
public:
  explicit terminal(unsigned short width) {
    winsize size{24, width, 0, 0};
    REQUIRE(::openpty(&ours_, &theirs_, nullptr, nullptr, &size) == 0);
    std::fflush(stdout);
    before_ = ::dup(STDOUT_FILENO);
    ::dup2(theirs_, STDOUT_FILENO);
    ::fcntl(ours_, F_SETFL, O_NONBLOCK);
  }
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal() {
    std::fflush(stdout);
    ::dup2(before_, STDOUT_FILENO);
    for (const int fd : {before_, ours_, theirs_})
      ::close(fd);
  }
  /// What was written since the last time.
  std::string shown() const {
    std::string out;
    std::array<char, 4096> some{};
    pollfd entry{ours_, POLLIN, 0};
    while (::poll(&entry, 1, out.empty() ? 5000 : 0) == 1) {
      const auto got = ::read(ours_, some.data(), some.size());
      if (got <= 0)
        break;
      out.append(some.data(), static_cast<std::size_t>(got));
    }
    return out;
  }

private:
  int ours_ = -1, theirs_ = -1, before_ = -1;
};

/// A variable of the environment with another value, or none, until this goes away.
class variable {
public:
  variable(const char* name, const char* value) : name_{name} {
    if (const char* before = std::getenv(name))
      before_ = before;
    set(value);
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  ~variable() { set(before_ ? before_->c_str() : nullptr); }

private:
  void set(const char* value) const { value != nullptr ? ::setenv(name_, value, 1) : ::unsetenv(name_); }

  const char* name_;
  std::optional<std::string> before_;
};

} // namespace

TEST_CASE("colour is for terminals that have it, and neither NO_COLOR nor the flag is overheard") {
  const variable xterm{"TERM", "xterm"}, none{"NO_COLOR", nullptr};
  bool as_is = false, unwanted = true, empty = false, dumb = true, always = false, never = true;
  {
    const terminal here{80};
    as_is = wants_color("auto", STDOUT_FILENO);
    never = wants_color("never", STDOUT_FILENO);
    const variable set{"NO_COLOR", "1"};
    unwanted = wants_color("auto", STDOUT_FILENO);
    always = wants_color("always", STDOUT_FILENO);
    const variable unset{"NO_COLOR", ""};
    empty = wants_color("auto", STDOUT_FILENO); // as no-color.org has it: empty is not set
    const variable prints_only{"TERM", "dumb"};
    dumb = wants_color("auto", STDOUT_FILENO);
  }
  CHECK(as_is);
  CHECK_FALSE(never);
  CHECK_FALSE(unwanted);
  CHECK(always);
  CHECK(empty);
  CHECK_FALSE(dumb);
  CHECK_FALSE(wants_color("auto", -1)); // no terminal
}

TEST_CASE("progress draws by itself on terminals that can draw only") {
  auto on_terminal = progress_mode::quiet, on_dumb = progress_mode::quiet;
  {
    const terminal here{80};
    const variable xterm{"TERM", "xterm"};
    on_terminal = choose_progress("auto", false, false);
    const variable prints_only{"TERM", "dumb"};
    on_dumb = choose_progress("auto", false, false);
  }
  CHECK(on_terminal == progress_mode::tty);
  CHECK(on_dumb == progress_mode::plain);
}

TEST_CASE("a bar is drawn within the terminal's width over the one before, and leaves nothing behind") {
  std::string first, second, gone, again;
  std::size_t width = 0;
  {
    const terminal here{60};
    width = terminal_columns();
    progress shown{progress_mode::tty, {false, false, 0}, {"stop", "paws360"}};
    shown.await(std::string(200, 'x'));
    shown.refresh(0);
    first = here.shown();
    shown.refresh(1'000);
    second = here.shown();
    shown.end();
    gone = here.shown();
    shown.end(); // nothing is left to remove
    std::puts("end");
    std::fflush(stdout);
    again = here.shown();
  }
  CHECK(width == 60);
  CHECK(first.starts_with("\r\x1b[K| stopping paws360  0 ms  xxx"));
  CHECK(first.size() == 4 + 59);
  CHECK(second.starts_with("\r\x1b[K/ stopping paws360  1.0 s  xxx"));
  CHECK(gone == "\r\x1b[K");
  CHECK(again == "end\r\n");
}

TEST_CASE("plain progress moves no cursor on a terminal either") {
  std::string said;
  {
    const terminal here{80};
    progress shown{progress_mode::plain, {false, false, 0}, {"pause", "paws360"}};
    shown.refresh(1'000);
    shown.end();
    said = here.shown();
  }
  CHECK(said == "  1.0 s  pausing paws360\r\n");
}
