#include "agent/probe/sasl.h"

#include <gsasl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "agent/probe/sasl_oauth.h"

namespace relaywatch::probe {
namespace {

constexpr std::array<std::string_view, 7> kMechanisms{
    "LOGIN", "PLAIN", "CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-1", "XOAUTH2", "OAUTHBEARER"};
constexpr std::size_t kPasswordMechanisms = 5;

// "r=nonce,s=salt,i=4096" (RFC 5802, section 7). What has no count is the library's to refuse.
bool AsksForTooMuchWork(std::string_view server_first) {
  constexpr std::string_view kIterations = ",i=";
  const std::size_t start = server_first.find(kIterations);
  if (start == std::string_view::npos) return false;
  const std::string_view digits = server_first.substr(start + kIterations.size());
  unsigned long iterations = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), iterations);
  return parsed.ec != std::errc() || iterations > kMaxScramIterations;
}

class GsaslClient final : public SaslClient {
 public:
  GsaslClient(std::string_view mechanism, const Credentials& credentials) : mechanism_(mechanism) {
    if (gsasl_init(&library_) != GSASL_OK) return;
    if (gsasl_client_start(library_, mechanism_.c_str(), &session_) != GSASL_OK) return;
    gsasl_property_set(session_, GSASL_AUTHID, credentials.user.c_str());
    gsasl_property_set(session_, GSASL_PASSWORD, credentials.password.view().data());
  }

  // The library keeps a copy of the password and frees it as it is.
  ~GsaslClient() override {
    if (session_ != nullptr) {
      const char* kept = gsasl_property_fast(session_, GSASL_PASSWORD);
      if (kept != nullptr) WipeBytes(const_cast<char*>(kept), std::strlen(kept));
      gsasl_finish(session_);
    }
    if (library_ != nullptr) gsasl_done(library_);
  }

  GsaslClient(const GsaslClient&) = delete;
  GsaslClient& operator=(const GsaslClient&) = delete;

  bool SpeaksFirst() const override { return mechanism_ == "PLAIN" || IsScram(); }

  std::optional<Secret> Answer(std::string_view challenge) override {
    const bool is_first = step_++ == 0;
    if (session_ == nullptr || is_over_) return std::nullopt;
    if (IsScram() && AsksForTooMuchWork(challenge)) return std::nullopt;
    // Either reads its challenge, and takes none for "not yet".
    const bool needs_challenge = mechanism_ == "CRAM-MD5" || (IsScram() && !is_first);
    if (needs_challenge && challenge.empty()) return std::nullopt;
    return Step(challenge);
  }

 private:
  bool IsScram() const { return mechanism_.starts_with("SCRAM-"); }

  std::optional<Secret> Step(std::string_view challenge) {
    char* output = nullptr;
    std::size_t size = 0;
    const int result = gsasl_step(session_, challenge.data(), challenge.size(), &output, &size);
    is_over_ = result != GSASL_NEEDS_MORE;  // some mechanisms would begin again
    const bool goes_on = result == GSASL_OK || result == GSASL_NEEDS_MORE;
    std::optional<Secret> message;
    if (goes_on) message.emplace(std::string_view(output, size));
    if (output != nullptr) WipeBytes(output, size);
    gsasl_free(output);
    return message;
  }

  const std::string mechanism_;
  Gsasl* library_ = nullptr;
  Gsasl_session* session_ = nullptr;
  int step_ = 0;
  bool is_over_ = false;
};

}  // namespace

std::span<const std::string_view> SupportedMechanisms() { return kMechanisms; }

std::span<const std::string_view> PasswordMechanisms() {
  return SupportedMechanisms().first(kPasswordMechanisms);
}

std::unique_ptr<SaslClient> SaslClient::Create(std::string_view mechanism,
                                               const Credentials& credentials,
                                               const SaslService& service) {
  if (mechanism == "XOAUTH2") return std::make_unique<XOAuth2Client>(credentials);
  if (mechanism == "OAUTHBEARER") return std::make_unique<OAuthBearerClient>(credentials, service);
  const auto known = PasswordMechanisms();
  if (std::find(known.begin(), known.end(), mechanism) == known.end()) return nullptr;
  return std::make_unique<GsaslClient>(mechanism, credentials);
}

}  // namespace relaywatch::probe
