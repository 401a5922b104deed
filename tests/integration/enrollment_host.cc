#include "tests/integration/enrollment_host.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "collector/fleet/pki.h"
#include "common/identity/key.h"

namespace relaywatch::testing {
namespace {

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  fmt::print(stderr, "{}\n", std::string(result.status().message()));
  std::abort();
}

}  // namespace

void EnrollmentHost::AgePki(std::int64_t seconds) {
  host_.Stop();
  const std::string directory = host_.data_file("pki");
  std::filesystem::remove_all(directory);
  Must(collector::PreparePki({directory, "example", {"localhost", "127.0.0.1"}},
                             std::time(nullptr) - seconds));
  host_.Restart();
}

std::unique_ptr<v1::Admin::Stub> EnrollmentHost::Admin() const {
  return v1::Admin::NewStub(
      grpc::CreateChannel("unix:" + host_.admin_socket(), grpc::InsecureChannelCredentials()));
}

std::string EnrollmentHost::CreateToken(const std::string& location, std::uint32_t uses) const {
  grpc::ClientContext context;
  v1::CreateTokenRequest request;
  request.set_location(location);
  request.set_uses(uses);
  v1::CreateTokenResponse response;
  const auto status = Admin()->CreateToken(&context, request, &response);
  if (!status.ok()) fmt::print(stderr, "{}\n", status.error_message());
  return response.token();
}

grpc::Status EnrollmentHost::RevokeAgent(const std::string& agent) const {
  grpc::ClientContext context;
  v1::RevokeAgentRequest request;
  request.set_agent(agent);
  request.set_reason("test");
  v1::RevokeAgentResponse response;
  return Admin()->RevokeAgent(&context, request, &response);
}

agent::Config EnrollmentHost::AgentConfig(const std::string& location) {
  agent::Config config;
  config.collector = fmt::format("127.0.0.1:{}", collector().agents_port());
  config.collector_name = "localhost";
  config.location = location;
  config.enrollment = {fmt::format("127.0.0.1:{}", collector().enrollment_port()), ""};
  return config;
}

std::unique_ptr<v1::Enrollment::Stub> EnrollmentHost::RawEnrollment() {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = host_.ca_pem();
  return v1::Enrollment::NewStub(grpc::CreateChannel(
      fmt::format("localhost:{}", collector().enrollment_port()), grpc::SslCredentials(options)));
}

EnrolledAgent EnrollmentHost::Enrol(const std::string& location) {
  const auto key = Must(MakeKey());
  agent::CertificateClient client(AgentConfig(location));
  const auto issued = Must(client.Enroll(CreateToken(location), key.get()));
  EnrolledAgent enrolled{issued.agent(), {x509::ToPem(key.get()), issued.chain_pem()}, {}};
  enrolled.identity = {.key_pem = enrolled.credential.key_pem,
                       .chain_pem = issued.chain_pem(),
                       .ca_pem = issued.ca_pem(),
                       .uri = "spiffe://example/agent/" + issued.agent(),
                       .not_after = issued.not_after().seconds()};
  return enrolled;
}

support::Credential EnrollmentHost::IssueByHand(
    const std::function<void(collector::CertificateSpec&)>& change) const {
  const std::string pem = support::ReadFile(host_.data_file("pki/issuer.pem"));
  const auto issuer_key = x509::ReadKey(pem);
  const auto issuer = x509::ReadCertificates(pem);
  const auto key = Must(MakeKey());
  const std::int64_t now = std::time(nullptr);
  collector::CertificateSpec spec{.kind = collector::CertificateKind::kClient,
                                  .common_name = "by hand",
                                  .names = {"URI:spiffe://example/agent/by-hand"},
                                  .not_before = now - 3'600,
                                  .not_after = now + 3'600};
  change(spec);
  const auto leaf =
      Must(collector::SignCertificate(spec, key.get(), {issuer.front().get(), issuer_key.get()}));
  return {x509::ToPem(key.get()), x509::ToPem(leaf.get()) + x509::ToPem(issuer)};
}

}  // namespace relaywatch::testing
