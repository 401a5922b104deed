#include "common/judge/reply_rules.h"

#include <array>
#include <vector>

#include "common/judge/reply_pattern.h"
#include "common/judge/reply_words.h"

namespace relaywatch::judge {
namespace {

constexpr v1::Verdict kTlsRequired = v1::VERDICT_TLS_REQUIRED;
constexpr v1::Verdict kBlocked = v1::VERDICT_CLIENT_BLOCKED;
constexpr v1::Verdict kDisabled = v1::VERDICT_AUTH_DISABLED;
constexpr v1::Verdict kRejected = v1::VERDICT_AUTH_REJECTED;
constexpr v1::Verdict kMismatch = v1::VERDICT_AUTH_MISMATCH;
constexpr v1::Verdict kAuthRequired = v1::VERDICT_AUTH_REQUIRED;
constexpr v1::Verdict kSender = v1::VERDICT_SENDER_REFUSED;
constexpr v1::Verdict kTemporary = v1::VERDICT_TEMPORARY_FAILURE;

// Numbers in the comments are those of verdicts.md, "Refusals at MAIL and RCPT".
constexpr auto kRows = std::to_array<ReplyRule>({
    // 1. TLS demanded. Before the codes of the AUTH stage too.
    {.stages = "AMR",
     .words = kTlsWords,
     .unless = "starttls not supported|starttls not available|starttls is not",
     .verdict = kTlsRequired,
     .source = "RFC 3207 section 4: 530 Must issue a STARTTLS command first; Postfix 450 4.7.1 "
               "Session encryption is required; Exchange 504 5.5.4; Dovecot [PRIVACYREQUIRED]; "
               "Cyrus 'only available "
               "under a layer'"},
    {.stages = "AMR",
     .words = kEncryption,
     .with = kAsked,
     .unless = kAuthWords,
     .verdict = kTlsRequired,
     .source = "hMailServer 'A SSL/TLS-connection is required'; mail.ru 'only with SSL or TLS'; "
               "Yandex 'without SSL/TLS'"},
    {.stages = "AMR",
     .words = kClearText,
     .with = kForbidden,
     .verdict = kTlsRequired,
     .source = "Dovecot: Plaintext authentication disallowed on non-secure (SSL/TLS) connections"},
    {.stages = "AMR",
     .codes = "451",
     .enhanced = "5.7.3",
     .verdict = kTlsRequired,
     .source = "Exchange Online: 451 5.7.3 Must issue STARTTLS command first"},
    {.stages = "AMR",
     .codes = "!530 !538",
     .enhanced = "x.7.10 x.7.11",
     .verdict = kTlsRequired,
     .source = "RFC 5248: x.7.10 encryption needed, x.7.11 encryption required for mechanism"},
    {.stages = "AMR",
     .codes = "530 538",
     .enhanced = "x.7.10 x.7.11",
     .unless = kAuthWords,
     .verdict = kTlsRequired,
     .source = "RFC 4954 section 6: 538 5.7.11; for 530 and 538 the words decide"},
    {.stages = "AMR",
     .codes = "538",
     .unless = kAuthWords,
     .verdict = kTlsRequired,
     .source = "RFC 2554 section 6: 538 Encryption required"},

    // 2. and 3. Too fast, or closing down: these say nothing about rules.
    {.stages = "BEAMR",
     .codes = "4xx -",
     .words = kRateWords,
     .verdict = v1::VERDICT_RATE_LIMITED,
     .source = "Postfix anvil: 450 4.7.1 Error: too many connections; Exchange 4.7.500; Exim's "
               "manual: Sender rate exceeds; RFC 2449 [LOGIN-DELAY]"},
    {.stages = "S",
     .codes = "421",
     .words = kRateWords,
     .verdict = v1::VERDICT_RATE_LIMITED,
     .source = "Postfix: 421 4.7.0 Error: too many errors, in answer to STARTTLS"},
    {.stages = "BESAMR",
     .codes = "421",
     .verdict = v1::VERDICT_SERVICE_UNAVAILABLE,
     .source = "RFC 5321 section 3.8: 421 to any command, the channel closes"},
    {.stages = "S",
     .verdict = v1::VERDICT_STARTTLS_REFUSED,
     .source = "RFC 3207 section 4: anything but 220; 454 TLS not available"},

    // 4. This client's address is refused.
    {.stages = "BEAMR",
     .enhanced = "5.7.606-649 5.7.705 5.7.708 5.7.750",
     .verdict = kBlocked,
     .source = "Exchange Online NDR codes: banned sending IP, tenant and IP thresholds"},
    {.stages = "BEAMR",
     .codes = "503",
     .enhanced = "5.7.0",
     .words = "access denied",
     .verdict = kBlocked,
     .source = "Postfix smtpd after a rejected client: 503 5.7.0 Error: access denied for"},
    {.stages = "BEAMR",
     .enhanced = "x.7.25",
     .verdict = kBlocked,
     .source = "RFC 7372: reverse DNS; Postfix 450 4.7.25 cannot find your hostname"},
    {.stages = "BEAMR",
     .words = kListedWords,
     .unless =
         "sender address|recipient address blocked|dbl|rhsbl|domain present|mailfrom|spf|to relay|"
         "relaying",
     .verdict = kBlocked,
     .source = "Postfix reject_rbl_client: 554 5.7.1 Client host [..] blocked using; 163 'IP is "
               "rejected'; Brevo 525 Unauthorized IP address; Gmail 'not authorized to send email "
               "directly'"},
    {.stages = "BEAMR",
     .words = kBlockedWords,
     .unless =
         "sender|mailfrom|recipient|recipients|email address|not listed|isnt listed|user|account",
     .verdict = kBlocked,
     .source = "Exim 'is in a black list at'; GMX, Yahoo [BL21], Outlook.com S3140; Proofpoint "
               "'Blocked - see'"},
    {.stages = "BEAMR",
     .words =
         "blocked|banned|blacklisted|refused|rejected|not accepted|not allowed|not permitted|"
         "denied|access denied|do not accept|dont accept|not authorized|unauthorized|forbidden|"
         "accepting|too many",
     .with = kThisClient,
     .unless = "relay|relaying|authenticat*|auth|client host rejected access denied|sender|"
               "recipient|credentials|password|lookup failed|spf",
     .verdict = kBlocked,
     .source = "Sendmail access_db: 550 5.7.1 Access denied for your host; MailEnable 'your IP "
               "address has been blocked'"},

    // What is left of a greeting and of EHLO.
    {.stages = "B",
     .codes = "4xx -",
     .verdict = v1::VERDICT_SERVICE_UNAVAILABLE,
     .source = "RFC 5321 section 3.1; POP3 -ERR and IMAP BYE greetings"},
    {.stages = "B",
     .codes = "5xx",
     .verdict = kBlocked,
     .source = "RFC 5321 section 3.1: 554 No SMTP service here; RFC 7504: 521"},
    {.stages = "E",
     .codes = "4xx",
     .verdict = kTemporary,
     .source = "RFC 5321 section 4.2.1: a 4xx to EHLO and HELO"},
    {.stages = "E",
     .codes = "-",
     .verdict = v1::VERDICT_SERVICE_UNAVAILABLE,
     .source = "RFC 9051 section 7.1.5: IMAP BYE, the connection closes"},
    {.stages = "BE",
     .verdict = v1::VERDICT_PROTOCOL_ERROR,
     .source = "a server that takes neither EHLO nor HELO speaks no SMTP"},

    // The reply to AUTH. RFC 4954 section 6.
    {.stages = "A",
     .codes = "503",
     .verdict = v1::VERDICT_AUTH_NOT_OFFERED,
     .source = "Postfix: 503 5.5.1 Error: authentication not enabled; Exim 503 AUTH command used "
               "when not advertised"},
    {.stages = "A",
     .codes = "500 502 504",
     .verdict = kMismatch,
     .source = "RFC 4954: 504 5.5.4 unrecognized authentication type; Exchange 504 5.7.4; "
               "5.5.1 from servers without the mechanism"},
    {.stages = "A",
     .codes = "5xx -",
     .words =
         "mechanism|mechanisms|authentication type|auth type|authentication method|auth method",
     .with = "invalid|unsupported|not supported|unrecognized|unrecognised|unknown|not available|"
             "no mechanism available|unimplemented|not implemented",
     .verdict = kMismatch,
     .source = "Postfix with Dovecot SASL: 535 5.7.8 Error: authentication failed: Invalid "
               "authentication mechanism; with Cyrus SASL: no mechanism available; Dovecot -ERR "
               "Unsupported authentication mechanism"},
    {.stages = "A",
     .codes = "535",
     .enhanced = "5.7.139",
     .words = "credentials|password|username",
     .unless = "app password|application specific password|basic authentication",
     .verdict = kRejected,
     .source = "Exchange Online: 535 5.7.139 ... the user credentials were incorrect"},
    {.stages = "A",
     .codes = "535",
     .enhanced = "5.7.139",
     .verdict = kDisabled,
     .source = "Exchange Online: 535 5.7.139 SmtpClientAuthentication is disabled; security "
               "defaults; conditional access"},
    {.stages = "A",
     .enhanced = "5.7.9 5.7.13 5.7.30",
     .verdict = kDisabled,
     .source = "RFC 5248: 5.7.13 user account disabled; RFC 4954: 5.7.9 mechanism too weak; "
               "Exchange Online: 550 5.7.30 Basic authentication is not supported"},
    {.stages = "A",
     .codes = "534",
     .verdict = kDisabled,
     .source = "RFC 4954: 534 mechanism too weak; Gmail 534 5.7.9 Application-specific password "
               "required, 534 5.7.14 log in via your web browser"},
    {.stages = "A",
     .codes = "4xx",
     .verdict = kTemporary,
     .source = "RFC 4954: 432 password transition needed, 454 4.7.0 temporary failure"},
    {.stages = "A",
     .codes = "-",
     .words = "in use|inuse|sys temp|unavailable|temporary failure|temporarily|try again later|"
              "try later|already locked|mailbox locked|lock busy|lock maildrop|lock mailbox|"
              "internal error|system error|limit|limits|busy|cannot connect to",
     .verdict = kTemporary,
     .source = "RFC 2449 [IN-USE], RFC 3206 [SYS/TEMP], RFC 5530 [UNAVAILABLE] and [LIMIT]; "
               "Qpopper 'lock busy'"},
    {.stages = "A",
     .codes = "5xx -",
     .words = "web login|web browser|webmail login|via the web|application specific password|"
              "app specific password|application password|app password|app passwords|"
              "authorization code|basicauthblocked|contactadmin|use oauth*|requires oauth*|"
              "modern authentication",
     .verdict = kDisabled,
     .source = "Gmail [ALERT] Please log in via your web browser; Yahoo, iCloud and mail.ru app "
               "passwords; QQ authorization codes; RFC 5530 [CONTACTADMIN]"},
    {.stages = "A",
     .codes = "5xx -",
     .words = kSwitchedOff,
     .with = kLoginOrAccount,
     .unless = kWrongPassword,
     .verdict = kDisabled,
     .source = "Yandex 'does not have access rights to this service'; 163 'User has no "
               "permission'; Gmail 'not enabled for IMAP use'; Zoho 'yet to enable IMAP'"},
    {.stages = "A",
     .verdict = kRejected,
     .source = "RFC 4954: 535 5.7.8 credentials invalid; Exchange 535 5.7.3; an unknown 5xx"},

    // 5. A login to the incoming server first.
    {.stages = "MR",
     .words = kPopWords,
     .verdict = v1::VERDICT_POP_BEFORE_SMTP,
     .source = "pop-before-smtp daemons, Courier, poprelayd: 'check for new mail first'"},
    {.stages = "MR",
     .words = kReceivingWords,
     .with = "first|before|prior",
     .verdict = v1::VERDICT_POP_BEFORE_SMTP,
     .source = "providers: 'please retrieve your mail first'"},
    {.stages = "MR",
     .words = "pop|pop3|pop 3|imap|imap4",
     .with =
         "first|before|prior|check|retrieve|logged in|logged into|login to|login into|log in to|"
         "log into|log on to|logon to|login via|log in via|login with|log in with|recently",
     .verdict = v1::VERDICT_POP_BEFORE_SMTP,
     .source = "MDaemon, CommuniGate, providers: 'log in with POP3 before sending'"},

    // 6. Authentication asked for in words.
    {.stages = "MR",
     .words = kAuthWords,
     .unless = kDomainAuthentication,
     .verdict = kAuthRequired,
     .source = "RFC 4954 section 6: 530 5.7.0 Authentication required; Sendmail 'Proper "
               "authentication required'; Exchange 5.7.57; MailEnable 503"},
    {.stages = "MR",
     .words = "authenticat*|auth|log in|logged in|login|sign in|signed in",
     .with = "must|required|requires|need|needed|needs|mandatory|only|turn on|enable|configure|"
             "please use",
     .unless = "authentication failed|authentication failure|spf|dkim|dmarc|authentication level|"
               "authenticated user|authenticated sender|authenticated as|must match|"
               "does not match|doesnt match|same as|must equal",
     .verdict = kAuthRequired,
     .source = "help texts of providers: 'turn on SMTP Authentication in your mail client'"},

    // 7. Relaying, whatever the code.
    {.stages = "MR",
     .words = "relay|relaying|relayed|relays|relayer|not a gateway|rcpthosts",
     .unless =
         "relay recipient table|connection to relay|connect to relay|relay server unavailable",
     .verdict = v1::VERDICT_RELAY_DENIED,
     .source = "Postfix 454 4.7.1 Relay access denied; Exim relay not permitted; Sendmail "
               "Relaying denied; qmail rcpthosts; 501, 503, 513, 530-571 in the field"},

    // 8. and 9. What asks for a login without saying so.
    {.stages = "MR",
     .codes = "530",
     .verdict = kAuthRequired,
     .source = "RFC 4954 section 6: 530 is the code for it"},
    {.stages = "MR",
     .codes = "5xx",
     .enhanced = "!5.1.x !5.4.x",
     .words = "client host rejected access denied|recipient address rejected access denied",
     .context = Context::kAuthOffered,
     .verdict = kAuthRequired,
     .source = "Postfix master.cf submission: permit_sasl_authenticated,reject"},
    {.stages = "MR",
     .codes = "5xx",
     .enhanced = "!5.1.x !5.4.x",
     .words = "client host rejected access denied|recipient address rejected access denied",
     .verdict = kBlocked,
     .source = "Postfix check_client_access or reject, where no login would help"},

    // 10. and 11. Later, perhaps.
    {.stages = "MR",
     .codes = "4xx",
     .words = "greylist*|graylist*|grey list*|gray list*|postgrey|come back later|come back in|"
              "not yet authorized to deliver",
     .verdict = v1::VERDICT_GREYLISTED,
     .source = "postgrey, milter-greylist, SQLgrey, rspamd, Exim greylistd"},
    {.stages = "MR",
     .codes = "4xx",
     .words = "try again in|try later in|again after|retry in|retry after|resend in",
     .with = "second|seconds|sec|secs|minute|minutes|min|mins",
     .unless = "few minutes|error|failure|problem|unavailable|busy|overload*",
     .verdict = v1::VERDICT_GREYLISTED,
     .source = "greylisting policies that tell the time and no name"},
    {.stages = "MR",
     .codes = "450 451",
     .enhanced = "4.7.1",
     .verdict = v1::VERDICT_GREYLISTED,
     .source = "greylisting milters that only say 'try again later'"},
    {.stages = "MR",
     .codes = "4xx",
     .verdict = kTemporary,
     .source = "RFC 5321 section 4.2.1: transient negative completion"},

    // 12. The recipient passed where it is local: the server does not forward.
    {.stages = "R",
     .codes = "5xx",
     .enhanced = "!5.1.x",
     .context = Context::kOwnRecipientPassed,
     .verdict = v1::VERDICT_RELAY_DENIED,
     .source = "OpenSMTPD 550 Invalid recipient; Haraka 550 I cannot deliver mail for; hMailServer "
               "550 Delivery is not allowed to this address"},

    // 13. The rest, by stage.
    {.stages = "R",
     .codes = "5xx",
     .enhanced = "5.7.60 5.1.7 5.1.8 5.7.20-24 5.7.26-27 5.7.515",
     .verdict = kSender,
     .source = "Exchange 550 5.7.60 does not have permissions to send as this sender; RFC 3463; "
               "RFC 7372 and 7505: DKIM, SPF, null MX"},
    {.stages = "R",
     .codes = "5xx",
     .words = kSenderWords,
     .unless = "recipient address|user unknown|unknown user|mailbox unavailable|no such user",
     .verdict = kSender,
     .source = "Postfix smtpd_delay_reject: 553 5.7.1 Sender address rejected at RCPT; Exim "
               "Sender verify failed"},
    {.stages = "M", .verdict = kSender, .source = "an unknown 5xx to MAIL"},
    {.stages = "R", .verdict = v1::VERDICT_RECIPIENT_REFUSED, .source = "an unknown 5xx to RCPT"},
});

// For stages that have no reply to judge (resolve, connect, quit).
constexpr ReplyRule kNoRule{.verdict = v1::VERDICT_PROTOCOL_ERROR,
                            .source = "a reply where none is read"};

const std::vector<ReplyPattern>& Patterns() {
  static const std::vector<ReplyPattern> patterns(kRows.begin(), kRows.end());
  return patterns;
}

}  // namespace

std::span<const ReplyRule> ReplyRules() { return kRows; }

const ReplyRule& DecidingRule(const v1::Reply& reply, const ReplyContext& context) {
  const ReplyUnderTest under_test(reply);
  const auto& patterns = Patterns();
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (patterns[i].Matches(under_test, context)) return kRows[i];
  }
  return kNoRule;
}

}  // namespace relaywatch::judge
