#include "common/json/facts_json.h"

#include <string>
#include <vector>

#include "common/clock.h"
#include "common/facts/describe.h"
#include "common/smtp/capabilities.h"
#include "common/taxonomy.h"

namespace relaywatch {
namespace {

using Json = nlohmann::ordered_json;

Json NullIfEmpty(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json ReplyJson(bool present, const v1::Reply& reply) {
  if (!present) return nullptr;
  return {{"code", reply.code() == 0 ? Json(nullptr) : Json(reply.code())},
          {"enhanced", NullIfEmpty(reply.enhanced())},
          {"text", reply.text()}};
}

Json CapabilitiesJson(const v1::Facts& facts) {
  return {{"plain", Json(std::vector<std::string>(facts.plain().lines().begin(),
                                                  facts.plain().lines().end()))},
          {"tls", Json(std::vector<std::string>(facts.tls_capabilities().lines().begin(),
                                                facts.tls_capabilities().lines().end()))}};
}

Json AuthJson(const v1::Facts& facts) {
  return {{"plain", smtp::AuthMechanisms(facts.plain(), facts.protocol())},
          {"tls", smtp::AuthMechanisms(facts.tls_capabilities(), facts.protocol())}};
}

Json StartTlsJson(const v1::Facts& facts) {
  return {{"offered", facts.starttls().offered()},
          {"reply", ReplyJson(facts.starttls().has_reply(), facts.starttls().reply())}};
}

Json TlsJson(const v1::Facts& facts) {
  if (!facts.has_tls()) return nullptr;
  const v1::TlsSession& tls = facts.tls();
  Json certificate = nullptr;
  if (tls.has_certificate()) {
    const v1::Certificate& leaf = tls.certificate();
    certificate = {{"subject", leaf.subject()},
                   {"issuer", leaf.issuer()},
                   {"not_after", FormatRfc3339(leaf.not_after() * 1000)},
                   {"names", std::vector<std::string>(leaf.names().begin(), leaf.names().end())}};
  }
  return {{"version", tls.version()},
          {"cipher", tls.cipher()},
          {"sni", tls.sni()},
          {"verified", tls.verify_error() == v1::VERIFY_ERROR_UNSPECIFIED},
          {"verify_error", VerifyErrorText(tls)},
          {"certificate", std::move(certificate)}};
}

Json LoginJson(const v1::Login& login) {
  return {{"state", Label(login.state())},
          {"reason", login.reason()},
          {"mechanism", NullIfEmpty(login.mechanism())},
          {"reply", ReplyJson(login.has_reply(), login.reply())}};
}

Json BlindAuthJson(const v1::BlindAuth& blind) {
  return {{"state", Label(blind.state())},
          {"mechanism", NullIfEmpty(blind.mechanism())},
          {"reply", ReplyJson(blind.has_reply(), blind.reply())}};
}

Json CellJson(const v1::RelayCell& cell) {
  const bool refused = cell.state() == v1::CELL_STATE_REFUSED;
  return {{"state", Label(cell.state())},
          {"at", refused ? Json(Label(cell.at())) : Json(nullptr)},
          {"reply", ReplyJson(refused, cell.reply())}};
}

Json CellsJson(const v1::RelayCells& cells) {
  return {{"own", CellJson(cells.own())}, {"foreign", CellJson(cells.foreign())}};
}

Json RelayJson(const v1::Facts& facts) {
  return {{"anonymous", CellsJson(facts.anonymous())},
          {"authenticated", CellsJson(facts.authenticated())},
          {"after_pop_login", CellsJson(facts.after_pop_login())}};
}

}  // namespace

Json FactsJson(const v1::Facts& facts) {
  return {{"stage", Label(facts.stage())},
          {"ended", {{"how", Label(facts.ending())}, {"detail", facts.detail()}}},
          {"banner", facts.has_greeting() ? Json(facts.greeting().text()) : Json(nullptr)},
          {"helo_fallback", facts.helo_fallback()},
          {"egress_address", NullIfEmpty(facts.egress_address())},
          {"capabilities", CapabilitiesJson(facts)},
          {"auth", AuthJson(facts)},
          {"starttls", StartTlsJson(facts)},
          {"tls", TlsJson(facts)},
          {"login", LoginJson(facts.login())},
          {"blind_auth", BlindAuthJson(facts.blind_auth())},
          {"pop_login", LoginJson(facts.pop_login())},
          {"relay", RelayJson(facts)}};
}

}  // namespace relaywatch
