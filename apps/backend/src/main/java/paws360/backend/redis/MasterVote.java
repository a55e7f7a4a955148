package paws360.backend.redis;

import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import paws360.backend.config.Address;

/**
 * Who is master, from what the Sentinels answer. A Sentinel that was away goes on naming the old master for a while, so a
 * change needs most of all that there are; only while none is known does fewer do.
 */
final class MasterVote {
  private MasterVote() {}

  static Optional<Address> decide(Collection<Address> answers, int sentinels, Optional<Address> known) {
    var first = answers.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting())).entrySet().stream()
        .max(java.util.Map.Entry.comparingByValue());
    if (first.isEmpty() || (known.isPresent() && first.get().getValue() * 2 <= sentinels))
      return known;
    return Optional.of(first.get().getKey());
  }
}
