#include "net/postgres_client.hpp"

#include "net/limits.hpp"
#include "net/postgres_login.hpp"
#include "net/postgres_words.hpp"

#include <libpq-fe.h>

#include <exception>
#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>

namespace paws::net {

namespace {

using boost::system::error_code;

// What libpq may have read at most for one question: rows are counted exactly, this bounds one endless message.
constexpr std::size_t input_limit_bytes = 4 * answer_limit_bytes;

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

void postgres_connection::start(const std::string& ip_address) {
  connection_.reset(begin_login(question(), ip_address));
  if (!connection_ || PQstatus(connection_.get()) == CONNECTION_BAD) {
    if (connection_)
      failed(login_failure(*connection_, question()));
    else
      broke("out of memory");
    return;
  }
  PQsetNoticeReceiver(connection_.get(), &postgres_connection::on_notice, this);
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
    failed(login_failure(*connection_, question()));
  } else if (status == PGRES_POLLING_OK) {
    if (!follow_socket() || PQsetnonblocking(connection_.get(), 1) != 0) {
      broke("cannot watch the connection: " + libpq_error());
      return;
    }
    PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
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
  input_bytes_ = 0;
  if (reused() && !still_open()) {
    broke("the connection was closed", true);
    return;
  }
  answer_ = {};
  answer_bytes_ = 0;
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
  // What TLS has decrypted already makes no socket readable.
  do
    if (input_bytes_ > input_limit_bytes || PQconsumeInput(connection_.get()) != 1)
      return false;
  while (decrypted_bytes(*connection_) > 0);
  return true;
}

// Reads what came while nothing was asked: a notice, which is of no statement of ours, or the end of the connection,
// with or without a word. Parsed here, or it would be taken for part of the next answer.
bool postgres_connection::still_open() {
  if (readable(followed_) && !take_input())
    return false;
  static_cast<void>(PQisBusy(connection_.get()));
  return !dismissed_ && PQstatus(connection_.get()) == CONNECTION_OK;
}

// A C callback: nothing may be thrown through libpq.
void postgres_connection::on_notice(void* self, const pg_result* notice) {
  try {
    static_cast<postgres_connection*>(self)->take_notice(*notice);
  } catch (const std::exception&) {
    // Out of memory: one warning less.
  }
}

// While nothing is asked, which may be so before the last answer is handed on, an error comes here too. A warning is of
// the statement only before the server says that it is ready for the next one.
void postgres_connection::take_notice(const pg_result& notice) {
  auto weight = severity_of(notice);
  bool asked = current() == state::busy && PQtransactionStatus(connection_.get()) == PQTRANS_ACTIVE;
  if (weight == severity::error)
    dismissed_ = true;
  else if (weight == severity::warning && asked && answer_.warnings.size() < warnings_limit)
    answer_.warnings.push_back(harmless(warning_text(notice), question()));
}

void postgres_connection::step_query() {
  int unsent = PQflush(connection_.get());
  if (unsent < 0 || !take_input()) {
    lost(input_bytes_ > input_limit_bytes ? "the result is larger than 4 MiB" : libpq_error());
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
  case PGRES_BAD_RESPONSE:
    answer_.error = harmless(message_of(result), question());
    answer_.sqlstate = sqlstate_of(result);
    if (answer_.error.empty())
      answer_.error = "the statement failed";
    break;
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
  bool keep = !dismissed_ && PQstatus(connection_.get()) == CONNECTION_OK &&
              PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
  answer_.ok = answer_.error.empty();
  if (!answer_.ok) {
    answer_.rows.clear();
    answer_.columns.clear();
  }
  if (keep)
    wait_readable();
  finished(std::exchange(answer_, {}), keep);
}

// The connection went before the statement was over. What the server said of it (FATAL: it is terminated) says more
// than that it went.
void postgres_connection::lost(std::string error) {
  auto what = std::exchange(answer_, {});
  what.rows.clear();
  what.columns.clear();
  if (what.error.empty())
    what.error = std::move(error);
  failed(std::move(what));
}

void postgres_connection::step_idle() {
  input_bytes_ = 0;
  if (still_open())
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
  reading_ = writing_ = dismissed_ = false;
  followed_ = -1;
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
  connection_.reset();
}

postgres_client::postgres_client(asio::io_context& context) : connections_(context, remembered_connections) {}

void postgres_client::send(logic::ask question, answer_sink sink) {
  auto rest = std::to_string(question.port) + '\n' + std::to_string(question.lane) + '\n' + question.user + '\n' +
              question.database + '\n' + question.tls.ca_file + '\n' + question.password +
              (question.discreet ? "\n1" : "\n0");
  auto& connection = connections_.at(question.address, rest);
  connection.submit(std::move(question), std::move(sink));
}

} // namespace paws::net
