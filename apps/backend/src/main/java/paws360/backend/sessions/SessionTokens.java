package paws360.backend.sessions;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import paws360.backend.config.Settings;

/** What a client holds of its session: `<user>.<number>.<signature>` in a cookie. That it is genuine is known without Redis. */
@Component
public class SessionTokens {
  public static final String cookie = "paws_session";
  public static final Pattern valid_user = Pattern.compile("[A-Za-z0-9_@-]{1,64}");

  public record Token(String user, String number) {}

  private static final SecureRandom random = new SecureRandom();
  private final byte[] secret;

  public SessionTokens(Settings settings) {
    if (settings.session_secret().isEmpty())
      LoggerFactory.getLogger(SessionTokens.class).warn("no SESSION_SECRET: sessions end with this process");
    secret = settings.session_secret().map(s -> s.get().getBytes(StandardCharsets.UTF_8)).orElseGet(() -> random_bytes(32));
  }

  public Token make(String user) {
    return new Token(user, Base64.getUrlEncoder().withoutPadding().encodeToString(random_bytes(16)));
  }

  public String text(Token token) {
    var content = token.user() + "." + token.number();
    return content + "." + signature(content);
  }

  public Optional<Token> of(HttpServletRequest request) {
    return Optional.ofNullable(request.getCookies()).stream().flatMap(Arrays::stream)
        .filter(c -> c.getName().equals(cookie)).map(Cookie::getValue).findFirst().flatMap(this::parse);
  }

  Optional<Token> parse(String text) {
    var parts = text.split("\\.", -1);
    if (parts.length != 3 || !valid_user.matcher(parts[0]).matches())
      return Optional.empty();
    var wanted = signature(parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    // The same time for any wrong signature.
    return MessageDigest.isEqual(wanted, parts[2].getBytes(StandardCharsets.UTF_8))
        ? Optional.of(new Token(parts[0], parts[1])) : Optional.empty();
  }

  private String signature(String content) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] random_bytes(int count) {
    var out = new byte[count];
    random.nextBytes(out);
    return out;
  }
}
