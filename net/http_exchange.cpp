#include "net/http_exchange.hpp"

#include "net/limits.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

#include <strings.h>

namespace paws::net {

namespace {

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

bool names_header(const logic::ask& question, const char* name) {
  return std::any_of(question.headers.begin(), question.headers.end(),
                     [&](const auto& row) { return strcasecmp(row.first.c_str(), name) == 0; });
}

curl_slist* append(curl_slist* list, const std::string& line) {
  auto* longer = curl_slist_append(list, line.c_str());
  return longer ? longer : list;
}

} // namespace

http_exchange::http_exchange(logic::ask question, answer_sink sink)
    : question_(std::move(question)), sink_(std::move(sink)), easy_(curl_easy_init()) {
  if (!easy_)
    return;
  describe_request();
  limit();
  if (question_.tls.on)
    encrypt();
  set(handle(), CURLOPT_PRIVATE, static_cast<void*>(this));
  set(handle(), CURLOPT_WRITEFUNCTION, &http_exchange::on_body);
  set(handle(), CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(handle(), CURLOPT_HEADERFUNCTION, &http_exchange::on_header);
  set(handle(), CURLOPT_HEADERDATA, static_cast<void*>(this));
}

void http_exchange::describe_request() {
  auto* easy = handle();
  bool unix_socket = question_.address[0] == '/';
  if (unix_socket)
    set(easy, CURLOPT_UNIX_SOCKET_PATH, question_.address.c_str());
  const auto& proven = question_.tls.server_name;
  const auto host = unix_socket                           ? std::string("localhost")
                    : question_.tls.on && !proven.empty() ? proven + ":" + std::to_string(question_.port)
                                                          : endpoint_of(question_);
  auto url = (question_.tls.on ? "https://" : "http://") + host + question_.path;
  set(easy, CURLOPT_URL, url.c_str());
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_USERAGENT, "paws-engine/" PAWS_VERSION);
  if (!question_.user.empty() || !question_.password.empty()) {
    set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(easy, CURLOPT_USERNAME, question_.user.c_str());
    set(easy, CURLOPT_PASSWORD, question_.password.c_str());
  }
  bool sends_body =
      !question_.body.empty() || question_.method == "POST" || question_.method == "PUT" || question_.method == "PATCH";
  if (question_.method == "HEAD")
    set(easy, CURLOPT_NOBODY, 1L);
  else if (sends_body) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(question_.body.size()));
    set(easy, CURLOPT_POSTFIELDS, question_.body.data()); // not copied: it stays in question_
  }
  if (question_.method != "HEAD")
    set(easy, CURLOPT_CUSTOMREQUEST, question_.method.c_str());
  curl_slist* lines = append(nullptr, "Expect:"); // no extra round trip before a body
  if (sends_body && !names_header(question_, "Content-Type"))
    lines = append(lines, question_.body.empty() ? "Content-Type:" : "Content-Type: application/json");
  for (const auto& [name, value] : question_.headers)
    lines = append(lines, value.empty() ? name + ";" : name + ": " + value);
  headers_.reset(lines);
  set(easy, CURLOPT_HTTPHEADER, lines);
}

// Trusts the one authority only, none of the machine's.
void http_exchange::encrypt() {
  auto* easy = handle();
  set(easy, CURLOPT_PROTOCOLS_STR, "https");
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_CAINFO, question_.tls.ca_file.c_str());
  set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set(easy, CURLOPT_ERRORBUFFER, detail_.data());
  if (question_.tls.server_name.empty())
    return;
  connect_to_.reset(append(nullptr, "::" + endpoint_of(question_)));
  set(easy, CURLOPT_CONNECT_TO, connect_to_.get());
}

void http_exchange::limit() {
  auto* easy = handle();
  auto timeout_ms = static_cast<long>(std::min<std::int64_t>(question_.timeout.count(), 24L * 3600 * 1000));
  set(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_NOPROXY, "*");
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(answer_limit_bytes));
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  // A name that is being resolved when the time is up must not be waited for.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
}

// C callbacks: nothing may be thrown through curl; a short count ends the transfer.
std::size_t http_exchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& me = *static_cast<http_exchange*>(self);
  auto bytes = size * count;
  if (me.answer_.text.size() + bytes > answer_limit_bytes) {
    me.too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  try {
    me.answer_.text.append(data, bytes);
  } catch (const std::exception&) {
    return CURL_WRITEFUNC_ERROR;
  }
  if (me.question_.lines > 0)
    me.lines_ += static_cast<std::size_t>(std::count(data, data + bytes, '\n'));
  // The short count is the way to end a transfer from here, and with it its connection.
  return me.has_its_lines() ? CURL_WRITEFUNC_ERROR : bytes;
}

std::size_t http_exchange::on_header(char*, std::size_t size, std::size_t count, void* self) {
  auto& me = *static_cast<http_exchange*>(self);
  me.head_bytes_ += size * count;
  if (me.head_bytes_ <= answer_head_limit_bytes)
    return size * count;
  me.too_large_ = true;
  return CURL_WRITEFUNC_ERROR;
}

void http_exchange::finish(CURLcode how) {
  if (how != CURLE_OK && !has_its_lines()) {
    fail(describe(how));
    return;
  }
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  answer_.ok = true;
  answer_.status = static_cast<int>(status);
  sink_.deliver(std::move(answer_));
}

std::string http_exchange::detail(CURLcode how) const {
  return detail_[0] == '\0' ? curl_easy_strerror(how) : detail_.data();
}

std::string http_exchange::describe(CURLcode how) const {
  auto peer = endpoint_of(question_);
  if (too_large_)
    return "the answer of " + peer + " is larger than allowed (4 MiB, head 64 KiB)";
  switch (how) {
  case CURLE_PEER_FAILED_VERIFICATION:
    return "ERR_SEC_004: the certificate of " + peer + " is refused: " + detail(how);
  case CURLE_SSL_CACERT_BADFILE:
    return "ERR_SEC_003: the certificate authority " + question_.tls.ca_file + " cannot be used";
  case CURLE_SSL_CONNECT_ERROR:
    return "ERR_SEC_004: no encrypted connection to " + peer + ": " + detail(how);
  case CURLE_OPERATION_TIMEDOUT:
    return too_late(question_);
  case CURLE_FILESIZE_EXCEEDED:
    return "the answer of " + peer + " is larger than allowed (4 MiB, head 64 KiB)";
  case CURLE_COULDNT_CONNECT: {
    long number = 0;
    curl_easy_getinfo(handle(), CURLINFO_OS_ERRNO, &number);
    return "cannot connect to " + peer + (number ? ": " + std::string(std::strerror(static_cast<int>(number))) : "");
  }
  case CURLE_GOT_NOTHING:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_ERROR:
  case CURLE_PARTIAL_FILE:
    return peer + " closed the connection before its answer was complete";
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_WEIRD_SERVER_REPLY:
    return peer + " does not speak HTTP";
  default:
    return peer + ": " + curl_easy_strerror(how);
  }
}

} // namespace paws::net
