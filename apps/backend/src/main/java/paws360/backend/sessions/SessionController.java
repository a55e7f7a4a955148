package paws360.backend.sessions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import paws360.backend.redis.Redis;
import paws360.backend.redis.Reply;
import paws360.backend.web.Refusal;

/**
 * One session for each user, in Redis: `session:<user_id>`, for 24 hours after its last use. A sample: whoever names a user is
 * that user, no endpoint asks for a session, and what it gives is a rate limit of one's own.
 */
@RestController
@RequestMapping("/api/session")
public class SessionController {
  public static final Duration ttl = Duration.ofHours(24);

  public record Begin(@NotNull @Pattern(regexp = "[A-Za-z0-9_@-]{1,64}", message = "1 to 64 of letters, digits, _ @ -") String userId) {}

  public record Session(String userId, Instant createdAt, Instant expiresAt) {}

  record Stored(String number, Instant createdAt) {}

  private final Redis redis;
  private final SessionTokens tokens;
  private final ObjectMapper json;
  private final Clock clock;

  public SessionController(Redis redis, SessionTokens tokens, ObjectMapper json, Clock clock) {
    this.redis = redis;
    this.tokens = tokens;
    this.json = json;
    this.clock = clock;
  }

  @PostMapping
  ResponseEntity<Session> begin(@Valid @RequestBody Begin wanted) throws JsonProcessingException {
    var token = tokens.make(wanted.userId());
    var stored = new Stored(token.number(), clock.instant());
    var text = json.writeValueAsString(stored);
    reached(redis.ask(r -> r.setex(key(token.user()), ttl.toSeconds(), text)));
    return ResponseEntity.status(HttpStatus.CREATED).header(HttpHeaders.SET_COOKIE, cookie(tokens.text(token), ttl))
        .body(session(token, stored));
  }

  @GetMapping
  Session current(HttpServletRequest request) throws JsonProcessingException {
    var token = tokens.of(request).orElseThrow(SessionController::none);
    var found = reached(redis.ask(r -> r.get(key(token.user()))));
    var stored = found == null ? null : json.readValue(found, Stored.class);
    if (stored == null || !stored.number().equals(token.number()))
      throw none();
    redis.ask(r -> r.expire(key(token.user()), ttl.toSeconds()));
    return session(token, stored);
  }

  @DeleteMapping
  ResponseEntity<Void> end(HttpServletRequest request) {
    tokens.of(request).ifPresent(token -> reached(redis.ask(r -> r.del(key(token.user())))));
    return ResponseEntity.noContent().header(HttpHeaders.SET_COOKIE, cookie("", Duration.ZERO)).build();
  }

  private Session session(SessionTokens.Token token, Stored stored) {
    return new Session(token.user(), stored.createdAt(), clock.instant().plus(ttl));
  }

  private static String cookie(String value, Duration age) {
    return ResponseCookie.from(SessionTokens.cookie, value).httpOnly(true).sameSite("Lax").path("/").maxAge(age).build().toString();
  }

  private static <T> T reached(Reply<T> reply) {
    if (!reply.reached())
      throw new Refusal(HttpStatus.SERVICE_UNAVAILABLE, "Sessions are not available now; send the request again.");
    return reply.value();
  }

  private static Refusal none() {
    return new Refusal(HttpStatus.UNAUTHORIZED, "There is no session.");
  }

  private static String key(String user) {
    return "session:" + user;
  }
}
