#include "common/identity/identity.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/scratch.h"

namespace relaywatch {
namespace {

using std::chrono::hours;
using support::AgentCertificate;

constexpr auto kReadableByAll = static_cast<std::filesystem::perms>(0644);

// A CA and the office's identity, as files; each test spoils one of them.
class LoadIdentityTest : public testing::Test {
 protected:
  absl::StatusOr<Identity> Load() const {
    return LoadIdentity(scratch_ / "office.pem", scratch_ / "ca.pem", std::time(nullptr));
  }
  void WriteIdentity(const std::string& pem,
                     std::filesystem::perms mode = std::filesystem::perms{0600}) const {
    scratch_.Write("office.pem", pem, mode);
  }
  // The message with the directory taken off.
  static std::string Told(const absl::StatusOr<Identity>& identity,
                          const support::ScratchDirectory& scratch) {
    std::string message(identity.status().message());
    const std::string prefix = scratch / "";
    for (auto at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }

  support::CertificateAuthority authority_{"Test CA"};
  support::Credential office_ = authority_.Issue(AgentCertificate("example", "office"));
  support::ScratchDirectory scratch_;
  std::string ca_file_ = scratch_.Write("ca.pem", authority_.certificate_pem());
  std::string identity_file_ = scratch_.Write("office.pem", office_.IdentityPem());
};

TEST_F(LoadIdentityTest, ReadsKeyChainAndName) {
  const auto identity = Load();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->uri, "spiffe://example/agent/office");
  EXPECT_EQ(identity->chain_pem, office_.certificate_pem);
  EXPECT_EQ(identity->ca_pem, authority_.certificate_pem());
  EXPECT_TRUE(identity->key_pem.starts_with("-----BEGIN PRIVATE KEY-----"));
  const auto week = std::time(nullptr) + 7 * 86'400;
  EXPECT_NEAR(static_cast<double>(identity->not_after), static_cast<double>(week), 60);
}

TEST_F(LoadIdentityTest, KeepsTheWholeChainInOrder) {
  WriteIdentity(office_.IdentityPem() + authority_.certificate_pem());
  const auto identity = Load();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->chain_pem, office_.certificate_pem + authority_.certificate_pem());
}

TEST_F(LoadIdentityTest, TakesTheKeyBehindTheCertificate) {
  WriteIdentity(office_.certificate_pem + office_.key_pem);
  EXPECT_TRUE(Load().ok());
}

TEST_F(LoadIdentityTest, HasNoUriForAServersCertificate) {
  WriteIdentity(authority_.Issue({.names = {"localhost"}}).IdentityPem());
  const auto identity = Load();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->uri, "");
}

TEST_F(LoadIdentityTest, NamesAMissingFile) {
  std::filesystem::remove(identity_file_);
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Told(Load(), scratch_), "read office.pem: No such file or directory");
}

TEST_F(LoadIdentityTest, NamesAMissingCa) {
  std::filesystem::remove(ca_file_);
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Told(Load(), scratch_), "read ca.pem: No such file or directory");
}

TEST_F(LoadIdentityTest, RefusesADirectory) {
  std::filesystem::remove(identity_file_);
  std::filesystem::create_directory(identity_file_);
  EXPECT_EQ(Told(Load(), scratch_), "read office.pem: Is a directory");
}

TEST_F(LoadIdentityTest, RefusesAKeyThatOthersCanRead) {
  WriteIdentity(office_.IdentityPem(), kReadableByAll);
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Told(Load(), scratch_),
            "office.pem: mode 0644 lets other users at the private key; chmod 600 it");
}

TEST_F(LoadIdentityTest, RefusesWhatIsExpired) {
  auto spec = AgentCertificate("example", "office");
  spec.valid_until = -hours(24);
  WriteIdentity(authority_.Issue(spec).IdentityPem());
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Told(Load(), scratch_).starts_with("office.pem: the certificate expired at 2"));
}

TEST_F(LoadIdentityTest, RefusesWhatIsNotYetValid) {
  auto spec = AgentCertificate("example", "office");
  spec.valid_from = hours(24);
  WriteIdentity(authority_.Issue(spec).IdentityPem());
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(
      Told(Load(), scratch_).starts_with("office.pem: the certificate is not valid before 2"));
}

TEST_F(LoadIdentityTest, RefusesWhatIsNoIdentity) {
  auto two_names = AgentCertificate("example", "office");
  two_names.uris.push_back("spiffe://example/agent/vpn");
  const auto other = authority_.Issue(AgentCertificate("example", "vpn"));
  const struct {
    std::string pem;
    const char* why;
  } kCases[] = {
      {"", "office.pem: no private key in it (PEM, without a passphrase)"},
      {"nonsense\n", "office.pem: no private key in it (PEM, without a passphrase)"},
      {office_.certificate_pem, "office.pem: no private key in it (PEM, without a passphrase)"},
      {office_.key_pem, "office.pem: no certificate in it (PEM)"},
      {office_.key_pem + other.certificate_pem,
       "office.pem: the private key does not belong to the first certificate"},
      {authority_.Issue(two_names).IdentityPem(),
       "office.pem: the certificate has more than one URI name"},
      {std::string(2'000'000, ' '), "office.pem: larger than 1 MiB"},
  };
  for (const auto& test : kCases) {
    WriteIdentity(test.pem);
    EXPECT_EQ(Load().status().code(), absl::StatusCode::kInvalidArgument) << test.why;
    EXPECT_EQ(Told(Load(), scratch_), test.why);
  }
}

TEST_F(LoadIdentityTest, RefusesACaWithoutCertificate) {
  scratch_.Write("ca.pem", office_.key_pem);
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Told(Load(), scratch_), "ca.pem: no certificate in it (PEM)");
}

TEST(NameFromUri, TakesTheNameOfItsOwnDeploymentAndRole) {
  const auto agent = NameFromUri("spiffe://example/agent/office-2.a_b", "example", Role::kAgent);
  ASSERT_TRUE(agent.ok()) << agent.status();
  EXPECT_EQ(*agent, "office-2.a_b");
  const auto person = NameFromUri("spiffe://example/operator/alice", "example", Role::kOperator);
  ASSERT_TRUE(person.ok()) << person.status();
  EXPECT_EQ(*person, "alice");
}

TEST(NameFromUri, RefusesEverythingElse) {
  const std::string long_name(65, 'a');
  for (const Role role : {Role::kAgent, Role::kOperator}) {
    for (const std::string& uri :
         {std::string(), UriOf(role, "example", ""), std::string("spiffe://example/agent"),
          UriOf(role, "other", "office"), UriOf(role, "example2", "office"),
          std::string("https://example/agent/office"), UriOf(role, "example", "a/b"),
          UriOf(role, "example", "a b"), UriOf(role, "example", "a\nb"),
          UriOf(role, "example", long_name)}) {
      EXPECT_EQ(NameFromUri(uri, "example", role).status().code(),
                absl::StatusCode::kInvalidArgument)
          << uri;
    }
  }
}

TEST(NameFromUri, TellsTheOtherRoleApart) {
  EXPECT_EQ(
      NameFromUri("spiffe://example/operator/alice", "example", Role::kAgent).status().message(),
      "\"spiffe://example/operator/alice\" is an operator, not an agent of this deployment "
      "(spiffe://example/agent/NAME)");
  EXPECT_EQ(
      NameFromUri("spiffe://example/agent/office", "example", Role::kOperator).status().message(),
      "\"spiffe://example/agent/office\" is an agent, not an operator of this deployment "
      "(spiffe://example/operator/NAME)");
  EXPECT_EQ(
      NameFromUri("spiffe://other/operator/alice", "example", Role::kAgent).status().message(),
      "\"spiffe://other/operator/alice\" is not an agent of this deployment "
      "(spiffe://example/agent/NAME)");
}

}  // namespace
}  // namespace relaywatch
