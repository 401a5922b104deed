// `relaywatch probe` against nodemailer's smtp-server: which clients it serves, and logins by every
// mechanism that it has.
#include "tests/e2e/nodemailer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/programs.h"
#include "tests/e2e/verdict_table.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kClient = "127.0.2.1";

const VerdictTable kRows = {
    {"submission", kClient, "starttls", "outlook", "ok", ""},
    {"submission", kClient, "starttls", "outlook-oauth", "ok", ""},
    {"submission", kClient, "starttls", "outlook-no-auth", "auth_required", "mail"},
    {"submission", kClient, "tls", "outlook", "not_smtp", "tls"},
    {"smtps", kClient, "tls", "apple-mail", "ok", ""},
    {"smtps", kClient, "tls", "outlook-no-auth", "auth_required", "mail"},
    {"tokens", kClient, "starttls", "outlook-oauth", "ok", ""},
    {"tokens", kClient, "starttls", "outlook", "auth_mismatch", "auth"},
};

// A mechanism, what tim logs in with, and a client that would use such a credential.
struct Kind {
  const char* mechanism;
  const char* credential;
  const char* profile;
};

constexpr Kind kKinds[] = {{"LOGIN", "secret", "outlook"},
                           {"PLAIN", "secret", "thunderbird"},
                           {"CRAM-MD5", "secret", "apple-mail"},
                           {"XOAUTH2", Nodemailer::kToken, "outlook-oauth"}};

class NodemailerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Nodemailer::IsThere()) GTEST_SKIP() << "no smtp-server: tests/e2e/fetch_servers.sh";
    server_ = std::make_unique<Nodemailer>(certificates_);
    ASSERT_TRUE(server_->is_up()) << server_->Log();
  }

  std::vector<std::string> LogInWith(const Kind& kind, const std::string& credential) const {
    return {"--user",          "tim",
            "--password-file", scratch_.Write("credential", credential),
            "--mechanism",     kind.mechanism};
  }

  ServerCertificates certificates_;
  support::ScratchDirectory scratch_;
  std::unique_ptr<Nodemailer> server_;
};

TEST_F(NodemailerTest, GivesItsVerdicts) {
  ExpectVerdicts(server_->ports(), certificates_.ca_file(), kRows);
}

TEST_F(NodemailerTest, ChecksCredentialsByEveryMechanism) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.mechanism);
    const auto right = LogInWith(kind, kind.credential);
    ExpectVerdicts(server_->ports(), certificates_.ca_file(),
                   {{"submission", kClient, "starttls", kind.profile, "ok", "", right},
                    {"smtps", kClient, "tls", kind.profile, "ok", "", right}});
    const auto wrong = LogInWith(kind, "Canary-4711");
    ExpectVerdicts(
        server_->ports(), certificates_.ca_file(),
        {{"submission", kClient, "starttls", kind.profile, "auth_rejected", "auth", wrong},
         {"smtps", kClient, "tls", kind.profile, "auth_rejected", "auth", wrong}});
  }
}

TEST_F(NodemailerTest, TellsWhatBecameOfALogin) {
  const std::string target = "127.0.0.1:" + std::to_string(server_->ports().at("submission"));
  const auto log_in = [&](const Kind& kind, const std::string& credential) {
    std::vector<std::string> arguments = {target, "--ca-file", certificates_.ca_file(),
                                          "--transcript"};
    const auto login = LogInWith(kind, credential);
    arguments.insert(arguments.end(), login.begin(), login.end());
    return Probe(std::move(arguments));
  };
  for (const Kind& kind : kKinds) {
    const Probed accepted = log_in(kind, kind.credential);
    EXPECT_EQ(accepted.document().at("login").at("state"), "accepted") << accepted.document();
    EXPECT_EQ(accepted.document().at("login").at("mechanism"), kind.mechanism);

    const Probed refused = log_in(kind, "Canary-4711");
    EXPECT_EQ(refused.document().at("login").at("state"), "refused") << refused.document();
    EXPECT_EQ(refused.document().at("login").at("reply").at("code"), 535);
    EXPECT_THAT(refused.documents.dump() + refused.err, Not(HasSubstr("Canary-4711")));
  }
}

}  // namespace
}  // namespace relaywatch::e2e
