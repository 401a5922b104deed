// One dialogue seen through one client's eyes: which TLS state the client would send in, what the
// server offers there, and where the dialogue was cut short. Holds references; use within one call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/judge/profile.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::judge {

// One thing a client would run into.
struct Finding {
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  v1::Stage stage = v1::STAGE_UNSPECIFIED;
};

struct Dialogue {
  Dialogue(const v1::Facts& facts, const ClientProfile& profile);

  const v1::Facts& facts;
  const ClientProfile& profile;
  bool is_smtp;
  // The client would log in and send inside TLS: by configuration, or because STARTTLS is offered.
  bool uses_tls;
  // What the server offers in that state; nullptr where the dialogue did not get there.
  const v1::Capabilities* offer;
  v1::Stage cut_at;  // UNSPECIFIED where nothing cut the dialogue short
};

// The mechanisms that a client finds in an offer, each in its own reading of it.
std::vector<std::string> OfferedMechanisms(const Dialogue& dialogue);

// The mechanisms by which the client would log in: for sending, the profile's; for receiving every
// client has some.
std::vector<std::string> ClientMechanisms(const Dialogue& dialogue);

// Whether anybody could log in in that state, whatever the client.
bool OffersAuth(const Dialogue& dialogue);

}  // namespace relaywatch::judge
