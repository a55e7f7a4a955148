package paws360.backend.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import paws360.backend.config.Settings;
import paws360.backend.config.Variables;

class SessionTokensTest {
  private static SessionTokens with(String secret) {
    return new SessionTokens(Settings.from(new Variables(Map.of("SESSION_SECRET", secret))));
  }

  @Test
  void a_token_of_the_same_secret_is_genuine_in_every_process() {
    var token = with("secret").make("ada");
    assertEquals(Optional.of(token), with("secret").parse(with("secret").text(token)));
  }

  @Test
  void anything_else_is_not() {
    var tokens = with("secret");
    var text = tokens.text(tokens.make("ada"));
    for (var forged : List.of("", "a.b", text + "x", text.replaceFirst("ada", "eve"), "a b." + text, with("other").text(tokens.make("ada"))))
      assertTrue(tokens.parse(forged).isEmpty(), forged);
  }
}
