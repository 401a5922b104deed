// POP before SMTP where it is real: a Postfix that relays for whoever has logged in at Dovecot.
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>

#include "tests/e2e/postfix_rules.h"
#include "tests/e2e/private_network.h"
#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

using nlohmann::json;

class PopBeforeSmtpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "Postfix and Dovecot start as root only";
    network_ = std::make_unique<PrivateNetwork>();
    ASSERT_TRUE(network_->is_up());
    postfix_ = std::make_unique<PostfixRules>(certificates_);
    ASSERT_TRUE(postfix_->is_up()) << postfix_->Log();
  }

  Probed LogInFirst(const std::vector<std::string>& more = {}) const {
    const auto at = [](std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); };
    std::vector<std::string> arguments = {at(postfix_->ports().at("pop_first")),
                                          "--source",
                                          "127.0.2.1",
                                          "--ca-file",
                                          certificates_.ca_file(),
                                          "--from",
                                          "a@example.com",
                                          "--to",
                                          "b@example.net",
                                          "--user",
                                          "tim",
                                          "--password-file",
                                          scratch_.Write("password", "secret\n"),
                                          "--pop-before-smtp",
                                          "pop3://" + at(postfix_->dovecot().pop3_port())};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Probe(std::move(arguments));
  }

  std::unique_ptr<PrivateNetwork> network_;  // begins before the servers and ends after them
  ServerCertificates certificates_;
  support::ScratchDirectory scratch_;
  std::unique_ptr<PostfixRules> postfix_;
};

TEST_F(PopBeforeSmtpTest, IsFoundByLoggingInFirst) {
  const Probed probed = LogInFirst();

  const json& relay = probed.document().at("relay");
  EXPECT_EQ(probed.document().at("pop_login").at("state"), "accepted") << probed.documents;
  EXPECT_EQ(relay.at("anonymous").at("foreign").at("state"), "refused");
  EXPECT_EQ(relay.at("after_pop_login").at("foreign").at("state"), "accepted") << postfix_->Log();
  EXPECT_TRUE(relay.at("pop_window_s").is_null());
  EXPECT_EQ(probed.Verdict("outlook-no-auth"), "pop_before_smtp");
  EXPECT_EQ(probed.Verdict("outlook-pop-first"), "ok");
}

// Who logged in is forgotten four seconds later, as the cleaners of such servers do.
TEST_F(PopBeforeSmtpTest, SeesTheWindowClose) {
  const support::Process cleaner(
      {.argv = {"sh", "-c", R"(until [ -s "$0" ]; do sleep 0.1; done; sleep 4; : >"$0")",
                postfix_->dovecot().logged_in()}});

  const Probed probed = LogInFirst({"--pop-window", "40s"});

  const json& relay = probed.document().at("relay");
  EXPECT_EQ(relay.at("after_pop_login").at("foreign").at("state"), "accepted") << postfix_->Log();
  const json& window = relay.at("pop_window_s");
  ASSERT_TRUE(window.is_object() && window.at("closed").is_number()) << relay;
  EXPECT_GE(window.at("closed"), 4);
  EXPECT_LE(window.at("open"), 4);
  EXPECT_GE(window.at("open"), 1);
}

TEST_F(PopBeforeSmtpTest, SaysHowLongTheWindowWasStillOpen) {
  const Probed probed = LogInFirst({"--pop-window", "2s"});

  const json& window = probed.document().at("relay").at("pop_window_s");
  ASSERT_TRUE(window.is_object()) << probed.document();
  EXPECT_GE(window.at("open"), 2);
  EXPECT_TRUE(window.at("closed").is_null());
}

}  // namespace
}  // namespace relaywatch::e2e
