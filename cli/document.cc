#include "cli/document.h"

#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/smtp/capabilities.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

using Json = nlohmann::ordered_json;

Json NullIfEmpty(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json ReplyJson(bool present, const v1::Reply& reply) {
  if (!present) return nullptr;
  return {{"code", reply.code() == 0 ? Json(nullptr) : Json(reply.code())},
          {"enhanced", NullIfEmpty(reply.enhanced())},
          {"text", reply.text()}};
}

Json TargetJson(const JudgedReport& judged) {
  const v1::Facts& facts = judged.report.facts;
  return {{"host", judged.target.host},
          {"port", judged.target.port},
          {"protocol", Label(facts.protocol())},
          {"security", Label(EffectiveSecurity(facts))}};
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

Json PopWindowJson(const std::optional<probe::PopWindow>& window) {
  if (!window) return nullptr;
  return {{"open", window->open.count()},
          {"closed", window->closed ? Json(window->closed->count()) : Json(nullptr)}};
}

Json RelayJson(const probe::Report& report) {
  return {{"anonymous", CellsJson(report.facts.anonymous())},
          {"authenticated", CellsJson(report.facts.authenticated())},
          {"after_pop_login", CellsJson(report.facts.after_pop_login())},
          {"pop_window_s", PopWindowJson(report.pop_window)}};
}

double Milliseconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1000.0;
}

Json TimingsJson(const probe::Report& report) {
  Json timings = Json::object();
  for (std::size_t i = 0; i < report.timings.size(); ++i) {
    const bool ran = report.timings[i].count() > 0;
    timings[std::string(Label(StageAt(i)))] =
        ran ? Json(Milliseconds(report.timings[i])) : Json(nullptr);
  }
  timings["total"] = Milliseconds(report.total);
  return timings;
}

Json JudgementJson(const ProfileJudgement& entry) {
  Json also = Json::array();
  for (const v1::Verdict verdict : entry.judgement.also) also.push_back(Label(verdict));
  return {{"profile", entry.profile->name},
          {"verdict", Label(entry.judgement.verdict)},
          {"stage", Label(entry.judgement.stage)},
          {"also", std::move(also)},
          {"outlook_codes", entry.explanation.outlook_codes},
          {"summary", entry.explanation.summary},
          {"advice", entry.explanation.advice}};
}

Json TranscriptJson(const std::vector<probe::TranscriptLine>& lines) {
  Json transcript = Json::array();
  for (const probe::TranscriptLine& line : lines) {
    using From = probe::TranscriptLine::From;
    const char* from = line.from == From::kClient   ? "client"
                       : line.from == From::kServer ? "server"
                                                    : "note";
    transcript.push_back({{"from", from}, {"ms", Milliseconds(line.at)}, {"line", line.line}});
  }
  return transcript;
}

}  // namespace

Json Document(const JudgedReport& judged) {
  const probe::Report& report = judged.report;
  const v1::Facts& facts = report.facts;
  Json judgements = Json::array();
  for (const ProfileJudgement& entry : judged.judgements)
    judgements.push_back(JudgementJson(entry));
  return {{"target", TargetJson(judged)},
          {"address", NullIfEmpty(report.address)},
          {"started_at", FormatRfc3339(report.wall_ms)},
          {"stage", Label(facts.stage())},
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
          {"relay", RelayJson(report)},
          {"timings_ms", TimingsJson(report)},
          {"judgements", std::move(judgements)},
          {"findings", judged.findings},
          {"transcript", TranscriptJson(report.transcript)}};
}

}  // namespace relaywatch::cli
