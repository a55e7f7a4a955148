#include "topology/limits.hpp"
#include "topology/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

namespace paws::topology {

namespace {

/// Ends the reading from inside a callback; caught in read_yaml, never beyond.
struct refusal {
  mark at;
  std::string message;
};

std::string at_most(std::string_view what, std::size_t limit) {
  return "too many " + std::string{what} + ": at most " + std::to_string(limit) + " are read";
}

mark ours(const YAML::Mark& at) {
  return {at.line < 0 ? 1 : at.line + 1, at.column < 0 ? 1 : at.column + 1};
}

/// Builds the tree from the parser's events. Everything that could grow is counted before it is kept.
class tree_builder : public YAML::EventHandler {
public:
  void OnDocumentStart(const YAML::Mark& at) override {
    if (++documents_ > 1)
      throw refusal{ours(at), "a second document begins here: a topology is one document"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& at, YAML::anchor_t anchor) override {
    yaml_node node;
    node.at = ours(at);
    count(node, node.at);
    remember(anchor, node);
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& at, YAML::anchor_t anchor) override {
    if (++aliases_ > limits::yaml_aliases)
      throw refusal{ours(at), at_most("aliases", limits::yaml_aliases)};
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end())
      throw refusal{ours(at), "an alias stands inside of what it repeats"};
    if (open_.size() + height(known->second) > limits::nesting_levels)
      throw refusal{ours(at), too_deep()};
    count(known->second, ours(at)); // before the copy is made
    auto node = known->second;
    node.at = ours(at);
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(at, tag);
    yaml_node node;
    node.kind = yaml_node::kind_type::scalar;
    node.plain = tag != "!";
    node.at = ours(at);
    node.text = value;
    count(node, node.at);
    remember(anchor, node);
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(yaml_node::kind_type::sequence, at, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(yaml_node::kind_type::map, at, tag, anchor);
  }
  void OnMapEnd() override { end(); }

  yaml_node take() { return std::move(root_); }

private:
  struct frame {
    yaml_node node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool has_key = false;
    std::string key;
    mark key_at;
  };

  static std::string too_deep() { return "nested deeper than " + std::to_string(limits::nesting_levels) + " levels"; }

  static void refuse_tag(const YAML::Mark& at, const std::string& tag) {
    // "?" is what a plain node carries, "!" a quoted one.
    if (!tag.empty() && tag != "?" && tag != "!")
      throw refusal{ours(at), "tags such as " + quoted(tag) + " have no meaning here"};
  }

  // Depth is bounded by nesting_levels: nothing deeper was ever built.
  static std::size_t height(const yaml_node& node) {
    std::size_t most = 0;
    for (const auto& child : node.children)
      most = std::max(most, height(child));
    return most + (node.children.empty() ? 0 : 1);
  }

  void count(const yaml_node& node, mark at) {
    if (++nodes_ > limits::yaml_nodes)
      throw refusal{at, at_most("values", limits::yaml_nodes)};
    text_bytes_ += node.text.size() + node.key.size();
    if (text_bytes_ > limits::yaml_text_bytes)
      throw refusal{at, "too much text: at most " + std::to_string(limits::yaml_text_bytes) +
                            " bytes are read, repetitions included"};
    for (const auto& child : node.children)
      count(child, at);
  }

  void remember(YAML::anchor_t anchor, const yaml_node& node) {
    if (anchor == YAML::NullAnchor)
      return;
    count(node, node.at);
    anchors_[anchor] = node;
  }

  void begin(yaml_node::kind_type kind, const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor) {
    refuse_tag(at, tag);
    if (!open_.empty() && open_.back().node.is_map() && !open_.back().has_key)
      throw refusal{ours(at), "a key must be one word"};
    if (open_.size() >= limits::nesting_levels)
      throw refusal{ours(at), too_deep()};
    frame next;
    next.node.kind = kind;
    next.node.at = ours(at);
    next.anchor = anchor;
    open_.push_back(std::move(next));
  }

  void end() {
    auto done = std::move(open_.back());
    open_.pop_back();
    if (++nodes_ > limits::yaml_nodes) // its children were counted one by one
      throw refusal{done.node.at, at_most("values", limits::yaml_nodes)};
    remember(done.anchor, done.node);
    add(std::move(done.node));
  }

  void add(yaml_node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.is_map()) {
      if (!parent.has_key) {
        take_key(parent, node);
        return;
      }
      node.key = std::move(parent.key);
      node.key_at = parent.key_at;
      if (node.is_null()) // the parser's own position is where the next thing stands
        node.at = node.key_at;
      parent.has_key = false;
    }
    if (parent.node.children.size() >= limits::group_entries)
      throw refusal{node.at, at_most("entries in one list or group", limits::group_entries)};
    parent.node.children.push_back(std::move(node));
  }

  static void take_key(frame& parent, const yaml_node& node) {
    if (!node.is_scalar())
      throw refusal{node.at, node.is_null() ? "a key is missing here" : "a key must be one word"};
    parent.has_key = true;
    parent.key = node.text;
    parent.key_at = node.at;
  }

  std::vector<frame> open_;
  std::map<YAML::anchor_t, yaml_node> anchors_;
  yaml_node root_;
  std::size_t documents_ = 0;
  std::size_t aliases_ = 0;
  std::size_t nodes_ = 0;
  std::size_t text_bytes_ = 0;
};

// Length of the well-formed UTF-8 sequence at the beginning of `text` (shortest form, no surrogates); 0 = none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const auto lead = byte(0);
  if (lead < 0x80)
    return 1;
  if (lead >= 0xC2 && lead <= 0xDF)
    return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool too_long = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return !too_long && !surrogate && tail(1) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool too_long = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return !too_long && !beyond && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// What can be told from the bytes alone, before any parser sees them. Throws refusal.
void inspect_bytes(std::string_view text) {
  mark at;
  if (text.size() > limits::file_bytes)
    throw refusal{at, "the file is larger than " + std::to_string(limits::file_bytes) + " bytes"};
  std::size_t flow_characters = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto length = utf8_length(text.substr(i));
    if (length == 0)
      throw refusal{at, "the text is not valid UTF-8"};
    if (byte == 0)
      throw refusal{at, "a NUL byte"};
    const bool c1 = byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0; // terminals obey these, too
    if (c1 || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f)
      throw refusal{at, "a control character" + (c1 ? std::string{} : " " + quoted(text.substr(i, 1)))};
    if (std::string_view{"[]{},"}.find(text[i]) != std::string_view::npos &&
        ++flow_characters > limits::flow_characters)
      throw refusal{at, at_most("brackets, braces and commas", limits::flow_characters)};
    at = byte == '\n' ? mark{at.line + 1, 1} : mark{at.line, at.column + static_cast<int>(length)};
    i += length;
  }
}

} // namespace

std::optional<yaml_node> read_yaml(std::string_view text, problem_list& problems) {
  try {
    inspect_bytes(text);
    std::istringstream in{std::string{text}};
    YAML::Parser parser{in};
    tree_builder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const refusal& no) {
    problems.add(no.at, no.message);
  } catch (const YAML::Exception& error) {
    problems.add(ours(error.mark), "this is not YAML: " + error.msg);
  }
  return std::nullopt;
}

} // namespace paws::topology
