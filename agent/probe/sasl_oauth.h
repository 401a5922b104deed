// XOAUTH2 and OAUTHBEARER: one message with an access token; a refusal comes as a challenge, which
// asks for a last, empty word. RFC 7628; XOAUTH2 as Google and Microsoft document it.
#pragma once

#include "agent/probe/sasl.h"

namespace relaywatch::probe {

class XOAuth2Client final : public SaslClient {
 public:
  explicit XOAuth2Client(const Credentials& credentials) : credentials_(credentials) {}

  bool SpeaksFirst() const override { return true; }
  std::optional<Secret> Answer(std::string_view challenge) override;

 private:
  const Credentials& credentials_;
  bool spoke_ = false;
};

class OAuthBearerClient final : public SaslClient {
 public:
  OAuthBearerClient(const Credentials& credentials, const SaslService& service)
      : credentials_(credentials), service_(service) {}

  bool SpeaksFirst() const override { return true; }
  std::optional<Secret> Answer(std::string_view challenge) override;

 private:
  const Credentials& credentials_;
  const SaslService& service_;
  bool spoke_ = false;
};

}  // namespace relaywatch::probe
