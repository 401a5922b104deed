#include "common/judge/words.h"

#include <gtest/gtest.h>

namespace relaywatch::judge {
namespace {

std::string Read(std::string_view text) { return Words(text).text(); }

TEST(Words, LeaveAddressesHostsAndUrlsOut) {
  EXPECT_EQ(Read("<a@relay.example>: Relay access denied"), " relay access denied ");
  EXPECT_EQ(Read("relay.example.com says no to bob@relay.example.net."), " says no to ");
  EXPECT_EQ(Read("<unknown[192.0.2.7]>: Client host rejected"), " client host rejected ");
  EXPECT_EQ(Read("see http://www.example.com/relay?x=1 or www.example.com/relay/2 now"),
            " see or now ");
  EXPECT_EQ(Read("[192.0.2.7] (2001:db8::1) blocked"), " blocked ");
}

TEST(Words, LeaveNumbersIdsAndDatesOut) {
  EXPECT_EQ(Read("Error 5.7.1 at Sun, 22 Nov 2026 10:00:00 +0100: id=4XyZ1k2QbMz9s end"),
            " error at id end ");
}

TEST(Words, AreLowerCaseWithSingleBlanks) {
  EXPECT_EQ(Read("POP-before-SMTP!  Don't\nRelay"), " pop before smtp dont relay ");
}

TEST(Words, KeepSentencesThatLackABlank) {
  EXPECT_EQ(Read("Relaying denied.Please authenticate"), " relaying denied please authenticate ");
}

TEST(Words, ReadAnOpenAngleBracketAsText) {
  EXPECT_EQ(Read("<broken relay denied"), " broken relay denied ");
  EXPECT_EQ(Read("a > b"), " a b ");
}

TEST(Words, KeepLettersOfOtherScripts) {
  EXPECT_EQ(Read("Größe überschritten"), " größe überschritten ");
}

TEST(Phrases, MatchWholeWords) {
  const Words words("Relay access denied");
  EXPECT_TRUE(words.HasAny(Phrases("relay")));
  EXPECT_TRUE(words.HasAny(Phrases("nothing|access denied")));
  EXPECT_FALSE(words.HasAny(Phrases("rel")));
  EXPECT_FALSE(words.HasAny(Phrases("relay denied")));
  EXPECT_FALSE(words.HasAny(Phrases()));
}

TEST(Phrases, LetTheLastWordGoOnAfterAStar) {
  const Words words("We are throttling you");
  EXPECT_TRUE(words.HasAny(Phrases("throttl*")));
  EXPECT_FALSE(words.HasAny(Phrases("hrottl*")));
}

}  // namespace
}  // namespace relaywatch::judge
