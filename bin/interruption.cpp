#include "bin/interruption.hpp"

#include <csignal>

namespace paws::bin {

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a signal handler can reach nothing else
volatile std::sig_atomic_t last_signal = 0;

} // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { last_signal = signal; }; // no SA_RESTART: what waits is to notice
  for (const int signal : {SIGINT, SIGTERM})
    ::sigaction(signal, &action, nullptr);
}

int interruption() {
  return last_signal;
}

void forget_interruption() {
  last_signal = 0;
}

} // namespace paws::bin
