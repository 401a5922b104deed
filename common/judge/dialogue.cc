#include "common/judge/dialogue.h"

namespace relaywatch::judge {

const std::vector<std::string>& OfferedMechanisms(const Dialogue& dialogue) {
  return dialogue.reading.Mechanisms(dialogue.profile.auth_reading);
}

std::vector<std::string> ClientMechanisms(const Dialogue& dialogue) {
  const ClientProfile& profile = dialogue.profile;
  if (dialogue.reading.is_smtp() || !profile.mechanisms.empty()) return profile.mechanisms;
  // A client that does not log in to send logs in to receive, by what its kind knows.
  if (profile.is_outlook) return {"LOGIN", "NTLM"};
  return {"PLAIN", "LOGIN"};
}

}  // namespace relaywatch::judge
