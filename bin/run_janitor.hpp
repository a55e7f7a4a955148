// Somebody who takes a run's environment down when the run itself cannot any more: it was killed, and nothing can be
// done about that from within.
#pragma once

#include "store/durable_file.hpp"

#include <functional>
#include <sys/types.h>

namespace paws::bin {

class janitor {
public:
  /// From now on a process of its own waits for our end. When it comes before `dismiss`, it ends the program that
  /// `watch` named last, and calls `take_down`. Call it while there is one thread.
  explicit janitor(const std::function<void()>& take_down);
  janitor(const janitor&) = delete;
  janitor& operator=(const janitor&) = delete;
  ~janitor();

  /// The process group of what runs now.
  void watch(pid_t group) const;
  /// There is nothing left to do for it.
  void dismiss();
  pid_t pid() const { return pid_; }

private:
  store::descriptor line_; // closed by the kernel when we end, however that is
  pid_t pid_ = -1;
};

} // namespace paws::bin
