package paws360.backend.web;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.matchesPattern;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.delete;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.patch;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.put;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.cookie;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.test.autoconfigure.web.servlet.WebMvcTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.http.MediaType;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.transaction.support.SimpleTransactionStatus;
import org.springframework.transaction.support.TransactionCallback;
import org.springframework.transaction.support.TransactionTemplate;
import paws360.backend.config.Settings;
import paws360.backend.config.Variables;
import paws360.backend.courses.Courses;
import paws360.backend.db.Schema;
import paws360.backend.enrolments.Enrolments;
import paws360.backend.health.Dependencies;
import paws360.backend.redis.ApiCache;
import paws360.backend.redis.FakeRedis;
import paws360.backend.redis.RateLimit;
import paws360.backend.sessions.SessionTokens;
import paws360.backend.students.Student;
import paws360.backend.students.Students;

/** The web layer alone, over a database of mocks and a Redis of a map. */
@WebMvcTest
@Import({ApiTest.Beans.class, ApiCache.class, RateLimit.class, RateLimitInterceptor.class, SessionTokens.class, Work.class})
class ApiTest {
  @TestConfiguration
  static class Beans {
    @Bean
    Settings settings() {
      return Settings.from(new Variables(Map.of("PORT", "0", "RATE_LIMIT_PER_HOUR", "1000", "SESSION_SECRET", "s")));
    }

    @Bean
    Clock clock() {
      return Clock.fixed(Instant.parse("2025-11-27T14:32:15.700Z"), ZoneOffset.UTC);
    }

    @Bean
    FakeRedis redis() {
      return new FakeRedis();
    }

    @Bean
    PrometheusMeterRegistry meters() {
      return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    @Bean
    BuildProperties build() {
      var out = new Properties();
      out.setProperty("version", "1.0.0");
      return new BuildProperties(out);
    }
  }

  @Autowired MockMvc mvc;
  @Autowired FakeRedis redis;
  @MockitoBean Students students;
  @MockitoBean Courses courses;
  @MockitoBean Enrolments enrolments;
  @MockitoBean Schema schema;
  @MockitoBean Dependencies dependencies;
  @MockitoBean JdbcClient database;
  @MockitoBean TransactionTemplate transaction;

  private static final Student ada = new Student(1, "ada@example.org", "Ada", Instant.EPOCH, Instant.EPOCH);

  @BeforeEach
  void begin() {
    redis.values.clear();
    redis.away = false;
    when(schema.current()).thenReturn(true);
    when(transaction.execute(any())).thenAnswer(call -> ((TransactionCallback<?>) call.getArgument(0)).doInTransaction(new SimpleTransactionStatus()));
  }

  private static MockHttpServletRequestBuilder json(MockHttpServletRequestBuilder request, String body) {
    return request.contentType(MediaType.APPLICATION_JSON).content(body);
  }

  private static final String ada_body = "{\"email\":\"ada@example.org\",\"name\":\"Ada\"}";

  @Test
  void a_list_is_a_page_and_comes_from_the_cache_the_second_time() throws Exception {
    when(students.page(1, 2, "a")).thenReturn(new Page<>(List.of(ada), 1, 2, 3));
    for (var outcome : List.of("miss", "hit"))
      mvc.perform(get("/api/students?page=1&size=2&q=a")).andExpect(status().isOk()).andExpect(header().string("X-Cache", outcome))
          .andExpect(content().json("{\"items\":[{\"id\":1,\"created_at\":\"1970-01-01T00:00:00Z\"}],\"page\":1,\"size\":2,\"total\":3}"));
    verify(students, times(1)).page(anyInt(), anyInt(), any());
  }

  @Test
  void a_create_answers_with_the_row_and_where_it_is_and_makes_lists_old() throws Exception {
    when(students.insert(new Student.Wanted("ada@example.org", "Ada"))).thenReturn(1L);
    when(students.find(1)).thenReturn(Optional.of(ada));
    mvc.perform(json(post("/api/students"), ada_body)).andExpect(status().isCreated())
        .andExpect(header().string("Location", "/api/students/1")).andExpect(jsonPath("$.email").value("ada@example.org"));
    assertTrue(redis.values.containsKey("api:version:students"));
  }

  @Test
  void what_is_not_valid_is_named_field_by_field() throws Exception {
    mvc.perform(json(post("/api/students"), "{\"email\":\"x\",\"name\":\" \"}")).andExpect(status().isBadRequest())
        .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON)).andExpect(jsonPath("$.errors.length()").value(2));
    mvc.perform(json(post("/api/enrolments"), "{}")).andExpect(status().isBadRequest())
        .andExpect(jsonPath("$.errors[*].field", hasItem("student_id")));
    mvc.perform(get("/api/students?size=101&page=-1")).andExpect(status().isBadRequest()).andExpect(jsonPath("$.errors.length()").value(2));
  }

  @Test
  void other_mistakes_are_problems_too() throws Exception {
    for (var wrong : Map.of(json(post("/api/students"), "{"), 400, json(post("/api/students"), "{\"email\":\"a@b.c\",\"name\":\"n\",\"more\":1}"), 400,
        post("/api/students").content("x=1"), 415, patch("/api/students"), 405, get("/api/students/99"), 404, get("/api/nothing"), 404,
        delete("/api/students/99"), 404, json(put("/api/students/99"), ada_body), 404, get("/api/students/x"), 400).entrySet())
      mvc.perform(wrong.getKey()).andExpect(status().is(wrong.getValue())).andExpect(jsonPath("$.status").value(wrong.getValue()))
          .andExpect(jsonPath("$.trace_id").isNotEmpty());
  }

  @Test
  void a_row_that_exists_already_is_a_conflict() throws Exception {
    var told = new ServerErrorMessage("SERROR\0C23505\0Mduplicate key\0nstudents_email_key\0");
    when(students.insert(any())).thenThrow(new DuplicateKeyException("x", new PSQLException(told)));
    mvc.perform(json(post("/api/students"), ada_body)).andExpect(status().isConflict())
        .andExpect(jsonPath("$.detail").value("A student with this email exists."));
  }

  @Test
  void a_lost_leader_asks_for_the_request_again() throws Exception {
    when(students.insert(any())).thenThrow(new DataAccessResourceFailureException("x", new SQLException("x", "08006")));
    mvc.perform(json(post("/api/students"), ada_body)).andExpect(status().isServiceUnavailable()).andExpect(header().string("Retry-After", "1"));
  }

  @Test
  void a_read_whose_session_broke_is_asked_once_more_here() throws Exception {
    when(students.find(1)).thenThrow(new DataAccessResourceFailureException("x", new SQLException("x", "57P01"))).thenReturn(Optional.of(ada));
    mvc.perform(get("/api/students/1")).andExpect(status().isOk());
  }

  @Test
  void nothing_is_written_before_the_schema_is_current() throws Exception {
    when(schema.current()).thenReturn(false);
    mvc.perform(json(post("/api/students"), ada_body)).andExpect(status().isServiceUnavailable());
  }

  @Test
  void the_trace_id_is_kept_made_when_absent_and_never_taken_when_it_is_none() throws Exception {
    mvc.perform(get("/health/live").header("X-Trace-ID", "t-1")).andExpect(header().string("X-Trace-ID", "t-1"));
    for (var request : List.of(get("/health/live"), get("/health/live").header("X-Trace-ID", "a b")))
      mvc.perform(request).andExpect(header().string("X-Trace-ID", matchesPattern("[0-9a-f-]{36}")));
  }

  @Test
  void without_redis_requests_are_served_and_sessions_are_not() throws Exception {
    redis.away = true;
    when(students.find(1)).thenReturn(Optional.of(ada));
    mvc.perform(get("/api/students/1")).andExpect(status().isOk()).andExpect(header().string("X-Cache", "bypass"));
    mvc.perform(json(post("/api/session"), "{\"user_id\":\"ada\"}")).andExpect(status().isServiceUnavailable());
  }

  @Test
  void a_session_lives_from_its_beginning_to_its_end() throws Exception {
    var begun = mvc.perform(json(post("/api/session"), "{\"user_id\":\"ada\"}")).andExpect(status().isCreated())
        .andExpect(cookie().maxAge("paws_session", 86400)).andExpect(cookie().httpOnly("paws_session", true)).andReturn();
    assertEquals(86400L, redis.ttl_s.get("session:ada"));
    var mine = begun.getResponse().getCookie("paws_session");
    mvc.perform(get("/api/session").cookie(mine)).andExpect(status().isOk()).andExpect(jsonPath("$.user_id").value("ada"));
    mvc.perform(delete("/api/session").cookie(mine)).andExpect(status().isNoContent());
    mvc.perform(get("/api/session").cookie(mine)).andExpect(status().isUnauthorized());
    mvc.perform(get("/api/session")).andExpect(status().isUnauthorized());
  }

  @Test
  void beyond_the_limit_there_is_429() throws Exception {
    when(students.find(1)).thenReturn(Optional.of(ada));
    mvc.perform(get("/api/students/1")).andExpect(header().string("X-RateLimit-Remaining", "999"));
    redis.values.replaceAll((key, value) -> key.startsWith("ratelimit:") ? "1000" : value);
    mvc.perform(get("/api/students/1")).andExpect(status().isTooManyRequests()).andExpect(header().string("Retry-After", "60"));
    mvc.perform(get("/health/live")).andExpect(status().isOk());
  }

  @Test
  void readiness_needs_the_database_and_its_schema_and_tells_of_the_cache() throws Exception {
    when(dependencies.database()).thenReturn(new Dependencies.State("UP", 5));
    when(dependencies.cache()).thenReturn(new Dependencies.State("DOWN", 500));
    mvc.perform(get("/health/ready")).andExpect(status().isOk()).andExpect(content().json("{\"status\":\"UP\",\"service\":\"backend\","
        + "\"version\":\"1.0.0\",\"timestamp\":\"2025-11-27T14:32:15Z\",\"dependencies\":{\"database\":{\"status\":\"UP\",\"response_time_ms\":5},"
        + "\"cache\":{\"status\":\"DOWN\",\"response_time_ms\":500}}}")).andExpect(jsonPath("$.uptime_seconds").isNumber());
    when(schema.current()).thenReturn(false);
    mvc.perform(get("/health/ready")).andExpect(status().isServiceUnavailable());
    when(schema.current()).thenReturn(true);
    when(dependencies.database()).thenReturn(new Dependencies.State("DOWN", 2000));
    mvc.perform(get("/health/ready")).andExpect(status().isServiceUnavailable()).andExpect(jsonPath("$.status").value("DOWN"));
  }

  @Test
  void requests_are_measured_by_what_they_ask_for_not_by_its_number() throws Exception {
    mvc.perform(get("/api/students/4711")).andExpect(status().isNotFound());
    mvc.perform(get("/metrics")).andExpect(status().isOk())
        .andExpect(content().string(containsString("http_requests_total{endpoint=\"/api/students/{id}\",method=\"GET\",status=\"404\"}")))
        .andExpect(content().string(containsString("http_request_duration_seconds_count{endpoint=\"/api/students/{id}\",method=\"GET\"}")));
  }
}
