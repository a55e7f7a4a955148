package paws360.backend.web;

import org.springframework.http.HttpStatus;

/** A request that is understood and cannot be done; becomes a problem body. */
public class Refusal extends RuntimeException {
  public final HttpStatus status;

  public Refusal(HttpStatus status, String why) {
    super(why);
    this.status = status;
  }

  public static Refusal not_found(String what, long id) {
    return new Refusal(HttpStatus.NOT_FOUND, "There is no " + what + " " + id + ".");
  }

  public static Refusal conflict(String why) {
    return new Refusal(HttpStatus.CONFLICT, why);
  }
}
