#include "agent/probe/imap_reply.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::probe {
namespace {

using Kind = ImapReplyParser::Kind;
using State = ReplyParser::State;

ImapReplyParser Parsed(std::string_view bytes, Kind kind = Kind::kReply) {
  ImapReplyParser parser(ReplyLimits{}, kind, "a1");
  parser.Feed(bytes);
  return parser;
}

TEST(ImapGreeting, IsOneUntaggedStatus) {
  EXPECT_TRUE(Parsed("* OK [CAPABILITY IMAP4rev1] ready\r\n", Kind::kGreeting).reply().positive);
  EXPECT_TRUE(Parsed("* PREAUTH hello\r\n", Kind::kGreeting).reply().positive);
  const ImapReplyParser bye = Parsed("* BYE too busy\r\n", Kind::kGreeting);
  EXPECT_EQ(bye.state(), State::kDone);
  EXPECT_FALSE(bye.reply().positive);
  EXPECT_TRUE(bye.closing());
  EXPECT_EQ(bye.reply().text, "too busy");
}

TEST(ImapGreeting, IsForeignWhereItDoesNotBeginUntagged) {
  for (const char* bytes :
       {"220 hi\r\n", "+OK hi\r\n", "*\r\n", "*OK\r\n", "a1 OK hi\r\n", "\r\n"}) {
    EXPECT_EQ(Parsed(bytes, Kind::kGreeting).error(), ReplyError::kForeignProtocol) << bytes;
  }
  EXPECT_EQ(Parsed("* OKAY\r\n", Kind::kGreeting).error(), ReplyError::kGrammar);
}

TEST(ImapReply, CollectsUntaggedLinesUpToItsTag) {
  const ImapReplyParser reply =
      Parsed("* CAPABILITY IMAP4rev1 STARTTLS\r\n* OK still here\r\na1 OK done\r\n");
  EXPECT_EQ(reply.state(), State::kDone);
  EXPECT_TRUE(reply.reply().positive);
  EXPECT_EQ(reply.reply().text, "done");
  EXPECT_EQ(reply.reply().data, "CAPABILITY IMAP4rev1 STARTTLS\nOK still here");
}

TEST(ImapReply, MayRefuse) {
  EXPECT_FALSE(Parsed("a1 NO not now\r\n").reply().positive);
  EXPECT_EQ(Parsed("a1 BAD\r\n").reply().text, "");
}

TEST(ImapReply, EndsWithAnUnaskedBye) {
  const ImapReplyParser bye = Parsed("* BYE shutting down\r\n");
  EXPECT_EQ(bye.state(), State::kDone);
  EXPECT_TRUE(bye.closing());
  const ImapReplyParser asked = Parsed("* BYE see you\r\na1 OK bye\r\n", Kind::kFarewell);
  EXPECT_EQ(asked.state(), State::kDone);
  EXPECT_TRUE(asked.reply().positive);
}

TEST(ImapReply, ThatBreaksTheGrammarIsRefused) {
  for (const char* bytes :
       {"a2 OK other tag\r\n", "+ go on\r\n", "a1 MAYBE\r\n", "a1\r\n", "\r\n", "OK\r\n"}) {
    EXPECT_EQ(Parsed(bytes).error(), ReplyError::kGrammar) << bytes;
  }
}

TEST(ImapReply, IsTheSameForEverySplitOfItsBytes) {
  for (const std::string_view bytes : {"* CAPABILITY A\r\n* X\na1 OK done\r\n", "* BYE x\r\n",
                                       "a2 OK\r\n", "a1 MAYBE\r\n", "*OK\r\n"}) {
    for (const Kind kind : {Kind::kGreeting, Kind::kReply, Kind::kFarewell}) {
      const ImapReplyParser whole = Parsed(bytes, kind);
      for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        ImapReplyParser split(ReplyLimits{}, kind, "a1");
        const std::size_t taken = split.Feed(bytes.substr(0, cut));
        split.Feed(bytes.substr(taken));
        EXPECT_EQ(split.error(), whole.error()) << bytes << " cut at " << cut;
        EXPECT_EQ(split.state(), whole.state()) << bytes << " cut at " << cut;
        EXPECT_EQ(split.reply().data, whole.reply().data) << bytes << " cut at " << cut;
        EXPECT_EQ(split.reply().text, whole.reply().text) << bytes << " cut at " << cut;
      }
    }
  }
}

}  // namespace
}  // namespace relaywatch::probe
