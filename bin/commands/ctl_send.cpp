// ctl send ACTOR MESSAGE [JSON]: one registered message to one actor, and its answer.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/session.hpp"

#include <chrono>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::failure;

struct send_flags {
  std::string file, actor, message, body;
};

std::variant<json, failure> body_of(const std::string& text) {
  if (text.empty())
    return json::object();
  try {
    return json::parse(text);
  } catch (const json::parse_error& why) {
    return failure{"ERR_CLI_001",
                   "what is to be sent is no JSON: it breaks at character " + std::to_string(why.byte) + " of " +
                       harmless(text),
                   R"(write an object, in quotes for the shell: '{"member":"etcd1"}')"};
  }
}

int send(const global_flags& flags, const send_flags& given) {
  auto body = body_of(given.body);
  if (const auto* why = std::get_if<failure>(&body))
    return fail(flags, *why);
  auto opened = session::open(flags, given.file, false);
  if (const auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  const json letter{{"actor", given.actor}, {"message", given.message}, {"body", std::get<json>(body)}};
  auto got = std::get<session>(opened).post("/v1/send", letter, std::chrono::seconds{30});
  if (const auto* why = std::get_if<failure>(&got))
    return fail(flags, *why);
  const auto& document = std::get<json>(got);
  if (flags.json())
    print(document);
  else if (!flags.quiet)
    std::cout << (document["answer"].is_null() ? "delivered" : dump(document["answer"], 2)) << std::endl;
  return 0;
}

} // namespace

void add_ctl_send(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<send_flags>();
  auto* sub = parent.add_subcommand("send", "Deliver one registered message to one actor, and print its answer");
  sub->add_option("ACTOR", given->actor, "Its path, as `ctl actors` tells it")->required();
  sub->add_option("MESSAGE", given->message, "One that it knows; any other word lists them")->required();
  sub->add_option("JSON", given->body, "What the message takes, an object");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->footer("Examples:\n  paws-engine ctl send etcd health\n"
              "  paws-engine ctl send runtime tail '{\"member\":\"etcd1\",\"lines\":5}'");
  sub->callback([&line, given] { line.action = [&line, given] { return send(line.flags, *given); }; });
}

} // namespace paws::bin
