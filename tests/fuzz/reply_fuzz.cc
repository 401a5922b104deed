// The reply parsers. Input: a letter for protocol and kind (below), then the server's bytes.
// Demands: any split of the bytes gives the same reply, limits hold, what is stored is printable.
#include <algorithm>
#include <memory>
#include <optional>

#include "agent/probe/imap_reply.h"
#include "agent/probe/pop3_reply.h"
#include "agent/probe/printable.h"
#include "agent/probe/reply.h"
#include "agent/probe/reply_parser.h"
#include "tests/fuzz/expect.h"

namespace relaywatch::probe {
namespace {

using fuzz::Expect;

constexpr ReplyLimits kLimits{.max_line_bytes = 256, .max_lines = 16, .max_bytes = 1024};

std::unique_ptr<ReplyParser> NewParser(unsigned char letter) {
  switch (letter) {
    case 'S':
      return std::make_unique<SmtpReplyParser>(kLimits, SmtpReplyParser::Kind::kGreeting);
    case 'P':
      return std::make_unique<Pop3ReplyParser>(kLimits, Pop3ReplyParser::Kind::kGreeting);
    case 'p':
      return std::make_unique<Pop3ReplyParser>(kLimits, Pop3ReplyParser::Kind::kSingleLine);
    case 'm':
      return std::make_unique<Pop3ReplyParser>(kLimits, Pop3ReplyParser::Kind::kMultiLine);
    case 'a':
      return std::make_unique<Pop3ReplyParser>(kLimits, Pop3ReplyParser::Kind::kAuth);
    case 'I':
      return std::make_unique<ImapReplyParser>(kLimits, ImapReplyParser::Kind::kGreeting);
    case 'i':
      return std::make_unique<ImapReplyParser>(kLimits, ImapReplyParser::Kind::kReply, "r1");
    case 'A':
      return std::make_unique<ImapReplyParser>(kLimits, ImapReplyParser::Kind::kAuth, "r1");
    case 'f':
      return std::make_unique<ImapReplyParser>(kLimits, ImapReplyParser::Kind::kFarewell, "r1");
    default:
      return std::make_unique<SmtpReplyParser>(kLimits);
  }
}

std::size_t FeedInPieces(ReplyParser& parser, std::string_view bytes, std::size_t piece) {
  std::size_t taken = 0;
  while (taken < bytes.size() && parser.state() == ReplyParser::State::kMore) {
    taken += parser.Feed(bytes.substr(taken, piece));
  }
  return taken;
}

void ExpectSame(const ReplyParser& a, const ReplyParser& b) {
  Expect(a.state() == b.state(), "the split does not change the state");
  Expect(a.error() == b.error(), "the split does not change the error");
  if (a.state() == ReplyParser::State::kFailed) return;  // what came before is not used
  Expect(a.reply().code == b.reply().code, "the split does not change the code");
  Expect(a.reply().text == b.reply().text, "the split does not change the text");
  Expect(a.reply().data == b.reply().data, "the split does not change the data");
}

void ExpectStorable(const ReplyParser& parser) {
  const RawReply& reply = parser.reply();
  Expect(parser.lines() <= kLimits.max_lines, "the lines stay in their limit");
  Expect(reply.text.size() + reply.data.size() <= kLimits.max_bytes, "the bytes stay in theirs");
  bool truncated = false;
  const v1::Reply stored = StoredReply(reply, truncated);
  Expect(stored.text().size() <= kMaxStoredBytes, "a stored text stays in its limit");
  Expect(Printable(stored.text()).text == stored.text() || reply.text.find('\n') != reply.text.npos,
         "a stored text is printable");
  Expect(stored.SerializeAsString().size() < 2 * kMaxStoredBytes, "a stored reply is UTF-8");
  StoredLines(reply.data, truncated);
}

}  // namespace
}  // namespace relaywatch::probe

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relaywatch::probe;
  std::string_view input = relaywatch::fuzz::AsText(data, size);
  const unsigned char letter = relaywatch::fuzz::TakeByte(input);
  const auto whole = NewParser(letter);
  const std::size_t taken = FeedInPieces(*whole, input, input.size());
  for (const std::size_t piece : {1, 2, 7}) {
    const auto split = NewParser(letter);
    const std::size_t taken_split = FeedInPieces(*split, input, piece);
    ExpectSame(*whole, *split);
    if (whole->state() != ReplyParser::State::kDone) continue;
    relaywatch::fuzz::Expect(taken == taken_split, "the split does not change where it ends");
  }
  ExpectStorable(*whole);
  return 0;
}
