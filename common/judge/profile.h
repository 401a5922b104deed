// How one kind of mail client behaves, as data: verdicts.md "Built-in client profiles". A new
// client is a new row (or an entry of the collector's configuration), never new code. Immutable
// after construction; thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/smtp/capabilities.h"

namespace relaywatch::judge {

struct ClientProfile {
  std::string name;
  bool authenticates = true;
  // Logs on to the incoming server before it sends: judged by the relay cell after that login.
  bool logs_on_to_incoming_first = false;
  std::vector<std::string> mechanisms;  // IANA names, upper case, in the client's order
  smtp::AuthReading auth_reading;
  bool is_outlook = false;  // verdicts carry the error codes that Outlook shows
};

// The seven built-in profiles, in the order of the documentation.
std::span<const ClientProfile> BuiltInProfiles();

// nullptr where no built-in profile has that name.
const ClientProfile* FindBuiltInProfile(std::string_view name);

// The mechanism names a profile may list; anything else is a configuration error.
bool IsKnownMechanism(std::string_view name);

}  // namespace relaywatch::judge
