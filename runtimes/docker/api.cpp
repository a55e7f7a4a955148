#include "runtimes/docker/api.hpp"

#include <algorithm>
#include <curl/curl.h>

namespace paws::docker {

namespace {

constexpr std::size_t longest_message = 600;

struct receiving {
  reply* into;
  std::size_t most_bytes;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& to = *static_cast<receiving*>(self);
  const auto bytes = size * count;
  const auto room = to.most_bytes - std::min(to.most_bytes, to.into->body.size());
  to.into->body.append(data, std::min(bytes, room));
  to.into->cut = bytes > room;
  return to.into->cut ? 0 : bytes;
}

std::string start_remedy(const engine& which) {
  return which.name == "podman" ? "start its service: systemctl start podman.socket"
                                : "start it: systemctl start docker";
}

} // namespace

std::string base_url() {
  return "http://engine/v1.41";
}

topology::failure unreachable(const engine& which, const std::string& why) {
  return {"ERR_RUN_004", "the container engine (" + which.name + " at " + which.socket + ") cannot be reached: " + why,
          start_remedy(which)};
}

nlohmann::json reply::json() const {
  return nlohmann::json::parse(body, nullptr, false);
}

std::string reply::message() const {
  const auto said = json();
  std::string out = body;
  if (said.is_object() && said.contains("message") && said["message"].is_string())
    out = said["message"].get<std::string>();
  out = out.substr(0, longest_message);
  std::replace(out.begin(), out.end(), '\n', ' ');
  while (out.ends_with(' '))
    out.pop_back();
  return out.empty() ? "status " + std::to_string(status) : out;
}

api::api(engine on) : on_{std::move(on)} {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  handle_ = ready == CURLE_OK ? curl_easy_init() : nullptr;
}

api::~api() {
  if (handle_ != nullptr)
    curl_easy_cleanup(handle_);
}

outcome<reply> api::call(const request& what) {
  auto* handle = static_cast<CURL*>(handle_);
  if (handle == nullptr)
    return unreachable(on_, "out of memory");
  curl_easy_reset(handle);
  reply out;
  receiving to{&out, what.most_bytes};
  char reason[CURL_ERROR_SIZE] = "";
  const auto url = base_url() + what.path;
  curl_slist* headers = curl_slist_append(nullptr, ("Content-Type: " + what.content_type).c_str());
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, on_.socket.c_str());
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(what.patience.count()));
  curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, what.own_connection ? 1L : 0L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &to);
  curl_easy_setopt(handle, CURLOPT_NOBODY, what.method == "HEAD" ? 1L : 0L);
  if (what.method != "GET" && what.method != "HEAD") {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, what.method.c_str());
    if (what.method != "DELETE") {
      curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
      curl_easy_setopt(handle, CURLOPT_POSTFIELDS, what.body.data());
    }
  }
  const auto code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(headers);
  out.status = static_cast<int>(status);
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && out.cut))
    return out;
  if (code == CURLE_OPERATION_TIMEDOUT)
    return unreachable(on_, "it did not answer within " + std::to_string(what.patience.count() / 1000) + " s");
  return unreachable(on_, reason[0] != '\0' ? reason : curl_easy_strerror(code));
}

outcome<reply> api::post(const std::string& path, const nlohmann::json& body, std::chrono::milliseconds patience) {
  return call(
      {.method = "POST",
       .path = path,
       .body = body.is_null() ? std::string{} : body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
       .patience = patience});
}

outcome<reply> api::remove(const std::string& path) {
  return call({.method = "DELETE", .path = path, .patience = work_patience});
}

topology::failure api::refused(const std::string& what, const reply& answer) const {
  return {"ERR_RUN_002", what + ": " + on_.name + " says: " + answer.message(),
          "correct what the message says, then start again"};
}

} // namespace paws::docker
