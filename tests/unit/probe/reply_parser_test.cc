#include "agent/probe/reply_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace relaywatch::probe {
namespace {

using Kind = SmtpReplyParser::Kind;
using State = ReplyParser::State;

struct Outcome {
  State state;
  ReplyError error;
  std::uint16_t code;
  std::string text;
  bool bare_lf;
  std::size_t taken;

  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& o) {
  return out << "state " << static_cast<int>(o.state) << " error " << static_cast<int>(o.error)
             << " code " << o.code << " text '" << o.text << "' taken " << o.taken;
}

// Feeds the pieces in order, each as far as the parser takes it.
Outcome Parse(const std::vector<std::string_view>& pieces, Kind kind, ReplyLimits limits = {}) {
  SmtpReplyParser parser(limits, kind);
  std::size_t taken = 0;
  for (const std::string_view piece : pieces) taken += parser.Feed(piece);
  return {parser.state(),      parser.error(),         parser.reply().code,
          parser.reply().text, parser.reply().bare_lf, taken};
}

Outcome Parse(std::string_view bytes, Kind kind = Kind::kReply, ReplyLimits limits = {}) {
  return Parse(std::vector{bytes}, kind, limits);
}

TEST(SmtpReply, OfOneLine) {
  const Outcome reply = Parse("250 2.1.0 Ok\r\n");
  EXPECT_EQ(reply.state, State::kDone);
  EXPECT_EQ(reply.code, 250);
  EXPECT_EQ(reply.text, "2.1.0 Ok");
  EXPECT_FALSE(reply.bare_lf);
}

TEST(SmtpReply, JoinsContinuationLines) {
  // RFC 5321, section 4.2.1.
  const Outcome reply = Parse(
      "250-First line\r\n250-Second line\r\n250-234 Text beginning with numbers\r\n"
      "250 The last line\r\n");
  EXPECT_EQ(reply.state, State::kDone);
  EXPECT_EQ(reply.text, "First line\nSecond line\n234 Text beginning with numbers\nThe last line");
}

TEST(SmtpReply, MayHaveNoText) {
  EXPECT_EQ(Parse("220\r\n").state, State::kDone);
  EXPECT_EQ(Parse("220 \r\n").text, "");
  EXPECT_EQ(Parse("250-\r\n250\r\n").text, "\n");
}

TEST(SmtpReply, ToleratesAndNotesBareLineFeeds) {
  const Outcome reply = Parse("250-a\n250 b\r\n");
  EXPECT_EQ(reply.state, State::kDone);
  EXPECT_EQ(reply.text, "a\nb");
  EXPECT_TRUE(reply.bare_lf);
}

TEST(SmtpReply, LeavesWhatFollowsIt) { EXPECT_EQ(Parse("220 go\r\nEHLO smuggled\r\n").taken, 8u); }

TEST(SmtpReply, IsUnfinishedAtEveryTruncationPoint) {
  const std::string_view whole = "250-PIPELINING\r\n250-SIZE\r\n250 AUTH PLAIN\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(Parse(whole.substr(0, size)).state, State::kMore) << size;
  }
}

TEST(SmtpGreeting, ThatDoesNotBeginWithThreeDigitsIsForeign) {
  using namespace std::string_view_literals;
  for (const std::string_view bytes :
       {"HTTP/1.1 400 Bad Request\r\n"sv, "J\0\0\0\n5.7.33"sv, "\x15\x03\x01\0\x02"sv,
        "22"
        "x\r\n"sv,
        "22\r\n"sv, "\r\n"sv, " 220 hi\r\n"sv, "2\0\0"sv, "+OK hi\r\n"sv}) {
    EXPECT_EQ(Parse(bytes, Kind::kGreeting).error, ReplyError::kForeignProtocol) << bytes;
  }
}

TEST(SmtpReply, ThatBreaksTheGrammarIsRefused) {
  using namespace std::string_view_literals;
  struct Case {
    std::string_view bytes;
    const char* why;
  };
  for (const Case& c : {
           Case{"250 a\0b\r\n"sv, "NUL"},
           Case{"199 a\r\n"sv, "code below 200"},
           Case{"600 a\r\n"sv, "code above 599"},
           Case{"250-a\r\n251 b\r\n"sv, "code changes"},
           Case{"250-a\r\nb\r\n"sv, "continuation without a code"},
           Case{"250-a\r\n\r\n"sv, "empty continuation"},
           Case{"250_a\r\n"sv, "no separator"},
           Case{"2500 a\r\n"sv, "four digits"},
           Case{"250\ra\r\n"sv, "text behind a carriage return"},
       }) {
    EXPECT_EQ(Parse(c.bytes).error, ReplyError::kGrammar) << c.why;
    EXPECT_EQ(Parse(c.bytes, Kind::kGreeting).error, ReplyError::kGrammar) << c.why;
  }
  EXPECT_EQ(Parse("OK\r\n").error, ReplyError::kGrammar);
}

TEST(SmtpReply, MayReachButNotPassEachLimit) {
  const ReplyLimits limits{.max_line_bytes = 16, .max_lines = 3, .max_bytes = 40};
  EXPECT_EQ(Parse("250 345678901234\n", Kind::kReply, limits).error, ReplyError::kLimit);
  EXPECT_EQ(Parse("250 34567890123\n", Kind::kReply, limits).state, State::kDone);
  EXPECT_EQ(Parse("250-a\n250-b\n250 c\n", Kind::kReply, limits).state, State::kDone);
  EXPECT_EQ(Parse("250-a\n250-b\n250-c\n", Kind::kReply, limits).error, ReplyError::kLimit);
  EXPECT_EQ(Parse("250-345678901\n250-345678901\n250 34567890\n", Kind::kReply, limits).error,
            ReplyError::kLimit);
  EXPECT_EQ(Parse("250-345678901\n250-345678901\n250 3456789\n", Kind::kReply, limits).state,
            State::kDone);
}

TEST(SmtpReply, StopsTakingAtALimit) {
  const Outcome endless = Parse("250-" + std::string(100'000, 'x'));
  EXPECT_EQ(endless.error, ReplyError::kLimit);
  EXPECT_LE(endless.taken, 2'048u);
}

TEST(SmtpReply, IsTheSameForEverySplitOfItsBytes) {
  using namespace std::string_view_literals;
  const ReplyLimits small{.max_line_bytes = 16, .max_lines = 3, .max_bytes = 40};
  for (const std::string_view bytes :
       {"250 2.1.0 Ok\r\n"sv, "250-First\r\n250-Second\n250 Last\r\n"sv, "220\r\nleft"sv,
        "250-a\r\n251 b\r\n"sv, "250 a\0b\r\n"sv, "250\ra\r\n"sv, "22x"sv, "HTTP/1.1 400\r\n"sv,
        "250-345678901\n250-345678901\n250 34567890\n"sv, "250 345678901234567890"sv,
        "250 3456789012345\0"sv, "250-a\n250-b\n250-c\n"sv}) {
    for (const Kind kind : {Kind::kGreeting, Kind::kReply}) {
      const Outcome whole = Parse(bytes, kind, small);
      std::vector<std::string_view> single_bytes;
      for (std::size_t i = 0; i < bytes.size(); ++i) single_bytes.push_back(bytes.substr(i, 1));
      EXPECT_EQ(Parse(single_bytes, kind, small).error, whole.error) << bytes;
      EXPECT_EQ(Parse(single_bytes, kind, small).text, whole.text) << bytes;
      for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        const Outcome split = Parse({bytes.substr(0, cut), bytes.substr(cut)}, kind, small);
        EXPECT_EQ(split.state, whole.state) << bytes << " cut at " << cut;
        EXPECT_EQ(split.error, whole.error) << bytes << " cut at " << cut;
        EXPECT_EQ(split.text, whole.text) << bytes << " cut at " << cut;
        if (whole.state == State::kDone) {
          EXPECT_EQ(split, whole) << " cut at " << cut;
        }
      }
    }
  }
}

TEST(SmtpReply, TellsTheLineThatBrokeTheRules) {
  for (const std::size_t cut : {0u, 7u, 12u}) {
    const std::string_view bytes = "250-fine\r\nnonsense\r\n";
    SmtpReplyParser parser(ReplyLimits{});
    parser.Feed(bytes.substr(0, cut));
    parser.Feed(bytes.substr(cut));
    EXPECT_EQ(parser.offending().substr(0, 1), "n") << cut;
  }
}

}  // namespace
}  // namespace relaywatch::probe
