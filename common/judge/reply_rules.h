// What a refusal says, read off its code, its enhanced code and its words: one table, the first row
// that matches decides. The rows are verdicts.md "Refusals at MAIL and RCPT" and the reply columns
// of its verdict table; each tells where it comes from. RFC 5321 section 4.2, RFC 3463, RFC 4954
// section 6, RFC 5248, and the servers' own wordings.
// Pure; thread-safe: the table is prepared once and never changes.
#pragma once

#include <span>
#include <string_view>

#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::judge {

// Where a row applies beyond what the reply itself says.
enum class Context {
  kAny,
  kAuthOffered,         // in the TLS state of the transaction, and nobody logged in
  kOwnRecipientPassed,  // this is the foreign recipient, and the own one was accepted
};

struct ReplyRule {
  std::string_view stages;  // letters: Banner Ehlo Starttls Auth Mail Rcpt
  std::string_view codes;   // "4xx", "530 538", "!530" for not; "-" is POP3's and IMAP's "no code"
  std::string_view enhanced;  // "x.7.10 x.7.11", "5.7.606-649", "!5.1.x"
  std::string_view words;     // alternatives as in Phrases; any of them
  std::string_view with;      // and any of these
  std::string_view unless;    // but none of these
  Context context = Context::kAny;
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  std::string_view source;
};

// What surrounds a reply.
struct ReplyContext {
  v1::Stage stage = v1::STAGE_UNSPECIFIED;
  bool auth_offered = false;
  bool after_login = false;
  bool own_recipient_passed = false;
};

// The whole table, in the order in which it is read.
std::span<const ReplyRule> ReplyRules();

// The row that decides a reply; total, since the last rows of every stage match anything.
const ReplyRule& DecidingRule(const v1::Reply& reply, const ReplyContext& context);

}  // namespace relaywatch::judge
