#include "agent/enrollment/certificate_client.h"

#include <chrono>

#include "agent/enrollment/pinned_ca.h"
#include "agent/uplink/channel.h"
#include "common/host_name.h"
#include "common/identity/enrollment_token.h"
#include "common/identity/key.h"
#include "common/syntax.h"
#include "common/version.h"
#include "relaywatch/v1/enrollment.grpc.pb.h"

namespace relaywatch::agent {
namespace {

constexpr std::chrono::seconds kLimit{20};

template <typename T>
absl::StatusOr<T> Result(const grpc::Status& status, T response, const Peer& peer) {
  if (status.ok()) return response;
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), Explain(status, peer));
}

}  // namespace

class CertificateClient::Call {
 public:
  explicit Call(CertificateClient& client) : client_(client) {
    context_.set_deadline(std::chrono::system_clock::now() + kLimit);
    const std::lock_guard lock(client_.mutex_);
    client_.waiting_ = &context_;
    if (client_.cancelled_) context_.TryCancel();
  }
  ~Call() {
    const std::lock_guard lock(client_.mutex_);
    client_.waiting_ = nullptr;
  }
  grpc::ClientContext* context() { return &context_; }

 private:
  CertificateClient& client_;
  grpc::ClientContext context_;
};

void CertificateClient::Cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (waiting_ != nullptr) waiting_->TryCancel();
}

absl::StatusOr<v1::IssuedCertificate> CertificateClient::Enroll(std::string_view token,
                                                                EVP_PKEY* key) {
  const auto parsed = ParseToken(token);
  if (!parsed.ok()) return parsed.status();
  const auto csr = MakeRequest(key);
  if (!csr.ok()) return csr.status();
  Peer peer{config_.enrollment->address, config_.collector_name, {}};
  auto ca = FetchPinnedCa(*ParseHostPort(peer.address), peer.name, parsed->ca_pin, kLimit);
  if (!ca.ok()) return ca.status();
  peer.identity.ca_pem = *std::move(ca);
  v1::EnrollRequest request;
  request.set_token(std::string(token));
  request.set_csr(*csr);
  request.set_location(config_.location);
  request.set_host_name(HostName());
  request.set_version(kVersion);
  v1::IssuedCertificate issued;
  Call call(*this);
  const auto stub = v1::Enrollment::NewStub(MakeChannel(peer));
  const grpc::Status status = stub->Enroll(call.context(), request, &issued);
  WipeBytes(request.mutable_token()->data(), request.token().size());
  return Result(status, std::move(issued), peer);
}

absl::StatusOr<v1::IssuedCertificate> CertificateClient::Renew(const Identity& identity,
                                                               EVP_PKEY* key) {
  const auto csr = MakeRequest(key);
  if (!csr.ok()) return csr.status();
  const Peer peer{config_.collector, config_.collector_name, identity};
  v1::RenewRequest request;
  request.set_csr(*csr);
  request.set_host_name(HostName());
  request.set_version(kVersion);
  v1::IssuedCertificate issued;
  Call call(*this);
  const auto stub = v1::Renewal::NewStub(MakeChannel(peer));
  const grpc::Status status = stub->Renew(call.context(), request, &issued);
  return Result(status, std::move(issued), peer);
}

absl::StatusOr<v1::IssuedCertificate> CertificateClient::Recover(const Identity& expired,
                                                                 EVP_PKEY* key) {
  const auto csr = MakeRequest(key);
  if (!csr.ok()) return csr.status();
  Peer peer{config_.enrollment->address, config_.collector_name, {}};
  peer.identity.ca_pem = expired.ca_pem;
  const auto stub = v1::Enrollment::NewStub(MakeChannel(peer));
  v1::ChallengeResponse challenge;
  {
    Call call(*this);
    const grpc::Status status = stub->Challenge(call.context(), {}, &challenge);
    if (!status.ok()) return Result(status, v1::IssuedCertificate(), peer);
  }
  const auto old_key = x509::ReadKey(expired.key_pem);
  const auto proof = SignBytes(old_key.get(), challenge.nonce() + *csr);
  if (!proof.ok()) return proof.status();
  v1::RecoverRequest request;
  request.set_chain_pem(expired.chain_pem);
  request.set_csr(*csr);
  request.set_nonce(challenge.nonce());
  request.set_proof(*proof);
  request.set_host_name(HostName());
  request.set_version(kVersion);
  v1::IssuedCertificate issued;
  Call call(*this);
  const grpc::Status status = stub->Recover(call.context(), request, &issued);
  return Result(status, std::move(issued), peer);
}

}  // namespace relaywatch::agent
