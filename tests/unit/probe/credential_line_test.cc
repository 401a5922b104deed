#include "agent/probe/credential_line.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::probe {
namespace {

std::string LineOf(const std::optional<CredentialLine>& line) {
  return line ? std::string(line->line.view()) : "(nothing)";
}
std::string Shown(const std::optional<CredentialLine>& line) {
  return line ? line->shown : "(nothing)";
}

TEST(CredentialLine, SaysEachLoginAndShowsNoneOfIt) {
  const Secret message(std::string_view("hello"));
  struct Case {
    std::optional<CredentialLine> line;
    const char* said;
    const char* shown;
  };
  const Case cases[] = {
      {EncodeResponse("hello"), "aGVsbG8=\r\n", "<secret>"},
      {EncodeResponse(""), "\r\n", ""},
      {EncodeAuth("PLAIN", "hello"), "AUTH PLAIN aGVsbG8=\r\n", "AUTH PLAIN <secret>"},
      {EncodeAuth("EXTERNAL", ""), "AUTH EXTERNAL =\r\n", "AUTH EXTERNAL <secret>"},
      {EncodeImapAuthenticate("a3", "PLAIN", &message), "a3 AUTHENTICATE PLAIN aGVsbG8=\r\n",
       "a3 AUTHENTICATE PLAIN <secret>"},
      {EncodeImapAuthenticate("a3", "LOGIN", nullptr), "a3 AUTHENTICATE LOGIN\r\n",
       "a3 AUTHENTICATE LOGIN"},
      {EncodePop3Pass("two words"), "PASS two words\r\n", "PASS <secret>"},
      {EncodeImapLogin("a3", "tim", "pass"), "a3 LOGIN \"tim\" \"pass\"\r\n",
       "a3 LOGIN \"tim\" <secret>"},
      {EncodeImapLogin("a3", "t\"m", "p\\\""), "a3 LOGIN \"t\\\"m\" \"p\\\\\\\"\"\r\n",
       "a3 LOGIN \"t\\\"m\" <secret>"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(LineOf(c.line), c.said);
    EXPECT_EQ(Shown(c.line), c.shown);
  }
}

TEST(CredentialLine, LetsNothingLeaveItsPlace) {
  for (const char* bad : {"a\r\nDATA", "a\nb", "\x7f", "a\x01"}) {
    EXPECT_EQ(LineOf(EncodePop3Pass(bad)), "(nothing)");
    EXPECT_EQ(LineOf(EncodeImapLogin("a1", bad, "x")), "(nothing)");
    EXPECT_EQ(LineOf(EncodeImapLogin("a1", "x", bad)), "(nothing)");
    EXPECT_EQ(LineOf(EncodeAuth(bad, "x")), "(nothing)");
    EXPECT_EQ(LineOf(EncodeImapLogin(bad, "x", "x")), "(nothing)");
  }
  EXPECT_EQ(LineOf(EncodePop3Pass("")), "(nothing)");
  EXPECT_EQ(LineOf(EncodeImapLogin("a1", "x", "gr\xc3\xbc\xc3\x9f")), "(nothing)");
  EXPECT_EQ(LineOf(EncodeAuth("PLAIN X", "x")), "(nothing)");
}

TEST(CredentialLine, KeepsTheLimitsOfTheProtocols) {
  const std::string longest(373, 'a');  // 500 of base64 behind "AUTH PLAIN "
  EXPECT_EQ(LineOf(EncodeAuth("PLAIN", longest.substr(0, 372))).size(), 509U);
  EXPECT_EQ(LineOf(EncodeAuth("PLAIN", longest + "aaa")), "(nothing)");
  EXPECT_NE(LineOf(EncodeResponse(std::string(9'000, 'a'))), "(nothing)");
  EXPECT_EQ(LineOf(EncodeResponse(std::string(10'000, 'a'))), "(nothing)");
}

}  // namespace
}  // namespace relaywatch::probe
