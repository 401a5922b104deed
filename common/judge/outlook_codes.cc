#include "common/judge/outlook_codes.h"

#include <array>

namespace relaywatch::judge {
namespace {

using Codes = std::span<const std::string_view>;

// Where a row applies.
enum class Where { kAnywhere, kSmtp, kPop3, kImap, kReceiving, kAtMail, kCertificateDate };

struct CodeRow {
  v1::Verdict verdict;
  Where where;
  std::array<std::string_view, 2> codes;  // the second may be empty
};

// The first row of a verdict that applies.
constexpr auto kRows = std::to_array<CodeRow>({
    {v1::VERDICT_DNS_FAILURE, Where::kAnywhere, {"0x800CCC0D"}},
    {v1::VERDICT_CONNECT_TIMEOUT, Where::kReceiving, {"0x800CCC0E", "0x80042108"}},
    {v1::VERDICT_CONNECT_TIMEOUT, Where::kAnywhere, {"0x800CCC0E", "0x80042109"}},
    {v1::VERDICT_CONNECT_REFUSED, Where::kReceiving, {"0x800CCC0E", "0x80042108"}},
    {v1::VERDICT_CONNECT_REFUSED, Where::kAnywhere, {"0x800CCC0E", "0x80042109"}},
    {v1::VERDICT_CONNECT_UNREACHABLE, Where::kReceiving, {"0x800CCC0E", "0x80042108"}},
    {v1::VERDICT_CONNECT_UNREACHABLE, Where::kAnywhere, {"0x800CCC0E", "0x80042109"}},
    {v1::VERDICT_CONNECTION_LOST, Where::kAnywhere, {"0x800CCC0F"}},
    {v1::VERDICT_REPLY_TIMEOUT, Where::kReceiving, {"0x800CCC19", "0x8004210A"}},
    {v1::VERDICT_REPLY_TIMEOUT, Where::kAnywhere, {"0x800CCC19", "0x8004210B"}},
    {v1::VERDICT_NOT_SMTP, Where::kAnywhere, {"0x800CCC60", "0x800CCC61"}},
    {v1::VERDICT_INTERCEPTED, Where::kAnywhere, {"0x800CCC7D", "0x800CCC79"}},
    {v1::VERDICT_PROTOCOL_ERROR, Where::kAnywhere, {"0x800CCC61"}},
    {v1::VERDICT_SERVICE_UNAVAILABLE, Where::kAnywhere, {"0x800CCC67"}},
    {v1::VERDICT_CLIENT_BLOCKED, Where::kAnywhere, {"0x800CCC6F"}},
    {v1::VERDICT_RATE_LIMITED, Where::kAnywhere, {"0x800CCC67", "0x800CCC7F"}},
    {v1::VERDICT_STARTTLS_MISSING, Where::kAnywhere, {"0x800CCC7D"}},
    {v1::VERDICT_STARTTLS_REFUSED, Where::kAnywhere, {"0x800CCC7F"}},
    {v1::VERDICT_TLS_FAILED, Where::kAnywhere, {"0x800CCC1A"}},
    {v1::VERDICT_CERTIFICATE_INVALID, Where::kCertificateDate, {"0x800CCC02", "0x800CCC01"}},
    {v1::VERDICT_CERTIFICATE_INVALID, Where::kAnywhere, {"0x800CCC01", "0x800CCC02"}},
    {v1::VERDICT_TLS_REQUIRED, Where::kAnywhere, {"0x800CCC7C"}},
    {v1::VERDICT_AUTH_NOT_OFFERED, Where::kAnywhere, {"0x800CCC80"}},
    {v1::VERDICT_AUTH_MISMATCH, Where::kImap, {"0x800CCCDF"}},
    {v1::VERDICT_AUTH_MISMATCH, Where::kPop3, {"0x800CCC18"}},
    {v1::VERDICT_AUTH_MISMATCH, Where::kSmtp, {"0x800CCC80"}},
    {v1::VERDICT_AUTH_REJECTED, Where::kImap, {"0x800CCCD1"}},
    {v1::VERDICT_AUTH_REJECTED, Where::kAnywhere, {"0x800CCC92"}},
    {v1::VERDICT_AUTH_DISABLED, Where::kAnywhere, {"0x800CCC92"}},
    {v1::VERDICT_AUTH_REQUIRED, Where::kAtMail, {"0x800CCC78", "0x800CCC79"}},
    {v1::VERDICT_AUTH_REQUIRED, Where::kAnywhere, {"0x800CCC79", "0x800CCC78"}},
    {v1::VERDICT_POP_BEFORE_SMTP, Where::kAnywhere, {"0x800CCC79", "0x800CCC80"}},
    {v1::VERDICT_SENDER_REFUSED, Where::kAnywhere, {"0x800CCC78"}},
    {v1::VERDICT_RELAY_DENIED, Where::kAnywhere, {"0x800CCC79", "0x800CCC6F"}},
    {v1::VERDICT_RECIPIENT_REFUSED, Where::kAnywhere, {"0x800CCC79"}},
    {v1::VERDICT_GREYLISTED, Where::kAnywhere, {"0x800CCC6A"}},
    {v1::VERDICT_TEMPORARY_FAILURE, Where::kAnywhere, {"0x800CCC6A"}},
});

bool Applies(Where where, const v1::Facts& facts, const Judgement& judgement) {
  const bool is_pop3 = facts.protocol() == v1::PROTOCOL_POP3;
  const bool is_imap = facts.protocol() == v1::PROTOCOL_IMAP;
  const v1::VerifyError reason = facts.tls().verify_error();
  switch (where) {
    case Where::kAnywhere:
      return true;
    case Where::kSmtp:
      return !is_pop3 && !is_imap;
    case Where::kPop3:
      return is_pop3;
    case Where::kImap:
      return is_imap;
    case Where::kReceiving:
      return is_pop3 || is_imap;
    case Where::kAtMail:
      return judgement.stage == v1::STAGE_MAIL;
    case Where::kCertificateDate:
      return reason == v1::VERIFY_ERROR_EXPIRED || reason == v1::VERIFY_ERROR_NOT_YET_VALID;
  }
  return false;
}

}  // namespace

Codes OutlookCodes(const v1::Facts& facts, const Judgement& judgement) {
  for (const CodeRow& row : kRows) {
    if (row.verdict == judgement.verdict && Applies(row.where, facts, judgement)) {
      return Codes(row.codes).first(row.codes[1].empty() ? 1 : 2);
    }
  }
  return {};
}

}  // namespace relaywatch::judge
