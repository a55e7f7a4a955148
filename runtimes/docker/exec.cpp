#include "runtimes/docker/exec.hpp"

#include "runtimes/docker/log_frames.hpp"
#include "runtimes/docker/names.hpp"

#include <curl/curl.h>

namespace paws::docker {

namespace {

using nlohmann::json;

constexpr std::chrono::seconds exec_patience{60};
constexpr std::size_t exec_most_bytes = 1024 * 1024;

// The output as it comes; the connection ends with the command.
struct heard {
  frame_reader frames;
  std::string output;
  bool broken = false;
};

std::size_t on_output(char* data, std::size_t size, std::size_t count, void* self) {
  auto& to = *static_cast<heard*>(self);
  const auto understood = to.frames.feed({data, size * count}, [&](bool, std::string_view text) {
    to.output += text.substr(0, exec_most_bytes - std::min(exec_most_bytes, to.output.size()));
  });
  to.broken = !understood;
  return understood ? size * count : 0;
}

CURLcode listen(const engine& on, const std::string& path, heard& to) {
  const std::unique_ptr<CURL, void (*)(CURL*)> handle{curl_easy_init(), curl_easy_cleanup};
  if (!handle)
    return CURLE_OUT_OF_MEMORY;
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers{
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all};
  const auto url = base_url() + path;
  curl_easy_setopt(handle.get(), CURLOPT_UNIX_SOCKET_PATH, on.socket.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(exec_patience.count()));
  curl_easy_setopt(handle.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, on_output);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &to);
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, R"({"Detach":false,"Tty":false})");
  return curl_easy_perform(handle.get());
}

} // namespace

outcome<exec_result> run_inside(api& on, const std::string& container, const line_list& command) {
  const auto answer =
      on.post("/containers/" + container + "/exec",
              {{"AttachStdin", false}, {"AttachStdout", true}, {"AttachStderr", true}, {"Cmd", command}});
  if (const auto* why = why_not(answer))
    return *why;
  const auto& made = std::get<reply>(answer);
  const auto said = made.json();
  const auto id = said.is_object() ? said.value("Id", "") : "";
  if (!made.ok() || !is_name(id.substr(0, 12)))
    return on.refused("no command can run in " + container, made);
  heard output;
  const auto code = listen(on.on(), "/exec/" + id + "/start", output);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return exec_result{-1, std::move(output.output)};
  if (code != CURLE_OK && code != CURLE_HTTP_RETURNED_ERROR)
    return unreachable(on.on(), output.broken ? "it sent no output of a command" : curl_easy_strerror(code));
  const auto ended = on.get("/exec/" + id + "/json");
  if (const auto* why = why_not(ended))
    return *why;
  const auto state = std::get<reply>(ended).json();
  const auto exit_code = state.is_object() ? state.value("ExitCode", json{}) : json{};
  if (code == CURLE_HTTP_RETURNED_ERROR)
    return on.refused(command.front() + " cannot be run in " + container, std::get<reply>(ended));
  return exec_result{exit_code.is_number_integer() ? exit_code.get<int>() : -1, std::move(output.output)};
}

} // namespace paws::docker
