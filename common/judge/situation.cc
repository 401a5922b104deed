#include "common/judge/situation.h"

#include <algorithm>

#include "common/judge/dialogue.h"
#include "common/judge/stages.h"

namespace relaywatch::judge {
namespace {

using Names = std::vector<std::string>;

bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool HasTokenMechanism(const Names& names) {
  return Has(names, "XOAUTH2") || Has(names, "OAUTHBEARER");
}

bool HasPasswordMechanism(const Names& names) {
  return Has(names, "PLAIN") || Has(names, "LOGIN") || Has(names, "CRAM-MD5");
}

Names OfferInUse(const Situation& situation) {
  const Reading reading(situation.facts);
  return OfferedMechanisms({reading, situation.profile});
}

Names Announced(const v1::Capabilities& capabilities, const v1::Facts& facts) {
  return smtp::AuthMechanisms(capabilities, facts.protocol());
}

bool UsesTls(const Situation& situation) { return Reading(situation.facts).uses_tls(); }

bool IsVerifyError(const Situation& situation, v1::VerifyError error) {
  return situation.facts.tls().verify_error() == error;
}

}  // namespace

bool Always(const Situation&) { return true; }

bool IsReceiving(const Situation& situation) {
  return situation.facts.protocol() == v1::PROTOCOL_POP3 ||
         situation.facts.protocol() == v1::PROTOCOL_IMAP;
}

bool IsPort25(const Situation& situation) { return situation.facts.port() == 25; }
bool IsPort465(const Situation& situation) { return situation.facts.port() == 465; }
bool IsPort587(const Situation& situation) { return situation.facts.port() == 587; }

bool SpeaksTlsToPlainPort(const Situation& situation) {
  switch (situation.facts.port()) {
    case 25:
    case 110:
    case 143:
    case 587:
      return situation.facts.security() == v1::SECURITY_TLS;
    default:  // any port whose answer to a TLS hello was readable
      return situation.facts.failure() == v1::FAILURE_TLS_PLAINTEXT &&
             situation.facts.security() == v1::SECURITY_TLS;
  }
}

bool SpeaksPlainToTlsPort(const Situation& situation) {
  const auto port = situation.facts.port();
  return (port == 465 || port == 993 || port == 995) &&
         situation.facts.security() != v1::SECURITY_TLS;
}

bool HasNoAddress(const Situation& situation) {
  return situation.facts.failure() == v1::FAILURE_NO_ADDRESS;
}

bool CouldNotBind(const Situation& situation) {
  return situation.facts.failure() == v1::FAILURE_LOCAL;
}

bool IsHttp(const Situation& situation) {
  const auto names_http = [](const std::string& text) {
    return text.find("HTTP") != std::string::npos;
  };
  return names_http(situation.facts.detail()) || names_http(situation.facts.greeting().text());
}

bool IsExpired(const Situation& situation) {
  return IsVerifyError(situation, v1::VERIFY_ERROR_EXPIRED);
}
bool IsNotYetValid(const Situation& situation) {
  return IsVerifyError(situation, v1::VERIFY_ERROR_NOT_YET_VALID);
}
bool IsNameMismatch(const Situation& situation) {
  return IsVerifyError(situation, v1::VERIFY_ERROR_NAME_MISMATCH);
}
bool IsUntrusted(const Situation& situation) {
  return IsVerifyError(situation, v1::VERIFY_ERROR_UNTRUSTED) ||
         IsVerifyError(situation, v1::VERIFY_ERROR_SELF_SIGNED) ||
         IsVerifyError(situation, v1::VERIFY_ERROR_OTHER);
}
bool IsRevoked(const Situation& situation) {
  return IsVerifyError(situation, v1::VERIFY_ERROR_REVOKED);
}

bool MayOfferAuthInTls(const Situation& situation) {
  return !UsesTls(situation) && situation.facts.starttls().offered() &&
         Announced(situation.facts.plain(), situation.facts).empty();
}

bool OffersAuthInPlainOnly(const Situation& situation) {
  const v1::Facts& facts = situation.facts;
  return facts.has_tls_capabilities() && !Announced(facts.plain(), facts).empty() &&
         Announced(facts.tls_capabilities(), facts).empty();
}

bool OffersAuthNowhere(const Situation& situation) {
  const v1::Facts& facts = situation.facts;
  return !MayOfferAuthInTls(situation) && Announced(facts.plain(), facts).empty() &&
         Announced(facts.tls_capabilities(), facts).empty();
}

bool OffersAuthWithEqualsOnly(const Situation& situation) {
  const Reading reading(situation.facts);
  return reading.OffersAuth() && OfferedMechanisms({reading, situation.profile}).empty();
}

bool OffersOnlyTokenToPassword(const Situation& situation) {
  const Names offered = OfferInUse(situation);
  return HasTokenMechanism(offered) && !HasPasswordMechanism(offered) &&
         HasPasswordMechanism(situation.profile.mechanisms);
}

bool OffersPasswordToToken(const Situation& situation) {
  const Names offered = OfferInUse(situation);
  return HasPasswordMechanism(offered) && !HasTokenMechanism(offered) &&
         HasTokenMechanism(situation.profile.mechanisms) &&
         !HasPasswordMechanism(situation.profile.mechanisms);
}

bool OffersToken(const Situation& situation) {
  return HasTokenMechanism(OfferInUse(situation)) &&
         !HasTokenMechanism(situation.profile.mechanisms);
}

bool DemandsTls(const Situation& situation) {
  const auto& also = situation.judgement.also;
  return std::find(also.begin(), also.end(), v1::VERDICT_TLS_REQUIRED) != also.end();
}

bool AuthenticatesToSend(const Situation& situation) {
  return situation.profile.authenticates && !IsReceiving(situation);
}

bool LoggedIn(const Situation& situation) {
  const Reading reading(situation.facts);
  return reading.offer() != nullptr && LoggedInLikeThisClient({reading, situation.profile});
}

bool LogsOnFirst(const Situation& situation) { return situation.profile.logs_on_to_incoming_first; }
bool IsNotLoggingOnFirst(const Situation& situation) { return !LogsOnFirst(situation); }

bool RelaysAnonymously(const Situation& situation) {
  return AuthenticatesToSend(situation) &&
         situation.facts.anonymous().foreign().state() == v1::CELL_STATE_ACCEPTED;
}

bool SendsAnonymously(const Situation& situation) { return !situation.profile.authenticates; }

bool SendsAnonymouslyWithAuthOffered(const Situation& situation) {
  return SendsAnonymously(situation) && !OfferInUse(situation).empty();
}

bool SendsAnonymouslyWithoutAuthOffered(const Situation& situation) {
  return SendsAnonymously(situation) && OfferInUse(situation).empty();
}

}  // namespace relaywatch::judge
