#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/judge/dialogue.h"
#include "common/judge/situation.h"
#include "common/taxonomy.h"

namespace relaywatch::judge {
namespace {

// How a client calls the settings that advice is about.
struct SettingNames {
  std::string_view tick_auth;
  std::string_view untick_auth;
  std::string_view tick_pop;
  std::string_view encryption;
};

constexpr SettingNames kOutlookNames{
    .tick_auth =
        "Tick \"My outgoing server (SMTP) requires authentication\" and \"Use same "
        "settings as my incoming mail server\" (Account Settings > More Settings > "
        "Outgoing Server)",
    .untick_auth =
        "untick \"My outgoing server (SMTP) requires authentication\" (Account Settings "
        "> More Settings > Outgoing Server)",
    .tick_pop =
        "Tick \"Log on to incoming mail server before sending mail\" (Account Settings > "
        "More Settings > Outgoing Server)",
    .encryption =
        "Account Settings > More Settings > Advanced > port and type of encrypted "
        "connection"};

constexpr SettingNames kOtherNames{
    .tick_auth =
        "Turn authentication with user name and password on for the outgoing server "
        "(SMTP)",
    .untick_auth = "turn authentication off for the outgoing server (SMTP)",
    .tick_pop =
        "Receive mail shortly before sending, or turn authentication on for the outgoing "
        "server (SMTP)",
    .encryption = "server settings > port and connection security"};

std::string_view StageInWords(v1::Stage stage) {
  switch (stage) {
    case v1::STAGE_RESOLVE:
      return "the name lookup";
    case v1::STAGE_CONNECT:
      return "the connection's opening";
    case v1::STAGE_BANNER:
      return "the greeting";
    case v1::STAGE_EHLO:
    case v1::STAGE_EHLO2:
      return "the exchange of capabilities";
    case v1::STAGE_STARTTLS:
      return "STARTTLS";
    case v1::STAGE_TLS:
      return "the TLS handshake";
    case v1::STAGE_AUTH:
      return "login";
    case v1::STAGE_MAIL:
      return "the naming of the sender";
    case v1::STAGE_RCPT:
      return "the naming of the recipient";
    default:
      return "the dialogue";
  }
}

// The cells by which the client is judged.
const v1::RelayCells& OwnCells(const Situation& situation) {
  const v1::Facts& facts = situation.facts;
  if (situation.profile.authenticates && LoggedIn(situation)) return facts.authenticated();
  if (situation.profile.logs_on_to_incoming_first && facts.has_after_pop_login()) {
    return facts.after_pop_login();
  }
  return facts.anonymous();
}

const v1::Reply& DecidingReply(const Situation& situation) {
  const v1::Facts& facts = situation.facts;
  switch (situation.judgement.stage) {
    case v1::STAGE_STARTTLS:
      if (facts.starttls().has_reply()) return facts.starttls().reply();
      return facts.refusal();
    case v1::STAGE_AUTH:
      if (facts.login().has_reply()) return facts.login().reply();
      return facts.refusal();
    case v1::STAGE_MAIL:
    case v1::STAGE_RCPT: {
      const v1::RelayCells& cells = OwnCells(situation);
      if (cells.foreign().state() == v1::CELL_STATE_REFUSED) return cells.foreign().reply();
      if (cells.own().state() == v1::CELL_STATE_REFUSED) return cells.own().reply();
      return facts.refusal();
    }
    default:
      return facts.refusal();
  }
}

// "454 4.7.1 <user@example.net>: Relay access denied", on one line.
std::string InOneLine(const v1::Reply& reply) {
  std::string line = reply.code() == 0 ? "" : std::to_string(reply.code());
  for (const std::string& part : {reply.enhanced(), reply.text()}) {
    if (part.empty()) continue;
    if (!line.empty()) line += ' ';
    line += part;
  }
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line.empty() ? "(no words)" : line;
}

template <typename Names>
std::string Listed(const Names& names, std::string_view where_empty) {
  if (names.empty()) return std::string(where_empty);
  return fmt::format("{}", fmt::join(names.begin(), names.end(), ", "));
}

std::string Reason(const v1::TlsSession& tls) {
  const std::string label = std::string(Label(tls.verify_error()));
  return tls.verify_detail().empty() ? label : fmt::format("{} ({})", label, tls.verify_detail());
}

}  // namespace

std::string Fill(std::string_view text, const Situation& situation) {
  if (text.find('{') == std::string_view::npos) return std::string(text);
  const v1::Facts& facts = situation.facts;
  const Reading reading(facts);
  const Dialogue dialogue(reading, situation.profile);
  const SettingNames& names = situation.profile.is_outlook ? kOutlookNames : kOtherNames;
  return fmt::format(
      fmt::runtime(text), fmt::arg("client", situation.profile.name),
      fmt::arg("port", facts.port()), fmt::arg("stage", StageInWords(situation.judgement.stage)),
      fmt::arg("detail", facts.detail().empty() ? "no details" : facts.detail()),
      fmt::arg("reply", InOneLine(DecidingReply(situation))),
      fmt::arg("reason", Reason(facts.tls())),
      fmt::arg("names", Listed(facts.tls().certificate().names(), "none")),
      fmt::arg("offered", Listed(OfferedMechanisms(dialogue), "no login")),
      fmt::arg("mechanisms", Listed(ClientMechanisms(dialogue), "none")),
      fmt::arg("tick_auth", names.tick_auth), fmt::arg("untick_auth", names.untick_auth),
      fmt::arg("tick_pop", names.tick_pop), fmt::arg("encryption", names.encryption));
}

}  // namespace relaywatch::judge
