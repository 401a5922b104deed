#include "agent/probe/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace relaywatch::probe {
namespace {

TEST(EncodeCommand, SpellsEveryVerb) {
  EXPECT_EQ(EncodeCommand(Verb::kEhlo, "client.example.com"), "EHLO client.example.com\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kEhlo, "[IPv6:2001:db8::1]"), "EHLO [IPv6:2001:db8::1]\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kHelo, "client"), "HELO client\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kStartTls), "STARTTLS\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kMail, "a@example.com"), "MAIL FROM:<a@example.com>\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kMail), "MAIL FROM:<>\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kRcpt, "\"a b\"@example.com"), "RCPT TO:<\"a b\"@example.com>\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kRset), "RSET\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kQuit), "QUIT\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kAuth, "SCRAM-SHA-1"), "AUTH SCRAM-SHA-1\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kAuthCancel), "*\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kPop3User, "tim smith"), "USER tim smith\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kPop3Capa), "CAPA\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kPop3Stls), "STLS\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kImapCapability, "a1"), "a1 CAPABILITY\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kImapStartTls, "a2"), "a2 STARTTLS\r\n");
  EXPECT_EQ(EncodeCommand(Verb::kImapLogout, "a3"), "a3 LOGOUT\r\n");
}

// Everything that can be said at all. Whoever adds a verb adds it here, too, and thinks about it:
// the agent sends no mail (DATA, BDAT) and asks for nobody (VRFY, EXPN).
TEST(EncodeCommand, HasNoOtherVerbs) {
  const std::set<std::string> kAllowed = {
      "EHLO x",      "HELO x", "STARTTLS", "MAIL FROM:<x>", "MAIL FROM:<>",
      "RCPT TO:<x>", "RSET",   "QUIT",     "AUTH X",        "*",
      "CAPA",        "STLS",   "USER x",   "x CAPABILITY",  "x STARTTLS",
      "x LOGOUT"};
  std::set<std::string> said;
  for (int verb = 0; verb < 256; ++verb) {
    for (const char* argument : {"", "x", "X"}) {
      const auto line = EncodeCommand(static_cast<Verb>(verb), argument);
      if (!line) continue;
      std::string words = line->substr(0, line->size() - 2);
      if (words != "AUTH X") std::replace(words.begin(), words.end(), 'X', 'x');
      said.insert(words);
    }
  }
  EXPECT_EQ(said, kAllowed);
}

TEST(EncodeCommand, RefusesEveryByteThatCouldLeaveItsPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool unsafe = byte < 0x20 || byte == 0x7F || c == '<' || c == '>';
    const std::string argument = std::string("a") + c + "b";
    EXPECT_EQ(EncodeCommand(Verb::kRcpt, argument).has_value(), !unsafe) << byte;
    EXPECT_EQ(EncodeCommand(Verb::kMail, argument).has_value(), !unsafe) << byte;
    EXPECT_EQ(EncodeCommand(Verb::kEhlo, argument).has_value(), !unsafe && c != ' ') << byte;
  }
}

TEST(EncodeCommand, RefusesMissingAndUnwantedArguments) {
  EXPECT_EQ(EncodeCommand(Verb::kEhlo), std::nullopt);
  EXPECT_EQ(EncodeCommand(Verb::kRcpt), std::nullopt);
  EXPECT_EQ(EncodeCommand(Verb::kImapLogout), std::nullopt);
  EXPECT_EQ(EncodeCommand(Verb::kImapLogout, "a 1"), std::nullopt);
  EXPECT_EQ(EncodeCommand(Verb::kImapLogout, "*"), std::nullopt);
  EXPECT_EQ(EncodeCommand(Verb::kQuit, "now"), std::nullopt);
  EXPECT_EQ(EncodeCommand(Verb::kStartTls, "x"), std::nullopt);
  for (const char* mechanism : {"", "plain", "PLAIN x", "PLAIN=", "A-MECHANISM-TOO-LONG1"}) {
    EXPECT_EQ(EncodeCommand(Verb::kAuth, mechanism), std::nullopt) << mechanism;
  }
}

TEST(EncodeCommand, RefusesALineOver512Bytes) {
  const std::size_t overhead = std::string("RCPT TO:<>\r\n").size();
  const std::string longest(kMaxCommandBytes - overhead, 'a');
  ASSERT_TRUE(EncodeCommand(Verb::kRcpt, longest));
  EXPECT_EQ(EncodeCommand(Verb::kRcpt, longest)->size(), kMaxCommandBytes);
  EXPECT_EQ(EncodeCommand(Verb::kRcpt, longest + "a"), std::nullopt);
}

}  // namespace
}  // namespace relaywatch::probe
