package paws360.backend.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import paws360.backend.redis.RateLimit;
import paws360.backend.sessions.SessionTokens;

/** Counts requests to the API by who sends them: the session's user, else the address. */
@Configuration(proxyBeanMethods = false)
public class RateLimitInterceptor implements HandlerInterceptor, WebMvcConfigurer {
  private final RateLimit limit;
  private final SessionTokens tokens;

  public RateLimitInterceptor(RateLimit limit, SessionTokens tokens) {
    this.limit = limit;
    this.tokens = tokens;
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(this).addPathPatterns("/api/**");
  }

  @Override
  public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
    var user = tokens.of(request).map(SessionTokens.Token::user).orElse("address-" + request.getRemoteAddr());
    var verdict = limit.admit(user);
    if (verdict.limit() > 0) {
      response.setHeader("X-RateLimit-Limit", Integer.toString(verdict.limit()));
      response.setHeader("X-RateLimit-Remaining", Long.toString(verdict.remaining()));
    }
    if (verdict.admitted())
      return true;
    // The oldest minute leaves the window within the next one.
    response.setHeader("Retry-After", "60");
    throw new Refusal(HttpStatus.TOO_MANY_REQUESTS, "More than " + verdict.limit() + " requests within an hour.");
  }
}
