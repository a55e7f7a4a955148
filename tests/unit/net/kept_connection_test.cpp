// The rules of kept connections, with a protocol that does what a test says.
#include "net/kept_connection.hpp"

#include "net_support.hpp"

using namespace net_test;
using paws::net::answer_sink;
using paws::net::kept_connection;

namespace {

class scripted : public kept_connection {
public:
  scripted(asio::io_context& context, paws::logic::milliseconds idle_limit) : kept_connection(context, idle_limit) {}

  using kept_connection::broke;
  using kept_connection::failed;
  using kept_connection::finished;
  using kept_connection::opened;

  std::deque<std::function<void(scripted&)>> on_open, on_transmit; // nothing is left: stays silent
  int opens = 0, transmits = 0, closes = 0;

protected:
  void open(const ask&) override {
    ++opens;
    next(on_open);
  }
  void transmit(const ask&) override {
    ++transmits;
    next(on_transmit);
  }
  void close() override { ++closes; }

private:
  void next(std::deque<std::function<void(scripted&)>>& steps) {
    if (steps.empty())
      return;
    auto step = std::move(steps.front());
    steps.pop_front();
    step(*this);
  }
};

void opens(scripted& it) {
  it.opened();
}
void is_unasked(scripted& it) {
  it.broke("it was closed", true);
}
void breaks(scripted& it) {
  it.broke("it broke");
}
void answers(scripted& it) {
  answer what;
  what.ok = true;
  it.finished(what);
}

struct setting {
  explicit setting(paws::logic::milliseconds idle_limit = 30s)
      : connection(std::make_shared<scripted>(context, idle_limit)) {}

  void submit(paws::logic::milliseconds timeout = 30s) {
    auto question = redis_ask(1, {"PING"});
    question.timeout = timeout;
    connection->submit(question, answer_sink([this](answer what) { came.push_back(std::move(what)); }));
  }

  asio::io_context context;
  std::shared_ptr<scripted> connection;
  std::vector<answer> came;
};

} // namespace

TEST_CASE("An unasked question is asked once more, and stays unsent while it surely is") {
  setting at;
  at.connection->on_open = {opens, opens};
  SECTION("then answered") {
    at.connection->on_transmit = {is_unasked, answers};
    at.submit();
    REQUIRE(at.came.size() == 1);
    CHECK(at.came[0].ok);
    CHECK(at.came[0].sent);
    CHECK(at.connection->transmits == 2);
  }
  SECTION("then unasked again") {
    at.connection->on_transmit = {is_unasked, is_unasked};
    at.submit();
    REQUIRE(at.came.size() == 1);
    CHECK_FALSE(at.came[0].ok);
    CHECK(at.came[0].error == "it was closed");
    CHECK_FALSE(at.came[0].sent);
    CHECK(at.connection->transmits == 2);
  }
  SECTION("then lost") {
    at.connection->on_transmit = {is_unasked, breaks};
    at.submit();
    REQUIRE(at.came.size() == 1);
    CHECK(at.came[0].sent);
  }
  SECTION("then nobody is there") {
    at.connection->on_open = {opens, breaks};
    at.connection->on_transmit = {is_unasked};
    at.submit();
    REQUIRE(at.came.size() == 1);
    CHECK_FALSE(at.came[0].sent);
  }
  SECTION("then its time is over while the new connection is opened") {
    at.connection->on_open = {opens};
    at.connection->on_transmit = {is_unasked};
    at.submit(20ms);
    at.context.run();
    REQUIRE(at.came.size() == 1);
    CHECK_FALSE(at.came[0].sent);
  }
}

TEST_CASE("A failure carries what is known of it, and whether the question left") {
  setting at;
  at.connection->on_open = {opens};
  at.connection->on_transmit = {[](scripted& it) {
    answer what;
    what.ok = true; // whatever it says
    what.error = "two\nlines";
    what.sqlstate = "57P01";
    it.failed(what);
  }};
  at.submit();
  REQUIRE(at.came.size() == 1);
  CHECK_FALSE(at.came[0].ok);
  CHECK(at.came[0].sent);
  CHECK(at.came[0].error == "two lines");
  CHECK(at.came[0].sqlstate == "57P01");
  CHECK(at.connection->idle_and_closed());
}

TEST_CASE("What is given up is called sent only where it was on its way") {
  setting at;
  SECTION("while it was opened") {
    at.submit();
    at.connection->abandon();
    REQUIRE(at.came.size() == 1);
    CHECK_FALSE(at.came[0].sent);
  }
  SECTION("on its way, and behind it") {
    at.connection->on_open = {opens};
    at.submit();
    at.submit();
    at.connection->abandon();
    REQUIRE(at.came.size() == 2);
    CHECK(at.came[0].sent != at.came[1].sent);
  }
}

TEST_CASE("A connection that nobody uses closes by itself, and is opened again when it is needed") {
  setting at{20ms};
  at.connection->on_open = {opens, opens};
  at.connection->on_transmit = {answers, answers};
  at.submit();
  CHECK_FALSE(at.connection->idle_and_closed());
  at.context.run(); // until its only timer has fired
  CHECK(at.connection->idle_and_closed());
  at.context.restart();
  at.submit();
  CHECK(at.connection->opens == 2);
  REQUIRE(at.came.size() == 2);
  CHECK(at.came[1].ok);
}
