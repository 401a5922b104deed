#include "tests/bench/fleetsim/fleet.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/unit/collector/messages.h"

namespace relaywatch::bench {
namespace {

constexpr const char* kDeployment = "bench";
constexpr std::chrono::milliseconds kStep{50};

FleetSpeech MakeSpeech() {
  v1::Path path = collector::testing::PathTo(1, "office");
  path.clear_ref();
  return {.path = std::make_shared<const v1::Path>(std::move(path)),
          .outcome = std::make_shared<const std::string>(
              collector::testing::SubmissionFacts({"LOGIN", "PLAIN"}).SerializeAsString())};
}

agent::Peer PeerOf(int number, const std::string& address,
                   const support::CertificateAuthority& ca) {
  const std::string name = fmt::format("agent-{}", number);
  const support::Credential credential = ca.Issue(support::AgentCertificate(kDeployment, name));
  return {.address = address,
          .name = "localhost",
          .identity = {.key_pem = credential.key_pem,
                       .chain_pem = credential.certificate_pem,
                       .ca_pem = ca.certificate_pem(),
                       .uri = fmt::format("spiffe://{}/agent/{}", kDeployment, name),
                       .not_after = 0}};
}

}  // namespace

Fleet::Fleet(int agents, const std::string& address, const support::CertificateAuthority& ca)
    : speech_(MakeSpeech()) {
  for (int i = 0; i < agents; ++i) {
    agents_.push_back(
        std::make_unique<SimulatedAgent>(io_, clock_, PeerOf(i, address, ca), speech_));
  }
}

bool Fleet::RunUntil(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto deadline = clock_.Steady() + limit;
  while (!done()) {
    if (clock_.Steady() >= deadline) return false;
    io_.restart();
    io_.run_for(kStep);
  }
  return true;
}

void Fleet::RunFor(std::chrono::milliseconds time) {
  RunUntil([] { return false; }, time);
}

void Fleet::Connect(std::chrono::milliseconds spread) {
  for (int i = 0; i < size(); ++i) agents_[i]->ConnectAfter(spread * i / size());
}

void Fleet::Talk(std::chrono::milliseconds interval) {
  for (int i = 0; i < size(); ++i) agents_[i]->Talk(interval * i / size(), interval);
}

void Fleet::Quiet() {
  for (const auto& agent : agents_) agent->Quiet();
}

int Fleet::connected() const {
  return static_cast<int>(
      std::ranges::count_if(agents_, [](const auto& agent) { return agent->connected(); }));
}

std::uint64_t Fleet::unacknowledged() const {
  std::uint64_t sum = 0;
  for (const auto& agent : agents_) sum += agent->unacknowledged();
  return sum;
}

}  // namespace relaywatch::bench
