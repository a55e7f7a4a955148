#include "topology_support.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace topology_test {

namespace {

std::string file_text(const std::string& path) {
  const std::ifstream in{path, std::ios::binary};
  REQUIRE(in.good());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::size_t only_place(std::string_view text, std::string_view needle) {
  const auto at = text.find(needle);
  INFO("looking for " << needle);
  REQUIRE(at != std::string_view::npos);
  REQUIRE(text.find(needle, at + 1) == std::string_view::npos);
  return at;
}

} // namespace

std::string shipped_text() {
  return file_text(PAWS_SOURCE_DIR "/config/paws360.yaml");
}

const std::string& default_text() {
  static const auto text = [] {
    auto all = shipped_text();
    const auto profiles = all.find("\ndefault_profiles:");
    all.erase(profiles, all.find('\n', profiles + 1) - profiles);
    const auto services = all.find("\nservices:");
    return all.erase(services, all.find("\nbudgets:") - services);
  }();
  return text;
}

std::string data_path(const std::string& name) {
  return PAWS_SOURCE_DIR "/tests/unit/topology/data/" + name;
}

std::string data_text(const std::string& name) {
  return file_text(data_path(name));
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  text.replace(only_place(text, from), from.size(), to);
  return text;
}

std::string with_services(std::string_view lines) {
  return with(default_text(), "\nbudgets:", "\nservices:\n" + std::string{lines} + "\nbudgets:");
}

std::vector<std::string> problems_of(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& one : load_topology_text(text, "/project/config/t.yaml").problems)
    out.push_back(std::to_string(one.line) + ":" + std::to_string(one.column) + ": " + one.message);
  return out;
}

std::string place_of(const std::string& text, std::string_view needle) {
  const auto at = only_place(text, needle);
  const auto before = std::string_view{text}.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? at + 1 : at - newline;
  return std::to_string(line) + ":" + std::to_string(column);
}

void check_refused(const std::string& text, std::string_view needle, std::string_view words) {
  const auto found = problems_of(text);
  CAPTURE(needle, words, found);
  REQUIRE(found.size() == 1);
  CHECK(found.front().starts_with(place_of(text, needle) + ": "));
  CHECK(found.front().find(words) != std::string::npos);
}

document good(std::string_view text) {
  auto loaded = load_topology_text(text, "/project/config/t.yaml");
  INFO((loaded.ok() ? "" : to_string(as_failure(loaded))));
  REQUIRE(loaded.ok());
  return std::move(loaded.doc);
}

} // namespace topology_test
