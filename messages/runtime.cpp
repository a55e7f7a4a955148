#include "messages/runtime.hpp"

namespace paws {

std::string_view to_string(container_status what) {
  switch (what) {
  case container_status::absent:
    return "absent";
  case container_status::created:
    return "created";
  case container_status::running:
    return "running";
  case container_status::paused:
    return "paused";
  case container_status::exited:
    return "exited";
  }
  return "?";
}

} // namespace paws
