// `relaywatch probe --domain` with a real DNS server and real mail servers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/dns_server.h"
#include "tests/e2e/mail_host.h"
#include "tests/e2e/private_network.h"
#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

using nlohmann::json;

class DiscoveryTest : public MailHostTest {
 protected:
  Probed ProbeDomain(const std::vector<std::string>& records,
                     const std::vector<std::string>& more = {}) {
    const DnsServer dns(records);
    EXPECT_TRUE(dns.is_up()) << dns.Log();
    std::vector<std::string> probe = {kRelaywatch, "probe", "--domain",  "example.com",
                                      "--source",  kVpn,    "--ca-file", mail_->ca_file(),
                                      "--output",  "json"};
    probe.insert(probe.end(), more.begin(), more.end());
    const auto completed = support::RunToEnd({.argv = dns.AskedBy(probe)});
    return {.exit_code = completed.exit_code,
            .documents = json::parse(completed.out, nullptr, false),
            .err = completed.err};
  }

  const PrivateNetwork network_;  // DNS has one port, and other tests ask there too

  static std::string Srv(const char* service, std::uint16_t port) {
    return fmt::format("srv-host={}._tcp.example.com,mail.example.com,{}", service, port);
  }
};

TEST_F(DiscoveryTest, FindsAndProbesWhatADomainPublishes) {
  const Probed probed = ProbeDomain({"host-record=mail.example.com,127.0.0.1",
                                     Srv("_submission", mail_->postfix().submission_port()),
                                     Srv("_submissions", mail_->postfix().smtps_port()),
                                     Srv("_imap", mail_->dovecot().imap_port()),
                                     Srv("_pop3", mail_->dovecot().pop3_port()),
                                     "mx-host=example.com,mail.example.com,10"});

  ASSERT_EQ(probed.documents.size(), 5u) << probed.err;
  struct Expected {
    std::uint16_t port;
    const char* protocol;
    const char* security;
    const char* verdict;  // of outlook
  };
  const Expected expected[] = {
      {mail_->postfix().smtps_port(), "smtp", "tls", "auth_mismatch"},
      {mail_->postfix().submission_port(), "smtp", "starttls", "ok"},
      {25, "smtp", "auto", "connect_refused"},
      {mail_->dovecot().imap_port(), "imap", "starttls", "ok"},
      {mail_->dovecot().pop3_port(), "pop3", "starttls", "ok"},
  };
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const json& seen = probed.documents[i];
    EXPECT_EQ(seen.at("target").at("host"), "mail.example.com");
    EXPECT_EQ(seen.at("target").at("port"), expected[i].port);
    EXPECT_EQ(seen.at("target").at("protocol"), expected[i].protocol);
    EXPECT_EQ(seen.at("target").at("security"), expected[i].security);
    EXPECT_EQ(seen.at("judgements").at(0).at("verdict"), expected[i].verdict) << seen;
  }
  EXPECT_THAT(probed.err, ::testing::HasSubstr("example.com: imap mail.example.com:"));
}

// Whoever answers for the DNS could name a server of his own.
TEST_F(DiscoveryTest, LogsInWithinTheDomainOnly) {
  const support::ScratchDirectory scratch;
  const std::string file = scratch.Write("password", "secret");
  const std::uint16_t port = mail_->postfix().submission_port();
  for (const std::string host : {"mail.example.com", "mail.badexample.com", "mail.example.org"}) {
    const Probed probed = ProbeDomain(
        {"host-record=" + host + ",127.0.0.1",
         fmt::format("srv-host=_submission._tcp.example.com,{},{}", host, port)},
        {"--server-name", "mail.example.com", "--user", "tim", "--password-file", file});
    const bool is_within = host == "mail.example.com";
    ASSERT_FALSE(probed.documents.empty()) << probed.err;
    EXPECT_EQ(probed.document().at("login").at("state"), is_within ? "accepted" : "untested");
    EXPECT_EQ(probed.err.find("no login at " + host) == std::string::npos, is_within);
  }
}

TEST_F(DiscoveryTest, SaysWhereADomainHasNoMail) {
  const Probed probed = ProbeDomain({"mx-host=example.com,.,0"});

  EXPECT_EQ(probed.exit_code, 2);
  EXPECT_THAT(probed.err, ::testing::HasSubstr("example.com publishes no mail service"));
}

}  // namespace
}  // namespace relaywatch::e2e
