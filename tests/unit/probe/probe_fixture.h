// Runs one probe against a scripted server and returns its report. Limits are short: a test that
// has to wait for a deadline waits a fraction of a second.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/probe/probe.h"
#include "agent/probe/resolver.h"
#include "agent/probe/tls_context.h"
#include "tests/support/certificates.h"
#include "tests/support/scratch.h"
#include "tests/unit/probe/scripted_server.h"

namespace relaywatch::probe {

// Answers every name with the same resolution.
class FixedResolver final : public Resolver {
 public:
  asio::awaitable<Resolution> Resolve(std::string host, AddressFamily family,
                                      std::chrono::steady_clock::time_point deadline) override;
  Resolution resolution;
};

class ProbeFixture : public ::testing::Test {
 protected:
  ProbeFixture();

  // To 127.0.0.1 at `port`, calling the server mail.example.com and ourselves client.example.com.
  static Request RequestFor(std::uint16_t port, v1::Security security = v1::SECURITY_AUTO);

  std::vector<Report> RunAll(const Request& request);
  Report Run(const Request& request);
  // Against a server with that script.
  Report Run(Script script, v1::Security security = v1::SECURITY_AUTO);
  Report Run(Answers answers, v1::Security security = v1::SECURITY_AUTO);
  // The lines that the client said in the last Run(Answers).
  const std::vector<std::string>& heard() const { return heard_; }

  // What the probe trusts, and a good certificate for mail.example.com signed by it.
  static const support::CertificateAuthority& Authority();
  static const support::Credential& GoodCredential();

  FixedResolver resolver_;

 private:
  support::ScratchDirectory scratch_;
  std::unique_ptr<TlsContext> tls_;
  std::vector<std::string> heard_;
};

// The most that the fixture's deadlines can add up to.
inline constexpr std::chrono::milliseconds kShort{100};

}  // namespace relaywatch::probe
