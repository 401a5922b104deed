#include "agent/probe/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "agent/probe/printable.h"

namespace relaywatch::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Reply Stored(int code, const std::string& text) {
  bool truncated = false;
  RawReply raw;
  raw.code = static_cast<std::uint16_t>(code);
  raw.text = text;
  return StoredReply(raw, truncated);
}

TEST(EnhancedCode, IsTakenOffEveryLineWhereItsClassFits) {
  const v1::Reply reply = Stored(550, "5.7.1 Relaying\n5.7.1 denied\nsee the manual");
  EXPECT_EQ(reply.code(), 550u);
  EXPECT_EQ(reply.enhanced(), "5.7.1");
  EXPECT_EQ(reply.text(), "Relaying\ndenied\nsee the manual");
}

TEST(EnhancedCode, IsReadAsRfc3463Spells) {
  struct Case {
    int code;
    const char* line;
    const char* enhanced;
  };
  for (const Case& c : {
           Case{535, "5.7.8 no", "5.7.8"},
           Case{535, "5.7.139 no", "5.7.139"},
           Case{250, "2.0.0", "2.0.0"},
           Case{454, "5.7.1 class does not fit", ""},
           Case{550, "5.7.1no blank", ""},
           Case{550, "5.7.1234 too long", ""},
           Case{550, "5.1234.1 too long", ""},
           Case{550, "5.7. x", ""},
           Case{550, "5..7 x", ""},
           Case{550, "5.7", ""},
           Case{550, "", ""},
           Case{550, " 5.7.1 x", ""},
           Case{354, "3.0.0 no such class", "3.0.0"},
       }) {
    EXPECT_EQ(EnhancedCode(c.line, c.code), c.enhanced) << c.line;
  }
}

TEST(StoredReply, IsPrintableAndBounded) {
  EXPECT_EQ(Stored(220, "caf\xe9 \x1b]0;owned\x07").text(), "caf? ?]0;owned?");
  bool truncated = false;
  RawReply raw;
  raw.code = 220;
  raw.text = std::string(2'000, 'x') + "\nmore";
  EXPECT_EQ(StoredReply(raw, truncated).text().size(), kMaxStoredBytes);
  EXPECT_TRUE(truncated);
}

TEST(StoredLines, AreTheLinesAsTheyCame) {
  bool truncated = false;
  EXPECT_THAT(StoredLines("mail Hello [192.0.2.1]\n2.0.0 X\nAUTH PLAIN", truncated).lines(),
              ElementsAre("mail Hello [192.0.2.1]", "2.0.0 X", "AUTH PLAIN"));
  EXPECT_THAT(StoredLines("", truncated).lines(), IsEmpty());
  EXPECT_FALSE(truncated);
}

}  // namespace
}  // namespace relaywatch::probe
