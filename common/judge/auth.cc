#include <algorithm>

#include "common/judge/stages.h"

namespace relaywatch::judge {
namespace {

// What a login proves: the same secret works or fails whatever the mechanism that carries it.
enum class Secret { kNone, kPassword, kToken };

Secret SecretOf(std::string_view mechanism) {
  if (mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER") return Secret::kToken;
  const bool is_password = mechanism == "PLAIN" || mechanism == "LOGIN" ||
                           mechanism == "CRAM-MD5" || mechanism == "DIGEST-MD5" ||
                           mechanism == "NTLM" || mechanism.starts_with("SCRAM-");
  return is_password ? Secret::kPassword : Secret::kNone;
}

bool IsLoginRefused(const Dialogue& dialogue) {
  return dialogue.facts.login().state() == v1::LOGIN_STATE_REFUSED;
}

// Announced, but refused as unknown when it was tried.
bool IsUnknownToServer(const Dialogue& dialogue, const std::string& mechanism) {
  const v1::Login& login = dialogue.facts.login();
  const auto& unknown = login.unknown_mechanisms();
  if (std::find(unknown.begin(), unknown.end(), mechanism) != unknown.end()) return true;
  return IsLoginRefused(dialogue) && login.mechanism() == mechanism &&
         dialogue.reading.LoginRefusal() == v1::VERDICT_AUTH_MISMATCH;
}

// The mechanism this client would use; empty where there is none.
std::string UsableMechanism(const Dialogue& dialogue) {
  const auto& offered = OfferedMechanisms(dialogue);
  for (const std::string& mechanism : ClientMechanisms(dialogue)) {
    const bool is_offered = std::find(offered.begin(), offered.end(), mechanism) != offered.end();
    if (is_offered && !IsUnknownToServer(dialogue, mechanism)) return mechanism;
  }
  return {};
}

// The login that was tried says something about this client.
bool LoginCounts(const Dialogue& dialogue) {
  const std::string& tried = dialogue.facts.login().mechanism();
  const std::string usable = UsableMechanism(dialogue);
  if (usable.empty()) return false;
  const Secret secret = SecretOf(usable);
  return tried.empty() || (secret != Secret::kNone && secret == SecretOf(tried));
}

bool LogsIn(const Dialogue& dialogue) {
  return dialogue.profile.authenticates || !dialogue.reading.is_smtp();
}

}  // namespace

std::optional<Finding> AuthOfferRule(const Dialogue& dialogue) {
  if (!LogsIn(dialogue) || !UsableMechanism(dialogue).empty()) return std::nullopt;
  const auto finding = [](v1::Verdict verdict) { return Finding{verdict, v1::STAGE_AUTH}; };
  if (dialogue.reading.is_smtp()) {
    return finding(OfferedMechanisms(dialogue).empty() ? v1::VERDICT_AUTH_NOT_OFFERED
                                                       : v1::VERDICT_AUTH_MISMATCH);
  }
  const bool is_waiting_for_tls =
      !dialogue.reading.uses_tls() &&
      smtp::LoginDisabled(*dialogue.reading.offer(), dialogue.facts.protocol());
  return finding(is_waiting_for_tls ? v1::VERDICT_TLS_REQUIRED : v1::VERDICT_AUTH_MISMATCH);
}

std::optional<Finding> LoginRule(const Dialogue& dialogue) {
  const bool was_tried = IsLoginRefused(dialogue) || dialogue.reading.cut_at() == v1::STAGE_AUTH;
  if (!was_tried || !LogsIn(dialogue) || !LoginCounts(dialogue)) return std::nullopt;
  if (!IsLoginRefused(dialogue)) return CutAtStage(dialogue, v1::STAGE_AUTH);
  const v1::Verdict verdict = dialogue.reading.LoginRefusal();
  // One mechanism is unknown, another one is there and was not tried: nothing is proved.
  if (verdict == v1::VERDICT_AUTH_MISMATCH) return std::nullopt;
  return Finding{verdict, v1::STAGE_AUTH};
}

bool LoggedInLikeThisClient(const Dialogue& dialogue) {
  return dialogue.profile.authenticates &&
         dialogue.facts.login().state() == v1::LOGIN_STATE_ACCEPTED && LoginCounts(dialogue);
}

}  // namespace relaywatch::judge
