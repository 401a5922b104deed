// The client's side of one SASL exchange, as messages: no base64, no protocol around them.
// PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1 and SCRAM-SHA-256 are GNU SASL's; XOAUTH2 and OAUTHBEARER are
// short texts of our own (sasl_oauth.h). Use only inside verified TLS.
// References must outlive the client. Confined to one dialogue.
// RFC 4422; RFC 4616 (PLAIN), RFC 2195 (CRAM-MD5), RFC 5802 and RFC 7677 (SCRAM).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/probe/credentials.h"
#include "common/secret/secret.h"

namespace relaywatch::probe {

// The service that is logged in to, as the client was told to reach it.
struct SaslService {
  std::string host;
  std::uint16_t port = 0;
};

class SaslClient {
 public:
  virtual ~SaslClient() = default;

  // nullptr for a mechanism that is not in SupportedMechanisms().
  static std::unique_ptr<SaslClient> Create(std::string_view mechanism,
                                            const Credentials& credentials,
                                            const SaslService& service);

  // Its first message comes before any challenge, so that it may go with AUTH itself.
  virtual bool SpeaksFirst() const = 0;
  // The next message; `challenge` is empty for the first one of a client that speaks first.
  // nullopt where there is none: a challenge that cannot be answered, a server that does not prove
  // itself, a user or password that the mechanism cannot carry.
  virtual std::optional<Secret> Answer(std::string_view challenge) = 0;
};

// Upper case: those for a password in the order in which they are tried, then those for a token.
std::span<const std::string_view> SupportedMechanisms();
std::span<const std::string_view> PasswordMechanisms();

// A hostile server may not keep the thread busy: SCRAM with more iterations is not answered.
inline constexpr unsigned long kMaxScramIterations = 100'000;

}  // namespace relaywatch::probe
