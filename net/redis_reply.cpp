#include "net/redis_reply.hpp"

#include "net/limits.hpp"

#include <hiredis/hiredis.h>

#include <exception>

namespace paws::net {

namespace {

// hiredis calls these while it parses. They are C callbacks: nothing may be thrown through them, and nullptr means
// "out of memory", which ends the parse.
redis_reply* place(const redisReadTask* task, std::unique_ptr<redis_reply> made) {
  if (!task->parent)
    return made.release();
  auto* parent = static_cast<redis_reply*>(task->parent->obj);
  parent->elements.push_back(std::move(made));
  return parent->elements.back().get();
}

template <class Fill>
void* make(const redisReadTask* task, Fill fill) noexcept {
  try {
    auto made = std::make_unique<redis_reply>();
    fill(*made);
    return place(task, std::move(made));
  } catch (const std::exception&) {
    return nullptr;
  }
}

void* make_string(const redisReadTask* task, char* text, size_t size) {
  return make(task, [&](redis_reply& out) {
    out.error = task->type == REDIS_REPLY_ERROR;
    out.text.assign(text, size);
  });
}

void* make_array(const redisReadTask* task, int size) {
  if (size < 0 || static_cast<std::size_t>(size) > reply_elements_limit)
    return nullptr;
  return make(task, [&](redis_reply& out) { out.array = true; });
}

void* make_integer(const redisReadTask* task, long long value) {
  return make(task, [&](redis_reply& out) { out.text = std::to_string(value); });
}

void* make_nil(const redisReadTask* task) {
  return make(task, [](redis_reply&) {});
}

void free_reply(void* reply) {
  delete static_cast<redis_reply*>(reply);
}

redisReplyObjectFunctions functions{make_string, make_array, make_integer, make_nil, free_reply};

void flatten(const redis_reply& from, std::vector<std::string>& cells) {
  if (!from.array) {
    cells.push_back(from.text);
    return;
  }
  for (const auto& element : from.elements)
    flatten(*element, cells);
}

} // namespace

logic::answer to_answer(const redis_reply& reply) {
  logic::answer out;
  if (reply.error) {
    out.error = reply.text;
    return out;
  }
  out.ok = true;
  out.text = reply.text;
  for (const auto& element : reply.elements)
    flatten(*element, out.rows.emplace_back());
  return out;
}

void redis_parser::closer::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

redis_parser::redis_parser() {
  reset();
}

bool redis_parser::excess() const {
  return reader_ && reader_->pos < reader_->len;
}

void redis_parser::reset() {
  reply_.reset();
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  taken_bytes_ = 0;
  error_.clear();
}

redis_parser::outcome redis_parser::feed(std::string_view bytes) {
  taken_bytes_ += bytes.size();
  void* reply = nullptr;
  if (!reader_)
    error_ = "out of memory";
  else if (taken_bytes_ > answer_limit_bytes)
    error_ = "the reply is larger than 4 MiB";
  else if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK ||
           redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
    error_ = "not a Redis reply";
  if (!error_.empty())
    return outcome::broken;
  if (!reply)
    return outcome::more;
  reply_.reset(static_cast<redis_reply*>(reply));
  taken_bytes_ = 0;
  return outcome::complete;
}

} // namespace paws::net
