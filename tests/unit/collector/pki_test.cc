// The collector's own PKI: made once, renewed in time, never replaced behind the agents' backs.
#include "collector/fleet/pki.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/identity/x509.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kDay = 86'400;

class PkiTest : public ::testing::Test {
 protected:
  absl::Status Prepare(std::int64_t now) {
    return PreparePki({scratch_.path(), "example", names_}, now).status();
  }
  std::string File(const char* name) const { return support::ReadFile(scratch_ / name); }
  bool Vouches(std::int64_t now) const {
    const auto chain = x509::ReadCertificates(File("collector.pem"));
    return x509::VerifyChain(chain.front().get(), chain, x509::ReadCertificates(File("ca.pem")),
                             now, X509_PURPOSE_SSL_SERVER)
        .ok();
  }

  support::ScratchDirectory scratch_;
  std::vector<std::string> names_{"collector.example.com", "192.0.2.1", "::1"};
};

TEST_F(PkiTest, MakesAServerThatItsCaVouchesFor) {
  ASSERT_TRUE(Prepare(kNow).ok());
  EXPECT_TRUE(Vouches(kNow));
  const auto chain = x509::ReadCertificates(File("collector.pem"));
  X509* server = chain.front().get();
  EXPECT_EQ(X509_check_host(server, "collector.example.com", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(server, "192.0.2.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(server, "::1", 0), 1);
  EXPECT_EQ(X509_get_extended_key_usage(server), static_cast<std::uint32_t>(XKU_SSL_SERVER));
  for (const char* file : {"root.pem", "issuer.pem", "collector.pem"}) {
    EXPECT_EQ(std::filesystem::status(scratch_ / file).permissions(), std::filesystem::perms{0600});
  }
}

TEST_F(PkiTest, KeepsWhatIsGood) {
  ASSERT_TRUE(Prepare(kNow).ok());
  const std::string before = File("collector.pem") + File("issuer.pem") + File("root.pem");
  ASSERT_TRUE(Prepare(kNow + 59 * kDay).ok());
  EXPECT_EQ(File("collector.pem") + File("issuer.pem") + File("root.pem"), before);
}

TEST_F(PkiTest, RenewsWhatHasLessThanAThirdLeft) {
  ASSERT_TRUE(Prepare(kNow).ok());
  const std::string server = File("collector.pem");
  const std::string issuer = File("issuer.pem");
  const std::string ca = File("ca.pem");
  ASSERT_TRUE(Prepare(kNow + 61 * kDay).ok());
  EXPECT_NE(File("collector.pem"), server);
  EXPECT_EQ(File("issuer.pem"), issuer);
  ASSERT_TRUE(Prepare(kNow + 250 * kDay).ok());
  EXPECT_NE(File("issuer.pem"), issuer);
  EXPECT_EQ(File("ca.pem"), ca);  // agents trust it
  EXPECT_TRUE(Vouches(kNow + 250 * kDay));
}

TEST_F(PkiTest, AnotherNameMakesAnotherServer) {
  ASSERT_TRUE(Prepare(kNow).ok());
  const std::string server = File("collector.pem");
  names_ = {"other.example.com"};
  ASSERT_TRUE(Prepare(kNow).ok());
  EXPECT_NE(File("collector.pem"), server);
}

TEST_F(PkiTest, TheRootMayBeElsewhereUntilTheIssuerIsDue) {
  ASSERT_TRUE(Prepare(kNow).ok());
  std::filesystem::remove(scratch_ / "root.pem");
  EXPECT_TRUE(Prepare(kNow + 61 * kDay).ok());
  const absl::Status missing = Prepare(kNow + 250 * kDay);
  EXPECT_EQ(missing.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("root.pem is missing"));
}

TEST_F(PkiTest, ADamagedFileIsToldAndNotReplaced) {
  ASSERT_TRUE(Prepare(kNow).ok());
  scratch_.Write("issuer.pem", "nonsense");
  const absl::Status damaged = Prepare(kNow);
  EXPECT_THAT(std::string(damaged.message()), HasSubstr("issuer.pem: no key with its certificate"));
  EXPECT_EQ(File("issuer.pem"), "nonsense");
}

}  // namespace
}  // namespace relaywatch::collector
