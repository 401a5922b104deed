#include "common/durable_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/scratch.h"

namespace relaywatch {
namespace {

mode_t ModeOf(const std::string& file) {
  struct stat about {};
  return stat(file.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}

TEST(ReplaceFile, WritesContentAndMode) {
  const support::ScratchDirectory scratch;
  ASSERT_TRUE(ReplaceFile(scratch / "key", "one", 0600).ok());
  EXPECT_EQ(support::ReadFile(scratch / "key"), "one");
  EXPECT_EQ(ModeOf(scratch / "key"), 0600u);
}

TEST(ReplaceFile, LeavesNothingOfTheOldOneAndNoTemporary) {
  const support::ScratchDirectory scratch;
  scratch.Write("key", "an old and longer content", std::filesystem::perms{0644});
  scratch.Write("key.new", "left by a crash", std::filesystem::perms{0644});
  ASSERT_TRUE(ReplaceFile(scratch / "key", "new", 0600).ok());
  EXPECT_EQ(support::ReadFile(scratch / "key"), "new");
  EXPECT_EQ(ModeOf(scratch / "key"), 0600u);
  EXPECT_FALSE(std::filesystem::exists(scratch / "key.new"));
}

TEST(ReplaceFile, KeepsTheOldOneWhereItCannotWrite) {
  const support::ScratchDirectory scratch;
  scratch.Write("key", "old");
  std::filesystem::create_directories(scratch / "key.new/in the way");
  const auto status = ReplaceFile(scratch / "key", "new", 0600);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("key"), absl::string_view::npos);
  EXPECT_EQ(support::ReadFile(scratch / "key"), "old");
}

}  // namespace
}  // namespace relaywatch
