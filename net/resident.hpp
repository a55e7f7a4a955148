// An object that is made, used and destroyed on the I/O thread only, as another thread (an actor) holds it.
#pragma once

#include "net/io_thread.hpp"

#include <memory>
#include <utility>

namespace paws::net {

template <class Type>
class resident {
public:
  resident() = default;

  /// Type is made with (io_context&, arguments...), soon, on the I/O thread.
  template <class... Arguments>
  explicit resident(const std::shared_ptr<io_loop>& loop, Arguments... arguments)
      : loop_(loop), box_(std::make_shared<std::weak_ptr<Type>>()) {
    loop_->post([keeper = loop.get(), box = box_, ... given = std::move(arguments)]() mutable {
      auto made = std::make_shared<Type>(keeper->context(), std::move(given)...);
      *box = made;
      keeper->keep(std::move(made));
    });
  }

  resident(resident&&) noexcept = default;
  resident& operator=(resident&& other) noexcept {
    std::swap(loop_, other.loop_);
    std::swap(box_, other.box_);
    return *this;
  }

  ~resident() {
    if (loop_)
      loop_->post([keeper = loop_.get(), box = box_] { keeper->release(box->lock().get()); });
  }

  /// Calls what(object) on the I/O thread, in the order of the calls. When the thread has ended, `what` is destroyed.
  template <class Function>
  void use(Function what) const {
    loop_->post([box = box_, what = std::move(what)]() mutable {
      if (auto object = box->lock())
        what(*object);
    });
  }

private:
  std::shared_ptr<io_loop> loop_;
  std::shared_ptr<std::weak_ptr<Type>> box_; // only touched on the I/O thread; the box itself is shared
};

} // namespace paws::net
