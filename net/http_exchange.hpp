// One HTTP exchange as a curl easy handle: what is asked, what has come back so far, within limits.
#pragma once

#include "net/answer_sink.hpp"

#include <curl/curl.h>

#include <array>
#include <memory>

namespace paws::net {

class http_driver;

class http_exchange {
public:
  /// Sets everything but the socket callbacks. handle() is null when curl is out of memory.
  http_exchange(logic::ask question, answer_sink sink);
  http_exchange(const http_exchange&) = delete;
  http_exchange& operator=(const http_exchange&) = delete;

  CURL* handle() const { return easy_.get(); }
  const std::string& address() const { return question_.address; }
  /// Delivers what came of it. Call it once.
  void finish(CURLcode how);
  void fail(const std::string& why) { sink_.fail(harmless(why, question_)); }

  http_driver* owner = nullptr; // opens its sockets

private:
  void describe_request();
  void encrypt();
  void limit();
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  /// As many lines have come as were asked for: the body may go on, the answer does not.
  bool has_its_lines() const { return question_.lines > 0 && lines_ >= question_.lines; }
  std::string describe(CURLcode how) const;
  std::string detail(CURLcode how) const;

  struct easy_closer {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct list_closer {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  logic::ask question_;
  answer_sink sink_;
  logic::answer answer_;
  std::size_t head_bytes_ = 0;
  std::size_t lines_ = 0; // that have come whole, as far as they are counted
  bool too_large_ = false;
  std::array<char, CURL_ERROR_SIZE> detail_{};                    // curl's own words
  std::unique_ptr<curl_slist, list_closer> headers_, connect_to_; // curl keeps pointers into them
  std::unique_ptr<CURL, easy_closer> easy_;
};

} // namespace paws::net
