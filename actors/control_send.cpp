// The route that delivers one registered message to one actor.
#include "actors/control.hpp"
#include "actors/registered_messages.hpp"
#include "actors/view_json.hpp"

#include <algorithm>

namespace paws {

namespace {

using nlohmann::json;

struct letter {
  std::string actor, message;
  json body = json::object();
  topology::failure what; // code "" when it can be sent
};

letter letter_of(const std::string& text) {
  letter out;
  const auto bad = [&](const std::string& why) {
    out.what = {"ERR_CLI_001", why, "see: GET /v1/openapi.json"};
    return out;
  };
  const auto from = json::parse(text, nullptr, false);
  if (!from.is_object())
    return bad("the body is no JSON object");
  for (const auto& [key, value] : from.items()) {
    if (key == "body" && !value.is_object())
      return bad("`body` must be a JSON object");
    if (key == "body")
      out.body = value;
    else if (key != "actor" && key != "message")
      return bad("send knows no field `" + key + "`");
    else if (!value.is_string() || value.get_ref<const std::string&>().empty())
      return bad("`" + key + "` must be a name");
    else
      (key == "actor" ? out.actor : out.message) = value.get<std::string>();
  }
  if (out.actor.empty() || out.message.empty())
    return bad("send needs `actor` and `message`");
  return out;
}

template <class Rows, class Name>
std::string names_in(const Rows& rows, Name name) {
  std::string out;
  for (const auto& row : rows)
    out += (out.empty() ? "" : ", ") + std::string{name(row)};
  return out;
}

} // namespace

void control_state::send(const control_request& request) {
  auto wanted = letter_of(request.body);
  if (!wanted.what.code.empty())
    return refuse(request.id, 400, wanted.what);
  with_rows([this, id = request.id, wanted = std::move(wanted)](const actor_list& rows) {
    const auto at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.path == wanted.actor; });
    if (at == rows.end())
      return refuse(id, 404,
                    {"ERR_CLI_001", "no actor here is called " + wanted.actor,
                     "choose from: " + names_in(rows, [](const auto& row) { return row.path; })});
    const auto known = messages_for(*at);
    const auto what =
        std::find_if(known.begin(), known.end(), [&](const auto* each) { return each->name == wanted.message; });
    if (what == known.end())
      return refuse(id, 404,
                    {"ERR_CLI_001", wanted.actor + " (" + at->kind + ") has no message " + wanted.message,
                     known.empty() ? "it takes none"
                                   : "choose from: " + names_in(known, [](const auto* each) { return each->name; })});
    if (const auto why = misfit(**what, wanted.body); !why.code.empty())
      return refuse(id, 400, why);
    delivery sent{self_, at->who, wanted.body, {}, [this, id](const caf::error& why) { refuse(id, why); }};
    sent.answered = [this, id, wanted](const json& answer) {
      reply(id, 200, dump({{"actor", wanted.actor}, {"message", wanted.message}, {"answer", answer}}));
    };
    (*what)->deliver(sent);
  });
}

} // namespace paws
