#include "common/judge/dialogue.h"

namespace relaywatch::judge {

std::vector<std::string> OfferedMechanisms(const Dialogue& dialogue) {
  const v1::Capabilities* offer = dialogue.reading.offer();
  if (offer == nullptr) return {};
  return smtp::AuthMechanisms(*offer, dialogue.facts.protocol(), dialogue.profile.auth_reading);
}

std::vector<std::string> ClientMechanisms(const Dialogue& dialogue) {
  const ClientProfile& profile = dialogue.profile;
  if (dialogue.reading.is_smtp() || !profile.mechanisms.empty()) return profile.mechanisms;
  // A client that does not log in to send logs in to receive, by what its kind knows.
  if (profile.is_outlook) return {"LOGIN", "NTLM"};
  return {"PLAIN", "LOGIN"};
}

}  // namespace relaywatch::judge
