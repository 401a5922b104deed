#include "agent/probe/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::probe {
namespace {

std::string Text(std::string_view bytes) { return Printable(bytes).text; }

TEST(Printable, KeepsUtf8AndLineFeeds) {
  EXPECT_EQ(Text("Grüße, 日本 🙂\nnext"), "Grüße, 日本 🙂\nnext");
}

TEST(Printable, ReplacesControlsAndTurnsTabsIntoBlanks) {
  EXPECT_EQ(Text(std::string_view("a\0b\x1b[31m\x7f\r\t.", 12)), "a?b?[31m?? .");
  EXPECT_EQ(Text("\xc2\x9b"
                 "31m"),
            "?31m");  // C1 CSI
}

TEST(Printable, ReplacesWhatReordersOrHidesText) {
  for (const char* hidden : {"\u202E", "\u2066", "\u200B", "\u2028", "\uFEFF", "\u061C"}) {
    EXPECT_EQ(Text(std::string("a") + hidden + "b"), "a?b");
  }
}

TEST(Printable, ReplacesEachByteThatIsNotUtf8) {
  struct Case {
    std::string_view bytes;
    std::string_view text;
  };
  for (const Case& c : {
           Case{"\xff\xfe", "??"},
           Case{"\xc3", "?"},
           Case{"\xc3(", "?("},
           Case{"\xc0\xaf", "??"},            // overlong /
           Case{"\xe0\x80\xaf", "???"},       // overlong
           Case{"\xf0\x80\x80\xaf", "????"},  // overlong
           Case{"\xed\xa0\x80", "???"},       // surrogate
           Case{"\xf4\x90\x80\x80", "????"},  // above U+10FFFF
           Case{"\xf5\x80\x80\x80", "????"},
           Case{"\xe2\x82", "??"},
           Case{"\x80"
                "ok",
                "?ok"},
       }) {
    EXPECT_EQ(Text(c.bytes), c.text);
  }
}

TEST(Printable, IsItsOwnFixedPoint) {
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte.push_back(static_cast<char>(c));
  const std::string once = Text(every_byte);
  EXPECT_EQ(Text(once), once);
}

TEST(Printable, CutsBetweenTwoCharacters) {
  const PrintableText cut = Printable("aüb", 2);
  EXPECT_EQ(cut.text, "a");
  EXPECT_TRUE(cut.truncated);
  EXPECT_FALSE(Printable("aü", 3).truncated);
  EXPECT_EQ(Printable(std::string(10'000, 'x')).text.size(), kMaxStoredBytes);
}

}  // namespace
}  // namespace relaywatch::probe
