#include "common/judge/profile.h"

#include <algorithm>
#include <array>

namespace relaywatch::judge {
namespace {

constexpr smtp::AuthReading kReadsEquals{.equals_form = true, .last_line_only = false};
constexpr smtp::AuthReading kIgnoresEquals{.equals_form = false, .last_line_only = false};
// The last AUTH line replaces the ones before it.
constexpr smtp::AuthReading kLastLine{.equals_form = false, .last_line_only = true};

std::vector<ClientProfile> BuildProfiles() {
  return {
      {.name = "outlook",
       .mechanisms = {"LOGIN", "NTLM"},
       .auth_reading = kReadsEquals,
       .is_outlook = true},
      {.name = "outlook-no-auth",
       .authenticates = false,
       .auth_reading = kReadsEquals,
       .is_outlook = true},
      {.name = "outlook-pop-first",
       .authenticates = false,
       .logs_on_to_incoming_first = true,
       .auth_reading = kReadsEquals,
       .is_outlook = true},
      {.name = "outlook-oauth",
       .mechanisms = {"XOAUTH2"},
       .auth_reading = kReadsEquals,
       .is_outlook = true},
      {.name = "thunderbird",
       .mechanisms = {"PLAIN", "LOGIN", "CRAM-MD5", "GSSAPI", "NTLM", "XOAUTH2"},
       .auth_reading = kLastLine},
      {.name = "apple-mail",
       .mechanisms = {"PLAIN", "LOGIN", "CRAM-MD5", "NTLM"},
       .auth_reading = kIgnoresEquals},
      {.name = "k9",
       .mechanisms = {"OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN", "CRAM-MD5", "EXTERNAL"},
       .auth_reading = kIgnoresEquals},
  };
}

// The IANA registry of SASL mechanisms as far as mail servers announce them, and Google's XOAUTH2.
constexpr std::array<std::string_view, 20> kMechanisms{"ANONYMOUS",
                                                       "CRAM-MD5",
                                                       "DIGEST-MD5",
                                                       "EXTERNAL",
                                                       "GS2-KRB5",
                                                       "GSS-SPNEGO",
                                                       "GSSAPI",
                                                       "KERBEROS_V4",
                                                       "LOGIN",
                                                       "NTLM",
                                                       "OAUTHBEARER",
                                                       "PLAIN",
                                                       "SCRAM-SHA-1",
                                                       "SCRAM-SHA-1-PLUS",
                                                       "SCRAM-SHA-256",
                                                       "SKEY",
                                                       "SCRAM-SHA-512",
                                                       "XOAUTH",
                                                       "SCRAM-SHA-256-PLUS",
                                                       "XOAUTH2"};

}  // namespace

std::span<const ClientProfile> BuiltInProfiles() {
  static const std::vector<ClientProfile> profiles = BuildProfiles();
  return profiles;
}

const ClientProfile* FindBuiltInProfile(std::string_view name) {
  const auto profiles = BuiltInProfiles();
  const auto it =
      std::find_if(profiles.begin(), profiles.end(),
                   [name](const ClientProfile& profile) { return profile.name == name; });
  return it == profiles.end() ? nullptr : &*it;
}

bool IsKnownMechanism(std::string_view name) {
  return std::find(kMechanisms.begin(), kMechanisms.end(), name) != kMechanisms.end();
}

}  // namespace relaywatch::judge
