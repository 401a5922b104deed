// What the authority signs, and what it does not.
#include "collector/fleet/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <set>

#include "collector/fleet/certificate_request.h"
#include "collector/fleet/pki.h"
#include "common/identity/key.h"
#include "tests/support/scratch.h"
#include "tests/unit/collector/requests.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kAgent = "0b8f1c3e-5d4a-4f6b-9c2d-1e2f3a4b5c6d";

class AuthorityTest : public ::testing::Test {
 protected:
  AuthorityTest() {
    const auto files = PreparePki({scratch_.path(), "example", {"localhost"}}, now_);
    EXPECT_TRUE(files.ok()) << files.status();
    files_ = *files;
    ca_pem_ = support::ReadFile(files_.ca);
  }
  absl::StatusOr<Authority> Load() const {
    return Authority::Load({files_.issuer, ca_pem_, "example", std::chrono::hours(24 * 7)}, now_);
  }
  IssuedCertificate Issue(std::int64_t now) const {
    auto issued = Load()->Issue(key_.get(), Role::kAgent, kAgent, now);
    EXPECT_TRUE(issued.ok()) << issued.status();
    return *std::move(issued);
  }
  absl::Status Verify(const IssuedCertificate& issued, int purpose) const {
    const auto chain = x509::ReadCertificates(issued.chain_pem);
    return x509::VerifyChain(chain.front().get(), chain, x509::ReadCertificates(ca_pem_), now_,
                             purpose)
        .status();
  }

  support::ScratchDirectory scratch_;
  const std::int64_t now_ = std::time(nullptr);
  PkiFiles files_;
  std::string ca_pem_;
  x509::Key key_ = *MakeKey();
};

TEST_F(AuthorityTest, IssuesAnAgentAndNothingElse) {
  const IssuedCertificate issued = Issue(now_);
  const auto chain = x509::ReadCertificates(issued.chain_pem);
  ASSERT_EQ(chain.size(), 2u);  // and the issuer, but not the root
  X509* leaf = chain.front().get();
  EXPECT_THAT(x509::UriNames(leaf), ElementsAre("spiffe://example/agent/" + kAgent));
  EXPECT_TRUE(x509::Belongs(leaf, key_.get()));
  EXPECT_EQ(X509_check_ca(leaf), 0);
  EXPECT_EQ(X509_get_extended_key_usage(leaf), static_cast<std::uint32_t>(XKU_SSL_CLIENT));
  EXPECT_EQ(x509::NotAfter(leaf), now_ + 7 * 86'400);
  EXPECT_LT(x509::NotBefore(leaf), now_);
  EXPECT_EQ(issued.serial.size(), 32u);
  EXPECT_EQ(issued.serial, x509::SerialHex(leaf));
}

TEST_F(AuthorityTest, IssuesAnOperatorForNinetyDaysAndNothingElse) {
  const auto issued = Load()->Issue(key_.get(), Role::kOperator, "alice", now_);
  ASSERT_TRUE(issued.ok()) << issued.status();
  const auto chain = x509::ReadCertificates(issued->chain_pem);
  X509* leaf = chain.front().get();
  EXPECT_THAT(x509::UriNames(leaf), ElementsAre("spiffe://example/operator/alice"));
  EXPECT_EQ(X509_get_extended_key_usage(leaf), static_cast<std::uint32_t>(XKU_SSL_CLIENT));
  EXPECT_EQ(X509_check_ca(leaf), 0);
  EXPECT_EQ(x509::NotAfter(leaf), now_ + 90 * 86'400);
}

TEST_F(AuthorityTest, IsVouchedForAsAClientButNotAsAServer) {
  const IssuedCertificate issued = Issue(now_);
  EXPECT_TRUE(Verify(issued, X509_PURPOSE_SSL_CLIENT).ok());
  EXPECT_FALSE(Verify(issued, X509_PURPOSE_SSL_SERVER).ok());
}

TEST_F(AuthorityTest, NeverUsesASerialTwice) {
  std::set<std::string> serials;
  for (int i = 0; i < 100; ++i) serials.insert(Issue(now_).serial);
  EXPECT_EQ(serials.size(), 100u);
}

TEST_F(AuthorityTest, DoesNotPromiseMoreThanItsOwnLife) {
  const auto issuer = x509::ReadCertificates(support::ReadFile(files_.issuer));
  const std::int64_t ends = x509::NotAfter(issuer.front().get());
  EXPECT_EQ(Issue(ends - 3'600).not_after, ends);
  const auto late = Load()->Issue(key_.get(), Role::kAgent, kAgent, ends);
  EXPECT_EQ(late.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(AuthorityTest, RefusesAnIssuerThatItsCaDoesNotVouchFor) {
  const support::ScratchDirectory other;
  const auto files = PreparePki({other.path(), "example", {"localhost"}}, now_);
  ca_pem_ = support::ReadFile(files->ca);
  const auto loaded = Load();
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(loaded.status().message()), HasSubstr("issuer.pem: `ca` does not vouch"));
}

TEST_F(AuthorityTest, RefusesAnIssuerThatCannotSign) {
  files_.issuer = files_.identity;
  const auto loaded = Load();
  EXPECT_THAT(std::string(loaded.status().message()), HasSubstr("is no CA's: it cannot sign"));
}

TEST(RandomUuid, IsVersionFour) {
  const std::string uuid = *RandomUuid();
  EXPECT_THAT(uuid, ::testing::MatchesRegex(
                        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(uuid, *RandomUuid());
}

TEST(KeyOfRequest, TakesThePublicKey) {
  const auto key = *MakeKey();
  const auto taken = KeyOfRequest(PlainRequest(key.get()));
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(x509::PublicKeyHash(taken->get()), x509::PublicKeyHash(key.get()));
  EXPECT_TRUE(KeyOfRequest(*MakeRequest(key.get())).ok());
}

struct BadRequest {
  const char* name;
  std::string (*make)();
  const char* reason;
};

class RefusedRequest : public ::testing::TestWithParam<BadRequest> {};

TEST_P(RefusedRequest, IsToldWhy) {
  const auto key = KeyOfRequest(GetParam().make());
  ASSERT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(key.status().message()), HasSubstr(GetParam().reason));
}

std::string WithKey(EVP_PKEY* made) {
  const x509::Key key(made);
  return PlainRequest(key.get());
}

const BadRequest kBadRequests[] = {
    {"Nothing", [] { return std::string(); }, "not a certificate request"},
    {"Nonsense", [] { return std::string(500, 'x'); }, "not a certificate request"},
    {"Trailing", [] { return PlainRequest(MakeKey()->get()) + "x"; }, "not a certificate request"},
    {"Huge", [] { return std::string(5'000, '0'); }, "larger than 4 KiB"},
    {"Rsa", [] { return WithKey(EVP_RSA_gen(2048)); }, "not P-256"},
    {"OtherCurve", [] { return WithKey(EVP_EC_gen("P-384")); }, "not P-256"},
    {"BadSignature", [] { return RequestWithBadSignature(MakeKey()->get()); }, "not signed with"},
    {"Subject", [] { return RequestWithSubject(MakeKey()->get()); }, "asks for names"},
    {"Uri", [] { return RequestWithUri(MakeKey()->get()); }, "asks for names"},
};
INSTANTIATE_TEST_SUITE_P(Table, RefusedRequest, ::testing::ValuesIn(kBadRequests),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace relaywatch::collector::testing
