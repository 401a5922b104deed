#include "agent/probe/pop3_reply.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::probe {
namespace {

using Kind = Pop3ReplyParser::Kind;
using State = ReplyParser::State;

Pop3ReplyParser Parsed(std::string_view bytes, Kind kind) {
  Pop3ReplyParser parser(ReplyLimits{}, kind);
  parser.Feed(bytes);
  return parser;
}

TEST(Pop3Reply, IsPositiveOrNegative) {
  const Pop3ReplyParser good = Parsed("+OK ready <1@mail>\r\n", Kind::kGreeting);
  EXPECT_EQ(good.state(), State::kDone);
  EXPECT_TRUE(good.reply().positive);
  EXPECT_EQ(good.reply().text, "ready <1@mail>");
  const Pop3ReplyParser bad = Parsed("-ERR [SYS/TEMP] later\r\n", Kind::kSingleLine);
  EXPECT_EQ(bad.state(), State::kDone);
  EXPECT_FALSE(bad.reply().positive);
  EXPECT_EQ(bad.reply().text, "[SYS/TEMP] later");
  EXPECT_EQ(Parsed("+OK\r\n", Kind::kSingleLine).reply().text, "");
  EXPECT_TRUE(Parsed("+ok fine\r\n", Kind::kSingleLine).reply().positive);
}

TEST(Pop3Reply, EndsItsDataWithADot) {
  const Pop3ReplyParser capa =
      Parsed("+OK here\r\nUSER\r\n..x\r\n\r\nSTLS\r\n.\r\n+OK", Kind::kMultiLine);
  EXPECT_EQ(capa.state(), State::kDone);
  EXPECT_EQ(capa.reply().data, "USER\n.x\n\nSTLS");
  EXPECT_EQ(Parsed("+OK here\r\nUSER\r\n", Kind::kMultiLine).state(), State::kMore);
  EXPECT_EQ(Parsed("-ERR what?\r\n", Kind::kMultiLine).state(), State::kDone);
}

TEST(Pop3Reply, IsForeignOnlyAsAGreeting) {
  for (const char* bytes : {"220 hi\r\n", "* OK hi\r\n", "+O\r\n", "-ER\r\n", "\r\n", "HTTP"}) {
    EXPECT_EQ(Parsed(bytes, Kind::kGreeting).error(), ReplyError::kForeignProtocol) << bytes;
    EXPECT_EQ(Parsed(bytes, Kind::kSingleLine).error(), ReplyError::kGrammar) << bytes;
  }
  EXPECT_EQ(Parsed("+OKAY\r\n", Kind::kGreeting).error(), ReplyError::kGrammar);
}

TEST(Pop3Reply, ObeysTheLimits) {
  std::string endless = "+OK\r\n";
  for (int i = 0; i < 200; ++i) endless += "X\r\n";
  EXPECT_EQ(Parsed(endless, Kind::kMultiLine).error(), ReplyError::kLimit);
}

TEST(Pop3Reply, IsTheSameForEverySplitOfItsBytes) {
  for (const std::string_view bytes :
       {"+OK here\r\nUSER\r\n..x\n.\r\n", "-ERR no\r\n", "+OKAY\r\n", "+X\r\n", "+OK\r\nA\r\n"}) {
    for (const Kind kind : {Kind::kGreeting, Kind::kSingleLine, Kind::kMultiLine}) {
      const Pop3ReplyParser whole = Parsed(bytes, kind);
      for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        Pop3ReplyParser split(ReplyLimits{}, kind);
        const std::size_t taken = split.Feed(bytes.substr(0, cut));
        split.Feed(bytes.substr(taken));
        EXPECT_EQ(split.error(), whole.error()) << bytes << " cut at " << cut;
        EXPECT_EQ(split.state(), whole.state()) << bytes << " cut at " << cut;
        EXPECT_EQ(split.reply().data, whole.reply().data) << bytes << " cut at " << cut;
      }
    }
  }
}

}  // namespace
}  // namespace relaywatch::probe
