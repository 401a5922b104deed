#include "agent/login/login_ledger.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/scratch.h"

namespace relaywatch::agent {
namespace {

probe::Credentials For(const char* user, std::string_view password) {
  return {.user = user, .password = Secret(password)};
}

class LoginLedgerTest : public testing::Test {
 protected:
  support::ScratchDirectory scratch_;
  const std::string file_ = scratch_ / "state/logins";
};

TEST_F(LoginLedgerTest, IsEmptyWithoutAFile) {
  const auto ledger = ReadLoginLedger(file_);
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  EXPECT_TRUE(ledger->empty());
}

TEST_F(LoginLedgerTest, ReadsWhatWasWritten) {
  const LoginLedger ledger = {
      {"tim", {.refusals = 2, .last_try_ms = 1'795'387'563'120, .mark = 7}},
      {"DOMAIN\\tom jones", {.refusals = 0, .last_try_ms = 1, .mark = 65'535}}};
  for (int i = 0; i < 2; ++i) {
    const absl::Status written = WriteLoginLedger(ledger, file_);
    ASSERT_TRUE(written.ok()) << written;
    EXPECT_EQ(ReadLoginLedger(file_).value(), ledger);
  }
  EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms{0600});
}

TEST_F(LoginLedgerTest, RefusesWhatIsNoLedger) {
  for (const char* text : {"tim\n", "1 2\n", "1 2 3\n", "1 2 65536 tim\n"}) {
    const auto ledger = ReadLoginLedger(scratch_.Write("logins", text));
    EXPECT_EQ(ledger.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST_F(LoginLedgerTest, SaysWhereItCannotBeWritten) {
  const std::string taken = scratch_.Write("file", "");
  const absl::Status written = WriteLoginLedger({}, taken + "/logins");
  EXPECT_FALSE(written.ok());
  EXPECT_NE(written.message().find(taken), std::string::npos) << written;
}

TEST_F(LoginLedgerTest, SaysWhyItCannotBeWritten) {
  std::filesystem::create_directories(file_ + ".new");  // in the way
  EXPECT_NE(WriteLoginLedger({}, file_).message().find("write " + file_), std::string::npos);
}

TEST_F(LoginLedgerTest, HoldsNoPassword) {
  const auto tim = For("tim", "Canary-4711");
  ASSERT_TRUE(WriteLoginLedger({{"tim", {.mark = PasswordMark(tim)}}}, file_).ok());
  EXPECT_EQ(support::ReadFile(file_).find("Canary"), std::string::npos);
}

TEST(PasswordMark, TellsAChangedPasswordFromTheSame) {
  EXPECT_EQ(PasswordMark(For("tim", "one")), PasswordMark(For("tim", "one")));
  EXPECT_NE(PasswordMark(For("tim", "one")), PasswordMark(For("tim", "two")));
  EXPECT_NE(PasswordMark(For("tim", "one")), PasswordMark(For("tom", "one")));
}

}  // namespace
}  // namespace relaywatch::agent
