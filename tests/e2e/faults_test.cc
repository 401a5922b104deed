// `relaywatch probe` against a server that misbehaves in every way a peer can: the demonstration
// mail server with one fault each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/e2e/programs.h"
#include "tests/support/certificates.h"
#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

struct Case {
  const char* name;
  const char* fault;  // in the words of tests/support/mail/config.h
  const char* verdict;
  const char* stage;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case kCases[] = {
    {"SilentBanner", "{at: banner, kind: delay, delay: 60s}", "reply_timeout", "banner"},
    {"EndlessBanner", "{at: banner, kind: tarpit, delay: 10ms}", "protocol_error", "banner"},
    {"ResetInsteadOfBanner", "{at: banner, kind: reset}", "connection_lost", "banner"},
    {"GarbageBanner", "{at: banner, kind: garbage}", "not_smtp", "banner"},
    {"HttpBanner", "{at: banner, kind: reply, text: HTTP/1.1 400 Bad Request}", "not_smtp",
     "banner"},
    {"TrickledBanner", "{at: banner, kind: byte_by_byte, delay: 1ms}", "ok", ""},
    {"Unavailable", "{at: banner, kind: reply, text: 421 4.3.2 down}", "service_unavailable",
     "banner"},
    {"ClosedAtEhlo", "{at: ehlo, kind: close}", "connection_lost", "ehlo"},
    {"CodeOutOfRange", "{at: ehlo, kind: reply, text: 999 what}", "protocol_error", "ehlo"},
    {"StarttlsRefused", "{at: starttls, kind: reply, text: 454 4.7.0 no}", "starttls_refused",
     "starttls"},
    {"SmuggledBehindStarttls", "{at: starttls, kind: smuggle, text: 250 evil}", "protocol_error",
     "starttls"},
    {"GarbageHandshake", "{at: tls, kind: garbage}", "tls_failed", "tls"},
    {"ResetInHandshake", "{at: tls, kind: reset}", "connection_lost", "tls"},
    {"ClosedInHandshake", "{at: tls, kind: close}", "connection_lost", "tls"},
    {"SilentHandshake", "{at: tls, kind: tarpit}", "reply_timeout", "tls"},
    {"PlainTextInHandshake", "{at: tls, kind: reply, text: 220 hello}", "not_smtp", "tls"},
    {"Greylisted", "{at: rcpt, kind: reply, text: 450 4.2.0 Greylisted}", "greylisted", "rcpt"},
    {"SlowQuit", "{at: quit, kind: delay, delay: 60s}", "ok", ""},
};

class FaultsTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    port_ = support::FreePort();
    scratch_.Write("ca.pem", ca_.certificate_pem());
    scratch_.Write("identity.pem", ca_.Issue({.names = {"127.0.0.1"}}).IdentityPem());
    const std::string config = scratch_.Write(
        "demo-mail.yaml", fmt::format("identity: identity.pem\n"
                                      "listeners: [{{address: 127.0.0.1, port: {}}}]\n"
                                      "rules: [{{auth: {{tls: [LOGIN]}}, faults: [{}]}}]\n",
                                      port_, GetParam().fault));
    server_ = std::make_unique<support::Process>(
        support::Command{.argv = {kDemoMail, "--config", config}});
    ASSERT_TRUE(server_->WaitForOutput("ready", std::chrono::seconds(10))) << server_->Err();
  }

  std::uint16_t port_ = 0;
  support::ScratchDirectory scratch_;
  support::CertificateAuthority ca_{"Mail CA"};
  std::unique_ptr<support::Process> server_;
};

TEST_P(FaultsTest, GetTheirVerdict) {
  // outlook-no-auth is judged by the whole dialogue, RCPT included.
  const Probed probed =
      Probe({"127.0.0.1:" + std::to_string(port_), "--security", "starttls", "--ca-file",
             scratch_ / "ca.pem", "--timeout", "2s", "--from", "a@example.com", "--to",
             "b@example.com", "--profile", "outlook-no-auth"});

  EXPECT_EQ(probed.Verdict("outlook-no-auth"), GetParam().verdict) << probed.documents.dump(1);
  EXPECT_EQ(probed.Stage("outlook-no-auth"), GetParam().stage);
  EXPECT_EQ(probed.exit_code, std::string(GetParam().verdict) == "ok" ? 0 : 1) << probed.err;
}

INSTANTIATE_TEST_SUITE_P(Each, FaultsTest, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace relaywatch::e2e
