package paws360.backend.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.ConstraintViolationException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.postgresql.util.PSQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedRuntimeException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.TransactionException;
import org.springframework.validation.FieldError;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import paws360.backend.db.SqlFailure;
import paws360.backend.log.Trace;

/** Every failure as a problem body (RFC 9457), with the trace id; `errors` names fields. */
@RestControllerAdvice
public class Problems extends ResponseEntityExceptionHandler {
  public record FieldProblem(String field, String message) {}

  static final String retry_after_s = "1";
  private static final Logger log = LoggerFactory.getLogger(Problems.class);
  private static final Map<String, String> conflicts = new TreeMap<>(Map.of(
      "students_email_key", "A student with this email exists.",
      "courses_code_key", "A course with this code exists.",
      "enrolments_once", "The student is enrolled in this course already."));

  @ExceptionHandler
  ResponseEntity<Object> refused(Refusal refusal) {
    return problem(refusal.status, refusal.getMessage());
  }

  @ExceptionHandler
  ResponseEntity<Object> invalid(ConstraintViolationException failure) {
    var body = body(HttpStatus.BAD_REQUEST, "The request is not valid.");
    body.setProperty("errors", failure.getConstraintViolations().stream()
        .map(v -> new FieldProblem(v.getPropertyPath().toString(), v.getMessage())).toList());
    return answer(body);
  }

  @ExceptionHandler({DataAccessException.class, TransactionException.class})
  ResponseEntity<Object> database(NestedRuntimeException failure, HttpServletRequest request) {
    if (failure instanceof DataIntegrityViolationException violation)
      return integrity(violation);
    if (SqlFailure.of(failure) == SqlFailure.permanent)
      return unexpected(failure, request);
    // That there is no leader at all, LeaderConnector says once.
    (failure.contains(SQLTransientConnectionException.class) ? log.atDebug() : log.atWarn())
        .log("database: {}", root(failure).getMessage());
    var out = body(HttpStatus.SERVICE_UNAVAILABLE, "The database does not answer now; send the request again.");
    return ResponseEntity.status(out.getStatus()).header(HttpHeaders.RETRY_AFTER, retry_after_s).body(out);
  }

  @ExceptionHandler
  ResponseEntity<Object> unexpected(Exception failure, HttpServletRequest request) {
    log.error("{} {} failed", request.getMethod(), request.getRequestURI(), failure);
    return problem(HttpStatus.INTERNAL_SERVER_ERROR, "Something went wrong here.");
  }

  private ResponseEntity<Object> integrity(DataIntegrityViolationException violation) {
    var server = root(violation) instanceof PSQLException sql ? sql.getServerErrorMessage() : null;
    var state = server == null ? "" : server.getSQLState();
    var constraint = server == null ? null : server.getConstraint();
    return switch (state) {
      case "23505" -> problem(HttpStatus.CONFLICT, conflicts.getOrDefault(constraint, "This exists already."));
      case "23503" -> problem(HttpStatus.CONFLICT, constraint != null && constraint.startsWith("enrolments_")
          ? "Enrolments refer to it, or it refers to something that does not exist." : "It refers to something that does not exist.");
      default -> problem(HttpStatus.BAD_REQUEST, "The database refuses these values.");
    };
  }

  @Override
  protected ResponseEntity<Object> handleMethodArgumentNotValid(MethodArgumentNotValidException failure, HttpHeaders headers,
                                                                HttpStatusCode status, WebRequest request) {
    return fields(failure.getBindingResult().getFieldErrors().stream()
        .map(e -> new FieldProblem(snake(e.getField()), e.getDefaultMessage())).toList());
  }

  @Override
  protected ResponseEntity<Object> handleHandlerMethodValidationException(HandlerMethodValidationException failure,
                                                                          HttpHeaders headers, HttpStatusCode status,
                                                                          WebRequest request) {
    return fields(failure.getParameterValidationResults().stream().flatMap(result -> result.getResolvableErrors().stream()
        .map(e -> new FieldProblem(e instanceof FieldError field ? snake(field.getField())
            : snake(result.getMethodParameter().getParameterName()), e.getDefaultMessage()))).toList());
  }

  // Whatever else the framework refuses, in our shape.
  @Override
  protected ResponseEntity<Object> handleExceptionInternal(Exception failure, Object body, HttpHeaders headers,
                                                           HttpStatusCode status, WebRequest request) {
    var out = body instanceof ProblemDetail detail ? detail : ProblemDetail.forStatus(status);
    out.setProperty(Trace.key, Trace.current());
    return new ResponseEntity<>(out, headers, status);
  }

  private static ResponseEntity<Object> fields(List<FieldProblem> errors) {
    var body = body(HttpStatus.BAD_REQUEST, "The request is not valid.");
    body.setProperty("errors", errors);
    return answer(body);
  }

  static ResponseEntity<Object> problem(HttpStatus status, String detail) {
    return answer(body(status, detail));
  }

  static ProblemDetail body(HttpStatus status, String detail) {
    var out = ProblemDetail.forStatusAndDetail(status, detail);
    out.setProperty(Trace.key, Trace.current());
    return out;
  }

  private static ResponseEntity<Object> answer(ProblemDetail body) {
    return ResponseEntity.status(body.getStatus()).body(body);
  }

  private static String snake(String field) {
    return field == null ? "" : field.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(java.util.Locale.ROOT);
  }

  private static Throwable root(Throwable failure) {
    var out = failure;
    while (out.getCause() != null && out.getCause() != out)
      out = out.getCause();
    return out;
  }
}
