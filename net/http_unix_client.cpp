#include "net/http_unix_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <exception>
#include <memory>

namespace paws::net {

namespace {

constexpr std::size_t line_limit_bytes = 16 * 1024 * 1024;
constexpr std::size_t body_limit_bytes = 64 * 1024 * 1024;

struct exchange {
  const blocking_request& request;
  const line_callback& on_line;
  CURL* easy;
  blocking_reply reply;
  std::string line; // not complete yet
  bool too_large = false;
  std::exception_ptr thrown; // by a callback; nothing may be thrown through curl
};

// False when the callback has seen enough.
bool give_lines(exchange& to, std::string_view data) {
  while (!data.empty()) {
    auto end = data.find('\n');
    to.line.append(data.substr(0, end));
    if (end == std::string_view::npos)
      return true;
    data.remove_prefix(end + 1);
    if (!to.line.empty() && to.line.back() == '\r')
      to.line.pop_back();
    auto complete = std::move(to.line);
    to.line.clear();
    if (!complete.empty() && !to.on_line(complete)) {
      to.reply.aborted = true;
      return false;
    }
  }
  return true;
}

std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self) {
  auto& to = *static_cast<exchange*>(self);
  auto bytes = size * count;
  long status = 0;
  curl_easy_getinfo(to.easy, CURLINFO_RESPONSE_CODE, &status);
  try {
    bool by_line = to.on_line && status >= 200 && status < 300;
    bool go_on = true;
    if (by_line)
      go_on = give_lines(to, {data, bytes});
    else
      to.reply.body.append(data, bytes);
    to.too_large = to.line.size() > line_limit_bytes || to.reply.body.size() > body_limit_bytes;
    return go_on && !to.too_large ? bytes : CURL_WRITEFUNC_ERROR;
  } catch (...) {
    to.thrown = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& to = *static_cast<exchange*>(self);
  try {
    to.reply.aborted = to.reply.aborted || (to.request.interrupted && to.request.interrupted());
  } catch (...) {
    to.thrown = std::current_exception();
    return 1;
  }
  return to.reply.aborted ? 1 : 0;
}

topology::failure describe(CURLcode how, const exchange& what) {
  const auto& path = what.request.socket_path;
  if (how == CURLE_COULDNT_CONNECT)
    return {"ERR_CLI_002", "no engine answers on " + path, "run: make local-start"};
  if (how == CURLE_OPERATION_TIMEDOUT)
    return {"ERR_NET_003",
            "no complete answer from the engine within " + std::to_string(what.request.timeout.count()) + " ms",
            "run: make local-status"};
  if (what.too_large)
    return {"ERR_SYS_000", "the engine's answer is too large", "ask for less"};
  return {"ERR_ENG_006",
          std::string("the connection to the engine ended before its answer: ") + curl_easy_strerror(how),
          "run: make local-status"};
}

bool plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

void set_up(exchange& what, curl_slist* headers) {
  auto* easy = what.easy;
  const auto& request = what.request;
  auto url = "http://localhost" + request.target;
  curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request.socket_path.c_str());
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_data);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &what);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &what);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

// As curl_easy_perform, which looks up from its waiting only once a second.
CURLcode perform(CURL* easy, std::chrono::milliseconds tick) {
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi(curl_multi_init(), curl_multi_cleanup);
  if (!multi || curl_multi_add_handle(multi.get(), easy) != CURLM_OK)
    return CURLE_OUT_OF_MEMORY;
  auto how = CURLE_OK;
  for (int running = 1; running > 0;) {
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK)
      how = CURLE_FAILED_INIT;
    else if (running > 0)
      curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(tick.count()), nullptr);
    if (how != CURLE_OK)
      break;
  }
  int left = 0;
  while (const auto* said = curl_multi_info_read(multi.get(), &left))
    if (said->msg == CURLMSG_DONE)
      how = said->data.result; // NOLINT(cppcoreguidelines-pro-type-union-access): curl's own interface
  curl_multi_remove_handle(multi.get(), easy);
  return how;
}

} // namespace

blocking_reply blocking_http(const blocking_request& request, const line_callback& on_line) {
  std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(curl_slist_append(nullptr, "Expect:"),
                                                             curl_slist_free_all);
  exchange what{request, on_line, easy.get(), {}, {}, false, nullptr};
  if (!plain(request.method) || !plain(request.target) || request.target[0] != '/' || request.socket_path.empty()) {
    what.reply.what = {"ERR_CLI_001", "not a request: " + request.method + " " + request.target, "see: --help"};
    return what.reply;
  }
  if (!easy || !headers || !curl_slist_append(headers.get(), "Content-Type: application/json")) {
    what.reply.what = {"ERR_SYS_001", "not enough memory", "close other programs and run again"};
    return what.reply;
  }
  set_up(what, headers.get());
  auto how = perform(easy.get(), request.tick);
  if (what.thrown)
    std::rethrow_exception(what.thrown);
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  what.reply.status = static_cast<int>(status);
  what.reply.connected = how != CURLE_COULDNT_CONNECT;
  if (how == CURLE_OK && !what.line.empty() && !on_line(what.line)) // a last line without its end
    what.reply.aborted = true;
  if (how != CURLE_OK && !what.reply.aborted)
    what.reply.what = describe(how, what);
  return what.reply;
}

} // namespace paws::net
