// Ctrl-C and SIGTERM, for verbs that end in an order of their own.
#pragma once

namespace paws::bin {

/// From here on SIGINT and SIGTERM end nothing by themselves: they interrupt what waits, and are remembered.
void watch_signals();

/// The number of the last signal that came since watch_signals or forget_interruption; 0: none.
int interruption();

/// The next signal counts anew.
void forget_interruption();

/// Whether a signal came. To be handed to what waits.
inline bool is_interrupted() {
  return interruption() != 0;
}

} // namespace paws::bin
