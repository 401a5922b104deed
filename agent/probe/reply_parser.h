// Reads one whole reply out of bytes as they come in, in whatever pieces. The only code that looks
// at a peer's bytes: everything else gets a complete reply or an error.
// Memory follows what was received, never what a server claims, and ends at the limits.
// Any split of the same bytes gives the same result. Confined to one dialogue.
// RFC 5321, section 4.2 (SMTP); the derived class for each protocol names its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaywatch::probe {

struct ReplyLimits {
  std::size_t max_line_bytes = 2'048;  // line ending included
  std::size_t max_lines = 128;
  std::size_t max_bytes = 32 * 1024;
};

enum class ReplyError {
  kNone,
  kForeignProtocol,  // a greeting that does not begin like this protocol's
  kGrammar,
  kLimit,
};

// One whole reply as received. Nothing in it is safe to print; see reply.h for that.
struct RawReply {
  std::uint16_t code = 0;  // 200-599; 0 in POP3 and IMAP
  bool positive = false;   // 2xx, +OK, OK
  bool more = false;       // 334 or "+": a challenge, the server waits for the response
  std::string text;        // lines joined by \n; codes, status words and line endings taken off
  std::string data;        // POP3: lines behind the first; IMAP: untagged ones without "* "
  bool bare_lf = false;    // some line ended with LF alone
};

class ReplyParser {
 public:
  enum class State { kMore, kDone, kFailed };

  virtual ~ReplyParser() = default;

  // Takes bytes up to the end of the reply or to the error, and returns how many it took. Bytes
  // behind a complete reply are left to the caller.
  std::size_t Feed(std::string_view bytes);

  State state() const { return state_; }
  ReplyError error() const { return error_; }
  std::size_t lines() const { return lines_; }
  // Complete after kDone; before that, the lines so far.
  const RawReply& reply() const { return reply_; }
  RawReply TakeReply() { return std::move(reply_); }
  // Every complete line as it came, without its ending, for as long as `lines` lives.
  void KeepLinesIn(std::vector<std::string>& lines) { kept_lines_ = &lines; }
  // After kFailed: the line that broke the rules, as far as it was received.
  std::string_view offending() const { return partial_; }

 protected:
  explicit ReplyParser(const ReplyLimits& limits) : limits_(limits) {}

  // Whether a line may begin like this; called with every unfinished line too, so that a peer that
  // speaks something else is known by its first bytes. A verdict about a prefix must stand for
  // every longer line.
  virtual ReplyError CheckStart(std::string_view start) const = 0;
  // One complete line without its ending; adds to reply_ and says whether it is the last one.
  virtual ReplyError TakeLine(std::string_view line, bool& last) = 0;

  // A line that BeginsLikeAChallenge, as the last one of the reply.
  void TakeChallenge(std::string_view line);
  void AppendText(std::string_view line);
  void AppendData(std::string_view line);

  RawReply reply_;

 private:
  std::size_t FeedLine(std::string_view bytes);
  void FinishLine(std::string_view line);
  void Fail(ReplyError error) {
    state_ = State::kFailed;
    error_ = error;
  }

  const ReplyLimits limits_;
  State state_ = State::kMore;
  ReplyError error_ = ReplyError::kNone;
  std::size_t lines_ = 0;
  std::size_t bytes_ = 0;
  std::string partial_;  // the unfinished line; empty where a line came in one piece
  bool has_data_ = false;
  std::vector<std::string>* kept_lines_ = nullptr;
};

// True where one is a prefix of the other; letters without case. For words that are not yet whole.
bool HasPrefixOf(std::string_view start, std::string_view word);
// Whether a word of `size` bytes at the start of an unfinished line may end there: with a blank or
// the line ending.
bool EndsLikeAWord(std::string_view start, std::size_t size);
// "+" or "+ base64" in POP3 and IMAP (RFC 5034, RFC 9051), as far as it was received.
bool BeginsLikeAChallenge(std::string_view start);

// SMTP. In a greeting, anything but three digits at the start is another protocol's; later, or
// after three digits, it is a breach of the grammar, as are NUL, a code outside 200-599 and a code
// that changes inside the reply.
class SmtpReplyParser final : public ReplyParser {
 public:
  enum class Kind { kGreeting, kReply };

  explicit SmtpReplyParser(const ReplyLimits& limits, Kind kind = Kind::kReply)
      : ReplyParser(limits), kind_(kind) {}

 protected:
  ReplyError CheckStart(std::string_view start) const override;
  ReplyError TakeLine(std::string_view line, bool& last) override;

 private:
  const Kind kind_;
};

}  // namespace relaywatch::probe
