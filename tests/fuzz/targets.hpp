// Everything that reads foreign bytes, as a target: fed with anything it neither breaks nor says what cannot be.
// libFuzzer looks for inputs (tools/fuzz); what it found is fed again by every run of the tests.
#pragma once

#include <span>
#include <string_view>

namespace paws::fuzz {

void feed_topology(std::string_view bytes);
void feed_http(std::string_view bytes);
void feed_json(std::string_view bytes);
void feed_postgres(std::string_view bytes);
void feed_patroni(std::string_view bytes);
void feed_redis(std::string_view bytes);
void feed_haproxy(std::string_view bytes);
void feed_frame(std::string_view bytes);
void feed_excerpt(std::string_view bytes);
void feed_query(std::string_view bytes);
void feed_engine_log(std::string_view bytes);
void feed_engine_event(std::string_view bytes);
void feed_container(std::string_view bytes);

} // namespace paws::fuzz
