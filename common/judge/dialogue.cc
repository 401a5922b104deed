#include "common/judge/dialogue.h"

namespace relaywatch::judge {
namespace {

bool UsesTls(const v1::Facts& facts) {
  switch (facts.security()) {
    case v1::SECURITY_NONE:
      return false;
    case v1::SECURITY_STARTTLS:
    case v1::SECURITY_TLS:
      return true;
    default:
      return facts.has_tls() || facts.starttls().offered();
  }
}

const v1::Capabilities* Offer(const v1::Facts& facts, bool uses_tls) {
  if (uses_tls) return facts.has_tls_capabilities() ? &facts.tls_capabilities() : nullptr;
  return facts.has_plain() ? &facts.plain() : nullptr;
}

// The stage of the cut; by the kind of failure where the facts do not tell.
v1::Stage CutAt(const v1::Facts& facts) {
  if (facts.failure() == v1::FAILURE_UNSPECIFIED) return v1::STAGE_UNSPECIFIED;
  if (facts.stage() != v1::STAGE_UNSPECIFIED) return facts.stage();
  switch (facts.failure()) {
    case v1::FAILURE_NO_ADDRESS:
    case v1::FAILURE_DNS_NO_ANSWER:
      return v1::STAGE_RESOLVE;
    case v1::FAILURE_CONNECT_TIMEOUT:
    case v1::FAILURE_CONNECT_REFUSED:
    case v1::FAILURE_CONNECT_UNREACHABLE:
    case v1::FAILURE_LOCAL:
      return v1::STAGE_CONNECT;
    case v1::FAILURE_SMUGGLED_BYTES:
      return v1::STAGE_STARTTLS;
    case v1::FAILURE_TLS_PLAINTEXT:
    case v1::FAILURE_TLS_HANDSHAKE:
      return v1::STAGE_TLS;
    default:
      return v1::STAGE_BANNER;
  }
}

}  // namespace

Dialogue::Dialogue(const v1::Facts& facts_in, const ClientProfile& profile_in)
    : facts(facts_in),
      profile(profile_in),
      is_smtp(facts.protocol() != v1::PROTOCOL_POP3 && facts.protocol() != v1::PROTOCOL_IMAP),
      uses_tls(UsesTls(facts)),
      offer(Offer(facts, uses_tls)),
      cut_at(CutAt(facts)) {}

std::vector<std::string> OfferedMechanisms(const Dialogue& dialogue) {
  return smtp::AuthMechanisms(*dialogue.offer, dialogue.facts.protocol(),
                              dialogue.profile.auth_reading);
}

std::vector<std::string> ClientMechanisms(const Dialogue& dialogue) {
  const ClientProfile& profile = dialogue.profile;
  if (dialogue.is_smtp || !profile.mechanisms.empty()) return profile.mechanisms;
  // A client that does not log in to send logs in to receive, by what its kind knows.
  if (profile.is_outlook) return {"LOGIN", "NTLM"};
  return {"PLAIN", "LOGIN"};
}

bool OffersAuth(const Dialogue& dialogue) {
  return dialogue.offer != nullptr &&
         !smtp::AuthMechanisms(*dialogue.offer, dialogue.facts.protocol()).empty();
}

}  // namespace relaywatch::judge
