// The files of an enrolled agent, and when they are renewed.
#include "agent/enrollment/identity_store.h"

#include <gtest/gtest.h>

#include "agent/enrollment/enroll.h"
#include "agent/enrollment/renewer.h"
#include "common/identity/key.h"
#include "tests/support/certificates.h"
#include "tests/support/scratch.h"

namespace relaywatch::agent {
namespace {

// What a collector would answer for the key of `credential`.
v1::IssuedCertificate Answer(const support::CertificateAuthority& ca,
                             const support::Credential& credential) {
  v1::IssuedCertificate issued;
  issued.set_chain_pem(credential.certificate_pem);
  issued.set_ca_pem(ca.certificate_pem());
  return issued;
}

class IdentityStoreTest : public testing::Test {
 protected:
  support::ScratchDirectory scratch_;
  support::CertificateAuthority ca_{"CA"};
  support::Credential office_ = ca_.Issue(support::AgentCertificate("example", "office"));
  IdentityStore store_{scratch_ / "state"};
};

TEST_F(IdentityStoreTest, TheKeyToEnrolWithOutlivesARestart) {
  const auto first = store_.EnrollingKey();
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = IdentityStore(scratch_ / "state").EnrollingKey();
  EXPECT_EQ(x509::PublicKeyHash(first->get()), x509::PublicKeyHash(second->get()));
  EXPECT_EQ(std::filesystem::status(scratch_ / "state/enrolling.key").permissions(),
            std::filesystem::perms{0600});
}

TEST_F(IdentityStoreTest, WritesAnIdentityThatCanBeLoaded) {
  ASSERT_TRUE(store_.EnrollingKey().ok());
  EXPECT_FALSE(store_.HasIdentity());
  const auto key = x509::ReadKey(office_.key_pem);
  ASSERT_TRUE(store_.Write(key.get(), Answer(ca_, office_)).ok());
  EXPECT_TRUE(store_.HasIdentity());
  const auto identity = store_.Read();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->uri, "spiffe://example/agent/office");
  EXPECT_EQ(std::filesystem::status(store_.identity_file()).permissions(),
            std::filesystem::perms{0600});
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "state/enrolling.key"));
}

TEST_F(IdentityStoreTest, ReadsAnIdentityThatHasExpired) {
  auto spec = support::AgentCertificate("example", "office");
  spec.valid_until = std::chrono::hours(-1);
  const auto expired = ca_.Issue(spec);
  const auto key = x509::ReadKey(expired.key_pem);
  ASSERT_TRUE(store_.EnrollingKey().ok());
  ASSERT_TRUE(store_.Write(key.get(), Answer(ca_, expired)).ok());
  EXPECT_TRUE(store_.Read().ok());
}

TEST_F(IdentityStoreTest, AnAnswerThatIsNotOursLeavesTheOldIdentity) {
  ASSERT_TRUE(store_.EnrollingKey().ok());
  const auto key = x509::ReadKey(office_.key_pem);
  ASSERT_TRUE(store_.Write(key.get(), Answer(ca_, office_)).ok());
  const std::string before = support::ReadFile(store_.identity_file());
  const auto other = MakeKey();
  EXPECT_FALSE(store_.Write(other->get(), Answer(ca_, office_)).ok());
  v1::IssuedCertificate without_ca = Answer(ca_, office_);
  without_ca.clear_ca_pem();
  EXPECT_FALSE(store_.Write(key.get(), without_ca).ok());
  EXPECT_EQ(support::ReadFile(store_.identity_file()), before);
}

TEST(RenewalTime, LiesBetweenHalfAndSevenTenths) {
  EXPECT_EQ(RenewalTime(1'000, 2'000, 0.0), 1'500);
  EXPECT_EQ(RenewalTime(1'000, 2'000, 0.5), 1'600);
  EXPECT_LE(RenewalTime(1'000, 2'000, 0.9999), 1'700);
}

TEST(RetryAfter, GrowsWithTheLifeWithinBounds) {
  EXPECT_EQ(RetryAfter(0, 60).count(), 10);
  EXPECT_EQ(RetryAfter(0, 3'600).count(), 180);
  EXPECT_EQ(RetryAfter(0, 7 * 86'400).count(), 3'600);
}

TEST(WorthAnotherTry, IsWhatMayHaveBeenChanceAndNotARefusal) {
  EXPECT_TRUE(WorthAnotherTry(absl::UnavailableError("")));
  EXPECT_TRUE(WorthAnotherTry(absl::ResourceExhaustedError("")));
  EXPECT_FALSE(WorthAnotherTry(absl::UnauthenticatedError("")));
  EXPECT_FALSE(WorthAnotherTry(absl::PermissionDeniedError("")));
  EXPECT_FALSE(WorthAnotherTry(absl::InvalidArgumentError("")));
}

}  // namespace
}  // namespace relaywatch::agent
