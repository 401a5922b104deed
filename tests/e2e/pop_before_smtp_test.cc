// POP before SMTP where it is real: a Postfix that relays for whoever has logged in at Dovecot.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/postfix_rules.h"
#include "tests/e2e/private_network.h"
#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

using nlohmann::json;

TEST(PopBeforeSmtpTest, IsFoundByLoggingInFirst) {
  if (geteuid() != 0) GTEST_SKIP() << "Postfix and Dovecot start as root only";
  const PrivateNetwork network;
  ASSERT_TRUE(network.is_up());
  const ServerCertificates certificates;
  const PostfixRules postfix(certificates);
  ASSERT_TRUE(postfix.is_up()) << postfix.Log();
  const support::ScratchDirectory scratch;
  const std::string password = scratch.Write("password", "secret\n");
  const auto at = [](std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); };

  const Probed probed =
      Probe({at(postfix.ports().at("pop_first")), "--source", "127.0.2.1", "--ca-file",
             certificates.ca_file(), "--from", "a@example.com", "--to", "b@example.net", "--user",
             "tim", "--password-file", password, "--pop-before-smtp",
             "pop3://" + at(postfix.dovecot().pop3_port())});

  const json& relay = probed.document().at("relay");
  EXPECT_EQ(probed.document().at("pop_login").at("state"), "accepted") << probed.documents;
  EXPECT_EQ(relay.at("anonymous").at("foreign").at("state"), "refused");
  EXPECT_EQ(relay.at("after_pop_login").at("foreign").at("state"), "accepted") << postfix.Log();
  EXPECT_EQ(probed.Verdict("outlook-no-auth"), "pop_before_smtp");
  EXPECT_EQ(probed.Verdict("outlook-pop-first"), "ok");
}

}  // namespace
}  // namespace relaywatch::e2e
