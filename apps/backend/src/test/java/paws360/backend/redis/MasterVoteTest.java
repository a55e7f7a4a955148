package paws360.backend.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import paws360.backend.config.Address;

class MasterVoteTest {
  private static final Address a = new Address("a", 6379);
  private static final Address b = new Address("b", 6379);

  @Test
  void most_of_all_sentinels_change_the_master() {
    assertEquals(Optional.of(b), MasterVote.decide(List.of(b, b, a), 3, Optional.of(a)));
    assertEquals(Optional.of(b), MasterVote.decide(List.of(b, b), 3, Optional.of(a)));
  }

  @Test
  void one_that_was_away_changes_nothing() {
    assertEquals(Optional.of(b), MasterVote.decide(List.of(a), 3, Optional.of(b)));
    assertEquals(Optional.of(b), MasterVote.decide(List.of(), 3, Optional.of(b)));
  }

  @Test
  void the_first_answer_is_better_than_none() {
    assertEquals(Optional.of(a), MasterVote.decide(List.of(a), 3, Optional.empty()));
    assertEquals(Optional.empty(), MasterVote.decide(List.of(), 3, Optional.empty()));
  }
}
