#include "common/secret/secret.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <type_traits>

#include "common/secret/password_file.h"
#include "tests/support/scratch.h"

namespace relaywatch {
namespace {

TEST(Secret, HoldsWhatItIsMadeOf) {
  EXPECT_EQ(Secret({"a", "", "bc"}).view(), "abc");
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret(std::string_view()).empty());
  EXPECT_STREQ(Secret(std::string_view("abc")).view().data(), "abc");
}

TEST(Secret, MovesAndIsNeverCopied) {
  static_assert(!std::is_copy_constructible_v<Secret>);
  Secret from(std::string_view("a longer secret than any string keeps inside itself"));
  const char* bytes = from.view().data();
  const Secret to = std::move(from);
  EXPECT_EQ(to.view().data(), bytes);
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): what is left is empty
}

TEST(Secret, LeavesNoCoreDump) {
  EXPECT_EXIT(
      {
        KeepMemoryPrivate();
        std::exit(prctl(PR_GET_DUMPABLE));
      },
      testing::ExitedWithCode(0), "");
}

class PasswordFile : public testing::Test {
 protected:
  std::string Error(const std::string& text, std::filesystem::perms mode) {
    const auto read = ReadPasswordFile(scratch_.Write("password", text, mode));
    return read.ok() ? "" : std::string(read.status().message());
  }
  std::string Error(const std::string& text) { return Error(text, kOwner); }

  static constexpr std::filesystem::perms kOwner{0600};
  support::ScratchDirectory scratch_;
};

TEST_F(PasswordFile, IsItsFirstLine) {
  for (const char* text : {"secret", "secret\n", "secret\r\n", "secret\nnot this\n"}) {
    const auto read = ReadPasswordFile(scratch_.Write("password", text, kOwner));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->view(), "secret");
  }
  EXPECT_EQ(ReadPasswordFile(scratch_.Write("password", " two words ", kOwner))->view(),
            " two words ");
}

TEST_F(PasswordFile, IsRefusedWhereOthersCanReadIt) {
  for (const unsigned mode : {0640U, 0604U, 0644U, 0660U, 0601U}) {
    EXPECT_NE(Error("secret", std::filesystem::perms{mode}).find("others can read it"),
              std::string::npos)
        << mode;
  }
  EXPECT_EQ(Error("secret", std::filesystem::perms{0400}), "");
}

TEST_F(PasswordFile, MayBeASystemdCredential) {
  setenv("CREDENTIALS_DIRECTORY", scratch_.path().c_str(), 1);
  EXPECT_EQ(Error("secret", std::filesystem::perms{0440}), "");
  EXPECT_NE(Error("secret", std::filesystem::perms{0444}), "");
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(PasswordFile, SaysWhatIsWrongAndNotWhatIsInIt) {
  struct Case {
    std::string text;
    const char* error;
  };
  const Case cases[] = {
      {"", "no password in it"},
      {"\nsecret\n", "no password in it"},
      {"\r\n", "no password in it"},
      {std::string("sec\0ret", 7), "control character"},
      {"sec\tret", "control character"},
      {std::string(kMaxPasswordBytes + 1, 'x'), "longer than 8192 bytes"},
      {std::string(3 * kMaxPasswordBytes, 'x'), "longer than 8192 bytes"},
  };
  for (const Case& c : cases) {
    const std::string error = Error(c.text);
    EXPECT_NE(error.find(c.error), std::string::npos) << error;
    EXPECT_EQ(error.find("sec"), std::string::npos) << error;
  }
  EXPECT_EQ(Error(std::string(kMaxPasswordBytes, 'x')), "");
}

TEST_F(PasswordFile, MustBeAFile) {
  EXPECT_EQ(ReadPasswordFile(scratch_ / "missing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(ReadPasswordFile(scratch_.path()).status().message().find("not a regular file"),
            std::string_view::npos);
  mkfifo((scratch_ / "fifo").c_str(), 0600);
  EXPECT_NE(ReadPasswordFile(scratch_ / "fifo").status().message().find("not a regular file"),
            std::string_view::npos);
}

}  // namespace
}  // namespace relaywatch
