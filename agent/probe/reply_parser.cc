#include "agent/probe/reply_parser.h"

#include <algorithm>

namespace relaywatch::probe {
namespace {

constexpr std::size_t kCodeDigits = 3;
constexpr int kMinCode = 200;
constexpr int kMaxCode = 599;
constexpr int kChallenge = 334;  // RFC 4954, section 4

int CodeOf(std::string_view line) {
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

}  // namespace

std::size_t ReplyParser::Feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (state_ == State::kMore && taken < bytes.size()) taken += FeedLine(bytes.substr(taken));
  return taken;
}

// Errors are found in the order of the bytes, so that the pieces they come in do not matter: only
// bytes within the limits are looked at, and a limit is reported when they are clean.
std::size_t ReplyParser::FeedLine(std::string_view bytes) {
  const std::size_t room =
      std::min(limits_.max_line_bytes - partial_.size(), limits_.max_bytes - bytes_);
  const std::string_view permitted = bytes.substr(0, room);
  const std::size_t newline = permitted.find('\n');
  const bool whole = newline != std::string_view::npos;
  const std::string_view piece = whole ? permitted.substr(0, newline) : permitted;
  const std::size_t taken = piece.size() + (whole ? 1 : 0);
  bytes_ += taken;

  const bool contiguous = whole && partial_.empty();
  if (!contiguous) partial_.append(piece);
  const std::string_view line = contiguous ? piece : std::string_view(partial_);
  if (const auto error = CheckStart(line); error != ReplyError::kNone) {
    Fail(error);
  } else if (piece.find('\0') != std::string_view::npos) {
    Fail(ReplyError::kGrammar);
  } else if (whole) {
    FinishLine(line);
  } else if (partial_.size() >= limits_.max_line_bytes || bytes_ >= limits_.max_bytes) {
    Fail(ReplyError::kLimit);
  }
  if (state_ == State::kFailed && contiguous) partial_ = line;  // kept to be quoted
  if (state_ != State::kFailed && whole) partial_.clear();
  return taken;
}

void ReplyParser::FinishLine(std::string_view line) {
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  } else {
    reply_.bare_lf = true;
  }
  if (kept_lines_ != nullptr) kept_lines_->emplace_back(line);
  bool last = false;
  if (const auto error = TakeLine(line, last); error != ReplyError::kNone) return Fail(error);
  ++lines_;
  if (last) {
    state_ = State::kDone;
  } else if (lines_ >= limits_.max_lines) {
    Fail(ReplyError::kLimit);
  }
}

void ReplyParser::AppendText(std::string_view line) {
  if (lines_ > 0) reply_.text.push_back('\n');
  reply_.text.append(line);
}

void ReplyParser::AppendData(std::string_view line) {
  if (std::exchange(has_data_, true)) reply_.data.push_back('\n');
  reply_.data.append(line);
}

bool HasPrefixOf(std::string_view start, std::string_view word) {
  const std::size_t size = std::min(start.size(), word.size());
  const auto upper = [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  };
  return std::equal(start.begin(), start.begin() + size, word.begin(),
                    [upper](char a, char b) { return upper(a) == upper(b); });
}

bool EndsLikeAWord(std::string_view start, std::size_t size) {
  if (start.size() <= size || start[size] == ' ') return true;
  return start[size] == '\r' && start.size() == size + 1;
}

bool BeginsLikeAChallenge(std::string_view start) {
  return start.starts_with('+') && EndsLikeAWord(start, 1);
}

void ReplyParser::TakeChallenge(std::string_view line) {
  reply_.more = true;
  reply_.text = line.substr(std::min<std::size_t>(line.size(), 2));
}

ReplyError SmtpReplyParser::CheckStart(std::string_view start) const {
  const std::size_t digits = std::min(start.size(), kCodeDigits);
  for (std::size_t i = 0; i < digits; ++i) {
    if (start[i] >= '0' && start[i] <= '9') continue;
    const bool foreign = kind_ == Kind::kGreeting && lines() == 0;
    return foreign ? ReplyError::kForeignProtocol : ReplyError::kGrammar;
  }
  if (start.size() < kCodeDigits) return ReplyError::kNone;
  const int code = CodeOf(start);
  if (code < kMinCode || code > kMaxCode) return ReplyError::kGrammar;
  if (lines() > 0 && code != reply_.code) return ReplyError::kGrammar;
  const bool continues = start.size() > kCodeDigits && start[kCodeDigits] == '-';
  return continues || EndsLikeAWord(start, kCodeDigits) ? ReplyError::kNone : ReplyError::kGrammar;
}

ReplyError SmtpReplyParser::TakeLine(std::string_view line, bool& last) {
  if (line.size() < kCodeDigits) {
    const bool foreign = kind_ == Kind::kGreeting && lines() == 0;
    return foreign ? ReplyError::kForeignProtocol : ReplyError::kGrammar;
  }
  reply_.code = static_cast<std::uint16_t>(CodeOf(line));
  reply_.positive = reply_.code < 300;
  reply_.more = reply_.code == kChallenge;
  last = line.size() == kCodeDigits || line[kCodeDigits] == ' ';
  AppendText(line.substr(std::min(line.size(), kCodeDigits + 1)));
  return ReplyError::kNone;
}

}  // namespace relaywatch::probe
