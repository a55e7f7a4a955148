#include "net/postgres_client.hpp"

#include "net/limits.hpp"

#include <libpq-fe.h>

#include <array>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

namespace paws::net {

namespace {

using boost::system::error_code;

// What libpq may have read at most for one question: rows are counted exactly, this bounds one endless message.
constexpr std::size_t input_limit_bytes = 4 * answer_limit_bytes;

std::string first_line(std::string_view text) {
  while (!text.empty() && text.front() == '\n')
    text.remove_prefix(1);
  return std::string(text.substr(0, text.find('\n')));
}

bool readable(int fd) {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, 0) > 0;
}

} // namespace

postgres_connection::postgres_connection(asio::io_context& context)
    : kept_connection(context), resolver_(context), socket_(context) {}

postgres_connection::~postgres_connection() {
  postgres_connection::close();
}

void postgres_connection::closer::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

std::shared_ptr<postgres_connection> postgres_connection::self() {
  return std::static_pointer_cast<postgres_connection>(shared_from_this());
}

void postgres_connection::open(const logic::ask& question) {
  error_code not_literal;
  asio::ip::make_address(question.address, not_literal);
  if (!not_literal) {
    start(question.address);
    return;
  }
  resolver_.async_resolve(
      question.address, std::to_string(question.port), asio::ip::tcp::resolver::numeric_service,
      [self = self(), g = generation_](const error_code& failed, const asio::ip::tcp::resolver::results_type& found) {
        if (g != self->generation_)
          return;
        if (failed || found.empty())
          self->broke("cannot resolve " + self->question().address + ": " + failed.message());
        else
          self->start(found.begin()->endpoint().address().to_string());
      });
}

// With hostaddr and without TLS, GSS, a password file or a service, nothing in libpq's connecting blocks.
void postgres_connection::start(const std::string& ip_address) {
  const auto& asked = question();
  auto port = std::to_string(asked.port);
  constexpr std::array keywords{"hostaddr",
                                "port",
                                "user",
                                "password",
                                "dbname",
                                "application_name",
                                "sslmode",
                                "gssencmode",
                                "passfile",
                                "client_encoding",
                                "options",
                                "target_session_attrs",
                                "keepalives",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                static_cast<const char*>(nullptr)};
  const std::array values{ip_address.c_str(),
                          port.c_str(),
                          asked.user.c_str(),
                          asked.password.c_str(),
                          asked.database.c_str(),
                          "paws-engine",
                          ssl_mode.c_str(),
                          "disable",
                          "/nonexistent/no-password-file",
                          "UTF8",
                          "-c client_min_messages=error",
                          "any",
                          "1",
                          "10",
                          "5",
                          "3",
                          static_cast<const char*>(nullptr)};
  static_assert(keywords.size() == values.size());
  connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (!connection_ || PQstatus(connection_.get()) == CONNECTION_BAD) {
    broke(connection_ ? libpq_error() : "out of memory");
    return;
  }
  // Its default writes what servers say to stderr.
  PQsetNoticeReceiver(
      connection_.get(), [](void*, const PGresult*) {}, nullptr);
  if (follow_socket())
    wait_writable();
  else
    broke("cannot watch the connection: too many open files");
}

// False when libpq has no socket or it cannot be duplicated.
bool postgres_connection::follow_socket() {
  int fd = PQsocket(connection_.get());
  if (fd == followed_ && socket_.is_open())
    return true;
  error_code failed;
  socket_.close(failed);
  int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0)
    return false;
  socket_.assign(copy, failed);
  if (failed) {
    ::close(copy);
    return false;
  }
  followed_ = fd;
  return true;
}

void postgres_connection::ready() {
  switch (current()) {
  case state::opening:
    step_login();
    break;
  case state::busy:
    step_query();
    break;
  case state::idle:
    step_idle();
    break;
  case state::closed:
    break;
  }
}

void postgres_connection::step_login() {
  auto status = PQconnectPoll(connection_.get());
  if (status == PGRES_POLLING_FAILED) {
    broke(libpq_error());
  } else if (status == PGRES_POLLING_OK) {
    if (!follow_socket() || PQsetnonblocking(connection_.get(), 1) != 0) {
      broke("cannot watch the connection: " + libpq_error());
      return;
    }
    wait_readable();
    opened();
  } else if (!follow_socket()) {
    broke("cannot watch the connection: too many open files");
  } else if (status == PGRES_POLLING_READING) {
    wait_readable();
  } else {
    wait_writable();
  }
}

void postgres_connection::transmit(const logic::ask& question) {
  answer_ = {};
  answer_bytes_ = 0;
  input_bytes_ = 0;
  // What became readable since the last answer is a notice, or the end of the connection.
  bool alive = !reused() || !readable(followed_) || (take_input() && PQstatus(connection_.get()) == CONNECTION_OK);
  if (!alive) {
    broke("the connection was closed", true);
    return;
  }
  if (PQsendQuery(connection_.get(), question.sql.c_str()) != 1 || PQsetSingleRowMode(connection_.get()) != 1) {
    broke(libpq_error());
    return;
  }
  step_query();
}

// False when the connection is lost or the peer sends more than any answer may have.
bool postgres_connection::take_input() {
  int pending = 0;
  if (ioctl(followed_, FIONREAD, &pending) == 0 && pending > 0)
    input_bytes_ += static_cast<std::size_t>(pending);
  return input_bytes_ <= input_limit_bytes && PQconsumeInput(connection_.get()) == 1;
}

void postgres_connection::step_query() {
  int unsent = PQflush(connection_.get());
  if (unsent < 0 || !take_input()) {
    broke(input_bytes_ > input_limit_bytes ? "the result is larger than 4 MiB" : libpq_error());
    return;
  }
  if (unsent == 1)
    wait_writable();
  while (PQisBusy(connection_.get()) == 0) {
    std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQgetResult(connection_.get()), PQclear);
    if (!result) {
      query_done();
      return;
    }
    auto status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      broke("COPY cannot be asked");
      return;
    }
    take_result(*result);
    if (answer_bytes_ > answer_limit_bytes) {
      broke("the result is larger than 4 MiB");
      return;
    }
  }
  wait_readable();
}

void postgres_connection::take_result(const pg_result& result) {
  switch (PQresultStatus(&result)) {
  case PGRES_SINGLE_TUPLE:
  case PGRES_TUPLES_OK:
    add_rows(result);
    break;
  case PGRES_FATAL_ERROR:
  case PGRES_BAD_RESPONSE: {
    const char* primary = PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY);
    answer_.error = harmless(first_line(primary ? primary : PQresultErrorMessage(&result)), question());
    if (answer_.error.empty())
      answer_.error = "the statement failed";
    break;
  }
  default:
    break;
  }
}

void postgres_connection::add_rows(const pg_result& result) {
  int columns = PQnfields(&result);
  if (answer_.columns.empty())
    for (int c = 0; c < columns; ++c)
      answer_.columns.emplace_back(PQfname(&result, c));
  for (int r = 0; r < PQntuples(&result); ++r) {
    auto& row = answer_.rows.emplace_back();
    for (int c = 0; c < columns; ++c) {
      row.emplace_back(PQgetvalue(&result, r, c), static_cast<std::size_t>(PQgetlength(&result, r, c)));
      answer_bytes_ += row.back().size() + sizeof(std::string);
    }
    answer_bytes_ += sizeof(row);
  }
}

void postgres_connection::query_done() {
  // A statement that left a transaction open would change what the next question sees.
  bool keep = PQstatus(connection_.get()) == CONNECTION_OK && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
  answer_.ok = answer_.error.empty();
  if (!answer_.ok) {
    answer_.rows.clear();
    answer_.columns.clear();
  }
  if (keep)
    wait_readable();
  finished(std::exchange(answer_, {}), keep);
}

// While idle, something to read is a notice or the end of the connection.
void postgres_connection::step_idle() {
  input_bytes_ = 0;
  if (take_input() && PQstatus(connection_.get()) == CONNECTION_OK)
    wait_readable();
  else
    broke({});
}

void postgres_connection::wait_readable() {
  if (std::exchange(reading_, true))
    return;
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = self(), g = generation_](const error_code& cancelled) {
                       if (g != self->generation_ || cancelled)
                         return;
                       self->reading_ = false;
                       self->ready();
                     });
}

void postgres_connection::wait_writable() {
  if (std::exchange(writing_, true))
    return;
  socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                     [self = self(), g = generation_](const error_code& cancelled) {
                       if (g != self->generation_ || cancelled)
                         return;
                       self->writing_ = false;
                       self->ready();
                     });
}

std::string postgres_connection::libpq_error() const {
  auto out = first_line(PQerrorMessage(connection_.get()));
  return out.empty() ? endpoint_of(question()) + " closed the connection" : out;
}

void postgres_connection::close() {
  ++generation_;
  reading_ = writing_ = false;
  followed_ = -1;
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
  connection_.reset();
}

postgres_client::postgres_client(asio::io_context& context) : connections_(context, remembered_connections) {}

void postgres_client::send(logic::ask question, answer_sink sink) {
  auto rest = std::to_string(question.port) + '\n' + question.user + '\n' + question.database;
  auto& connection = connections_.at(question.address, rest);
  connection.submit(std::move(question), std::move(sink));
}

} // namespace paws::net
