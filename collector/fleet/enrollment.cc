#include "collector/fleet/enrollment.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "collector/annotate.h"
#include "collector/fleet/certificate_request.h"
#include "collector/fleet/host_name.h"
#include "collector/fleet/peer_identity.h"
#include "common/identity/enrollment_token.h"
#include "common/identity/key.h"
#include "common/syntax.h"

namespace relaywatch::collector {
namespace {

constexpr std::size_t kMaxVersion = 64;

AgentWords WordsOf(const std::string& host_name, const std::string& version) {
  return {HostNameOf(host_name), version.size() <= kMaxVersion ? HostNameOf(version) : ""};
}

absl::Status CheckLength(const google::protobuf::Message& request) {
  const std::size_t bytes = request.ByteSizeLong();
  if (bytes <= Enrollment::kMaxRequestBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("a request of {} bytes is over the limit", bytes));
}

}  // namespace

v1::IssuedCertificate Enrollment::Answer(const std::string& agent,
                                         const IssuedCertificate& certificate) const {
  v1::IssuedCertificate answer;
  answer.set_chain_pem(certificate.chain_pem);
  answer.set_ca_pem(deps_.ca_pem);
  answer.set_agent(agent);
  answer.mutable_not_after()->set_seconds(certificate.not_after);
  return answer;
}

absl::Status Enrollment::Refused(std::string_view act, std::string_view object,
                                 const absl::Status& why, const std::string& peer) {
  if (!failures_.Allow(deps_.clock.Steady())) {
    return absl::ResourceExhaustedError("too many failures at this collector; try again later");
  }
  const std::string reason(why.message());
  spdlog::warn("fleet: {} from {} refused: {}", act, peer, reason);
  if (!object.empty()) {
    auto told = deps_.registry.AuditRefusal(object, fmt::format("{}: {}", act, reason), peer,
                                            deps_.clock.Now().wall_ms);
    if (!told.ok()) spdlog::error("fleet: audit: {}", std::string(told.message()));
  }
  return why;
}

absl::StatusOr<v1::IssuedCertificate> Enrollment::Enroll(const v1::EnrollRequest& request,
                                                         const std::string& peer) {
  if (auto length = CheckLength(request); !length.ok()) {
    return Refused("enrolment", "", length, peer);
  }
  const auto token = ParseToken(request.token());
  if (!token.ok()) {
    return Refused("enrolment", "", absl::UnauthenticatedError(token.status().message()), peer);
  }
  auto answer = TryEnroll(request, TokenHash(*token), peer);
  if (answer.ok()) return answer;
  if (absl::IsNotFound(answer.status())) {
    return Refused("enrolment", "", absl::UnauthenticatedError(answer.status().message()), peer);
  }
  return Refused("enrolment", TokenId(TokenHash(*token)), answer.status(), peer);
}

absl::StatusOr<v1::IssuedCertificate> Enrollment::TryEnroll(const v1::EnrollRequest& request,
                                                            const std::string& token_hash,
                                                            const std::string& peer) {
  const std::int64_t now = deps_.clock.Now().wall_ms;
  if (!request.location().empty() && !IsLabelName(request.location())) {
    return absl::InvalidArgumentError("the declared location is not a name");
  }
  const auto key = KeyOfRequest(request.csr());
  if (!key.ok()) return key.status();
  const auto issue = [&](const std::string& agent) {
    return deps_.authority.Issue(key->get(), Role::kAgent, agent, now / 1000);
  };
  const auto enrolled =
      deps_.registry.Redeem({.token_hash = token_hash,
                             .location = request.location(),
                             .key_hash = x509::PublicKeyHash(key->get()),
                             .words = WordsOf(request.host_name(), request.version()),
                             .now_ms = now,
                             .peer = peer},
                            issue);
  if (!enrolled.ok()) return enrolled.status();
  deps_.fleet.Enrolled(enrolled->agent, now, enrolled->location);
  spdlog::info("fleet: agent {} enrolled from {}, host {}, certificate until {}", enrolled->agent,
               peer, WordsOf(request.host_name(), "").host_name,
               FormatRfc3339(enrolled->certificate.not_after * 1000));
  return Answer(enrolled->agent, enrolled->certificate);
}

absl::StatusOr<v1::IssuedCertificate> Enrollment::Renew(const std::string& agent,
                                                        const v1::RenewRequest& request,
                                                        const std::string& peer) {
  if (auto length = CheckLength(request); !length.ok()) {
    return Refused("renewal of agent " + agent, agent, length, peer);
  }
  auto answer = RenewFor(agent, request.csr(), WordsOf(request.host_name(), request.version()),
                         peer, deps_.clock.Now().wall_ms);
  if (!answer.ok()) return Refused("renewal of agent " + agent, agent, answer.status(), peer);
  return answer;
}

absl::StatusOr<v1::IssuedCertificate> Enrollment::RenewFor(const std::string& agent,
                                                           const std::string& csr,
                                                           const AgentWords& words,
                                                           const std::string& peer,
                                                           std::int64_t now) {
  const auto key = KeyOfRequest(csr);
  if (!key.ok()) return key.status();
  const auto certificate =
      deps_.registry.Renew(agent, words, now, peer, [&](const std::string& name) {
        return deps_.authority.Issue(key->get(), Role::kAgent, name, now / 1000);
      });
  if (!certificate.ok()) return certificate.status();
  spdlog::info("fleet: agent {} at {} has a new certificate until {}", agent, peer,
               FormatRfc3339(certificate->not_after * 1000));
  return Answer(agent, *certificate);
}

absl::StatusOr<v1::ChallengeResponse> Enrollment::Challenge() {
  const auto nonce = nonces_.Make(deps_.clock.Now().wall_ms);
  if (!nonce.ok()) return nonce.status();
  v1::ChallengeResponse response;
  response.set_nonce(*nonce);
  return response;
}

absl::StatusOr<v1::IssuedCertificate> Enrollment::Recover(const v1::RecoverRequest& request,
                                                          const std::string& peer) {
  const std::int64_t now = deps_.clock.Now().wall_ms;
  if (auto length = CheckLength(request); !length.ok()) {
    return Refused("recovery", "", length, peer);
  }
  const auto expired = CheckRecovery(request, now);
  if (!expired.ok()) return Refused("recovery", "", expired.status(), peer);
  auto answer = RenewFor(expired->agent, request.csr(),
                         WordsOf(request.host_name(), request.version()), peer, now);
  if (answer.ok()) return answer;
  return Refused("recovery of agent " + expired->agent, expired->agent, answer.status(), peer);
}

absl::StatusOr<Enrollment::Expired> Enrollment::ReadExpired(const std::string& chain_pem,
                                                            std::int64_t now) const {
  const auto chain = x509::ReadCertificates(chain_pem);
  if (chain.empty()) return absl::InvalidArgumentError("no certificate to recover");
  X509* leaf = chain.front().get();
  const std::int64_t ended = x509::NotAfter(leaf);
  // As it stood in the last second of its life: what has expired since is what is forgiven.
  const auto verified = x509::VerifyChain(leaf, chain, x509::ReadCertificates(deps_.ca_pem),
                                          std::min(ended, now / 1000) - 1, X509_PURPOSE_SSL_CLIENT);
  if (!verified.ok()) {
    return absl::PermissionDeniedError(Annotate(verified.status(), "the certificate").message());
  }
  auto agent = AgentOf(x509::UriNames(leaf), deps_.deployment);
  if (!agent.ok()) return agent.status();
  if (now / 1000 > ended + kGraceSeconds) {
    return absl::PermissionDeniedError(
        fmt::format("the certificate expired at {}, more than 30 days ago; enrol agent {} anew",
                    FormatRfc3339(ended * 1000), *agent));
  }
  x509::Key key(X509_get_pubkey(leaf));
  if (!key) return absl::InvalidArgumentError("the certificate has no key that can be used");
  return Expired{*std::move(agent), std::move(key)};
}

// Cheap checks first; the nonce is spent last, by who has the key.
absl::StatusOr<Enrollment::Expired> Enrollment::CheckRecovery(const v1::RecoverRequest& request,
                                                              std::int64_t now) {
  if (auto fresh = nonces_.Check(request.nonce(), now); !fresh.ok()) return fresh;
  auto expired = ReadExpired(request.chain_pem(), now);
  if (!expired.ok()) return expired;
  if (!VerifyBytes(expired->key.get(), request.nonce() + request.csr(), request.proof())) {
    return absl::PermissionDeniedError(fmt::format(
        "the proof that the peer has the key of agent {} does not hold", expired->agent));
  }
  if (auto used = nonces_.Use(request.nonce(), now); !used.ok()) return used;
  return expired;
}

}  // namespace relaywatch::collector
