// `relaywatch probe --mechanism` with SCRAM and with access tokens, at a real Postfix (which asks
// Dovecot) and a real Dovecot: what is accepted, what is refused, and that neither password nor
// token is seen anywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "tests/e2e/access_token.h"
#include "tests/e2e/mail_host.h"
#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::Not;

struct Service {
  const char* protocol;
  std::uint16_t port;
};

// A mechanism, a client that would log in with a credential of its kind, and one of the other kind.
struct Kind {
  const char* mechanism;
  const char* client;
  const char* other_client;
};

constexpr Kind kTokenKinds[] = {{"XOAUTH2", "outlook-oauth", "outlook"},
                                {"OAUTHBEARER", "k9", "outlook"}};
constexpr Kind kPasswordKinds[] = {{"SCRAM-SHA-1", "outlook", "outlook-oauth"},
                                   {"SCRAM-SHA-256", "thunderbird", "k9"}};

class MechanismsTest : public MailHostTest {
 protected:
  MechanismsTest() : MailHostTest(Logins::kAll) {}

  std::vector<Service> Services() const {
    return {{"smtp", mail_->postfix().submission_port()},
            {"smtp", mail_->dovecot().submission_port()},
            {"imap", mail_->dovecot().imap_port()},
            {"pop3", mail_->dovecot().pop3_port()}};
  }

  Probed LogIn(const Service& service, const std::string& mechanism,
               const std::string& credential) const {
    const std::string file = scratch_.Write("credential", credential + "\n");
    return Probe({MailHost::At(service.port), "--protocol", service.protocol, "--source", kVpn,
                  "--ca-file", mail_->ca_file(), "--transcript", "--user", "tim", "--password-file",
                  file, "--mechanism", mechanism});
  }

  void ExpectAccepted(const Kind& kind, const std::string& credential) const {
    for (const Service& service : Services()) {
      SCOPED_TRACE(std::string(kind.mechanism) + " at port " + std::to_string(service.port) + ", " +
                   service.protocol);
      const Probed probed = LogIn(service, kind.mechanism, credential);
      const json& login = probed.document().at("login");
      EXPECT_EQ(login.at("state"), "accepted") << probed.document() << mail_->dovecot().Log();
      EXPECT_EQ(login.at("mechanism"), kind.mechanism);
      EXPECT_EQ(probed.document().at("stage"), "quit");
      EXPECT_EQ(probed.Verdict(kind.client), "ok");
      ExpectHidden(probed, credential);
    }
  }

  // The refusal is a matter of those who log in with such a credential, and of nobody else.
  void ExpectRefused(const Kind& kind, const std::string& credential) const {
    for (const Service& service : Services()) {
      SCOPED_TRACE(std::string(kind.mechanism) + " at port " + std::to_string(service.port) + ", " +
                   service.protocol);
      const Probed probed = LogIn(service, kind.mechanism, credential);
      EXPECT_EQ(probed.document().at("login").at("state"), "refused") << probed.document();
      EXPECT_EQ(probed.Verdict(kind.client), "auth_rejected");
      EXPECT_EQ(probed.Stage(kind.client), "auth");
      EXPECT_EQ(probed.Verdict(kind.other_client), "ok");
      ExpectHidden(probed, credential);
    }
  }

  static void ExpectHidden(const Probed& probed, const std::string& credential) {
    const std::string all =
        absl::StrReplaceAll(probed.documents.dump() + probed.err, {{"<secret>", ""}});
    EXPECT_THAT(all, Not(HasSubstr(credential)));
    EXPECT_THAT(all, Not(HasSubstr(Base64(credential))));
    const std::string message =
        "user=tim\x01"
        "auth=Bearer " +
        credential + "\x01\x01";
    EXPECT_THAT(all, Not(HasSubstr(Base64(message))));
  }

  support::ScratchDirectory scratch_;
};

TEST_F(MechanismsTest, AcceptTokensThatHold) {
  for (const Kind& kind : kTokenKinds) ExpectAccepted(kind, AccessToken("tim", minutes(10)));
}

TEST_F(MechanismsTest, RefuseTokensThatExpired) {
  for (const Kind& kind : kTokenKinds) ExpectRefused(kind, AccessToken("tim", minutes(-1)));
}

TEST_F(MechanismsTest, RefuseTokensOfAnotherUserAndOfAnotherIssuer) {
  const Kind& kind = kTokenKinds[0];
  ExpectRefused(kind, AccessToken("tom", minutes(10)));
  ExpectRefused(kind, AccessToken("tim", minutes(10), "a key that nobody trusts"));
}

TEST_F(MechanismsTest, AcceptAPasswordBySalt) {
  for (const Kind& kind : kPasswordKinds) ExpectAccepted(kind, "secret");
}

TEST_F(MechanismsTest, RefuseAWrongPasswordBySalt) {
  for (const Kind& kind : kPasswordKinds) ExpectRefused(kind, "Canary-4711");
}

}  // namespace
}  // namespace relaywatch::e2e
