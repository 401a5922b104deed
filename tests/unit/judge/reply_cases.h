// What real servers say when they refuse, and what it means: the table behind most tests of the
// judge. Wordings are those of the servers' sources, manuals and public transcripts.
#pragma once

#include <span>
#include <string_view>

#include "common/judge/reply_rules.h"

namespace relaywatch::judge {

enum class Around {
  kPlain,        // nothing special
  kAuthOffered,  // AUTH is announced in the TLS state of the transaction
  kAfterLogin,   // and the client is logged in
  kOwnPassed,    // foreign recipient, the own one was accepted
};

struct ReplyCase {
  std::string_view server;
  v1::Stage stage;
  int code;  // 0: POP3 and IMAP
  std::string_view enhanced;
  std::string_view text;
  v1::Verdict verdict;
  Around around = Around::kPlain;
};

std::span<const ReplyCase> NetworkReplyCases();      // greeting, EHLO, STARTTLS
std::span<const ReplyCase> AuthReplyCases();         // AUTH, USER/PASS, LOGIN
std::span<const ReplyCase> TransactionReplyCases();  // MAIL, RCPT

v1::Reply MakeReply(const ReplyCase& test);
ReplyContext MakeContext(const ReplyCase& test);

}  // namespace relaywatch::judge
