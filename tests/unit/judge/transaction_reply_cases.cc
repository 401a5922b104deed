#include <array>

#include "tests/unit/judge/reply_cases.h"

namespace relaywatch::judge {
namespace {

constexpr v1::Stage kMail = v1::STAGE_MAIL;
constexpr v1::Stage kRcpt = v1::STAGE_RCPT;

constexpr v1::Verdict kTls = v1::VERDICT_TLS_REQUIRED;
constexpr v1::Verdict kRate = v1::VERDICT_RATE_LIMITED;
constexpr v1::Verdict kUnavailable = v1::VERDICT_SERVICE_UNAVAILABLE;
constexpr v1::Verdict kBlocked = v1::VERDICT_CLIENT_BLOCKED;
constexpr v1::Verdict kPop = v1::VERDICT_POP_BEFORE_SMTP;
constexpr v1::Verdict kAuth = v1::VERDICT_AUTH_REQUIRED;
constexpr v1::Verdict kRelay = v1::VERDICT_RELAY_DENIED;
constexpr v1::Verdict kGrey = v1::VERDICT_GREYLISTED;
constexpr v1::Verdict kTemporary = v1::VERDICT_TEMPORARY_FAILURE;
constexpr v1::Verdict kSender = v1::VERDICT_SENDER_REFUSED;
constexpr v1::Verdict kRecipient = v1::VERDICT_RECIPIENT_REFUSED;

constexpr auto kCases = std::to_array<ReplyCase>({
    // 1. TLS first.
    {"Postfix", kMail, 530, "5.7.0", "Must issue a STARTTLS command first", kTls},
    {"Gmail", kMail, 530, "5.7.0",
     "Must issue a STARTTLS command first. 5b1f17b1804b1-4343a7d5c2bsm31 - gsmtp", kTls},
    {"Gmail", kMail, 530, "5.7.0",
     "Must issue a STARTTLS command first, for more information, go to\n "
     "https://support.google.com/a/answer/3221692 - gsmtp",
     kTls},
    {"OpenSMTPD", kMail, 530, "5.5.1", "Invalid command: Must issue an STARTTLS command first",
     kTls},
    {"Exchange Online", kMail, 451, "5.7.3", "Must issue STARTTLS command first", kTls},
    {"Exchange Online", kMail, 451, "5.7.3", "STARTTLS is required to send mail", kTls},
    {"Postfix", kRcpt, 450, "4.7.1", "Session encryption is required", kTls},
    {"Exim", kMail, 550, "", "TLS encryption required", kTls},
    {"Exim ACL", kRcpt, 550, "", "Encryption required before sending", kTls},
    {"Haraka", kMail, 530, "", "Must use TLS first", kTls},
    {"RFC 5248", kMail, 550, "5.7.10", "", kTls},
    {"RFC 5248", kMail, 554, "5.7.11", "no", kTls},
    {"RFC 4954", kMail, 538, "", "Sorry", kTls},
    {"RFC 4954", kMail, 538, "5.7.11", "", kTls},
    {"Exchange Online", kMail, 451, "5.7.3", "", kTls},
    {"old Exchange", kMail, 538, "5.7.0", "Authentication required", kAuth},

    {"Exchange Online", kMail, 451, "", "5.7.3 Cannot achieve server authentication", kTls},
    {"Yandex", kMail, 530, "5.7.7",
     "Email sending without SSL/TLS encryption is not allowed. Please see: "
     "https://yandex.ru/support/mail/mail-clients.html",
     kTls},
    {"mail.ru", kMail, 550, "", "SMTP is available only with SSL or TLS connection enabled.", kTls},
    {"unknown", kMail, 554, "5.7.1", "Only TLS connections are accepted on this port", kTls},
    {"Sendmail", kMail, 403, "4.7.0", "encryption too weak 0 less than 112", kTls},
    {"unknown", kMail, 550, "", "Plaintext sessions are not allowed", kTls},
    {"unknown", kMail, 530, "", "Authentication required; SSL is on port 465", kAuth},
    {"Exchange Online", kMail, 421, "4.7.66", "TLS 1.0 and 1.1 are not supported.", kUnavailable},

    // 2. and 3. Pace, and closing down.
    {"Postfix anvil", kMail, 450, "4.7.1", "Error: too much mail from unknown[192.0.2.7]", kRate},
    {"Postfix anvil", kRcpt, 450, "4.7.1", "Error: too many recipients from unknown[192.0.2.7]",
     kRate},
    {"Postfix", kRcpt, 452, "4.5.3", "Error: too many recipients", kRate},
    {"Exchange", kMail, 421, "4.4.2",
     "Message submission rate for this client has exceeded the "
     "configured limit",
     kUnavailable},
    {"Gmail", kRcpt, 450, "4.2.1",
     "The user you are trying to contact is receiving mail at a rate that prevents additional "
     "messages; rate limited",
     kRate},
    {"Exim", kRcpt, 451, "", "Sender rate limit exceeded: 120 / 1h, max 100", kRate},
    {"cPanel Exim", kMail, 451, "4.7.1", "Temporary limit exceeded, try again later", kRate},
    {"Exchange Online", kMail, 451, "4.7.651",
     "The mail server has been throttled due to IP reputation.", kRate},
    {"Yahoo", kMail, 421, "4.7.0",
     "[TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume", kUnavailable},
    {"Postfix", kRcpt, 421, "4.7.0", "mail.example.com Error: too many errors", kRate},
    {"Exim", kRcpt, 421, "", "Unexpected failure, please try later", kUnavailable},
    {"MailEnable", kMail, 421, "", "Service not available, closing transmission channel",
     kUnavailable},

    // 4. This client.
    {"Postfix", kRcpt, 554, "5.7.1",
     "Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; "
     "https://www.spamhaus.org/query/ip/192.0.2.7",
     kBlocked},
    {"Postfix", kRcpt, 450, "4.7.25",
     "Client host rejected: cannot find your hostname, [192.0.2.7]", kBlocked},
    {"Postfix", kRcpt, 450, "4.7.1",
     "Client host rejected: cannot find your reverse hostname, [192.0.2.7]", kBlocked},
    {"Exim", kRcpt, 550, "",
     "\"JunkMail rejected - [192.0.2.7]:42114 is in an RBL: listed in b.barracudacentral.org\"",
     kBlocked},
    {"Exim", kRcpt, 550, "",
     "rejected because 192.0.2.7 is in a black list at zen.spamhaus.org\nlisted, see reason",
     kBlocked},
    {"Sendmail", kMail, 550, "5.7.1", "Access denied - your IP address is not allowed", kBlocked},
    {"Sendmail dnsbl", kMail, 550, "5.7.1", "Rejected: 192.0.2.7 listed at dnsbl.sorbs.net",
     kBlocked},
    {"Outlook.com", kMail, 550, "5.7.1",
     "Unfortunately, messages from [192.0.2.7] weren't sent. Please contact your Internet service "
     "provider since part of their network is on our block list (S3140).",
     kBlocked},
    {"Exchange Online", kMail, 550, "5.7.606", "Access denied, banned sending IP [192.0.2.7]",
     kBlocked},
    {"Exchange Online", kRcpt, 550, "5.7.649", "Access denied, banned sending IP", kBlocked},
    {"Exchange Online", kMail, 550, "5.7.705", "Access denied, tenant has exceeded threshold",
     kBlocked},
    {"Exchange Online", kMail, 550, "5.7.750",
     "Client blocked from sending from unregistered domains", kBlocked},
    {"Yahoo", kMail, 553, "5.7.1",
     "[BL21] Connections will not be accepted from 192.0.2.7, because the ip is in Spamhaus's list",
     kBlocked},
    {"AOL", kRcpt, 554, "5.7.1", "The IP address has been blocked due to poor reputation",
     kBlocked},
    {"MailEnable", kMail, 550, "", "Your IP address has been blocked", kBlocked},
    {"Postfix", kMail, 503, "5.7.0", "Error: access denied for unknown[192.0.2.7]", kBlocked},

    {"Gmail", kMail, 550, "5.7.1",
     "The IP you're using to send mail is not authorized to\nsend email directly to our servers. "
     "Please use the SMTP relay at your\nservice provider instead.",
     kBlocked},
    {"Outlook.com", kMail, 550, "",
     "OU-002 (SNT004-MC5F7) Unfortunately, messages from 192.0.2.7 weren't sent.", kBlocked},
    {"policyd-weight", kMail, 550, "5.7.1",
     "Mail appeared to be SPAM or forged. Ask your Mail/DNS-Administrator to correct HELO and DNS "
     "MX settings or to get removed from DNSBLs",
     kBlocked},
    {"EarthLink", kMail, 550, "", "Dynamic/zombied/spam IPs blocked.", kBlocked},
    {"Proofpoint", kMail, 554, "5.7.0",
     "Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.7", kBlocked},
    {"unknown", kRcpt, 550, "5.7.1",
     "<a@example.com>: Recipient address rejected: Mail from your IP is not accepted", kBlocked},
    {"unknown", kMail, 554, "5.7.1", "We do not accept mail from your country", kBlocked},
    {"Postfix rhsbl", kMail, 554, "5.7.1",
     "Service unavailable; Sender address [a@example.com] blocked using dbl.spamhaus.org", kSender},
    {"unknown", kMail, 550, "", "Sender domain example.com is listed in our blacklist", kSender},
    {"Gmail", kMail, 550, "5.7.26",
     "This mail has been blocked because the sender is unauthenticated. Gmail requires all senders "
     "to authenticate with either SPF or DKIM.",
     kSender},
    {"Mimecast", kRcpt, 550, "",
     "permanent failure for one or more recipients (a@example.com:blocked)", kRecipient},

    // 5. POP before SMTP.
    {"Courier", kRcpt, 550, "", "Please check your mail first: POP before SMTP", kPop},
    {"popauth", kRcpt, 550, "5.7.1",
     "<a@example.net>... Relaying denied. Please check for new mail first", kPop},
    {"provider", kRcpt, 553, "", "You must log in via POP3 before sending mail", kPop},
    {"provider", kMail, 530, "", "Access denied. Please retrieve your mail first.", kPop},
    {"MDaemon", kRcpt, 550, "", "Relay not permitted; authenticate via POP or IMAP first", kPop},
    {"CommuniGate", kRcpt, 571, "",
     "a@example.net prohibited. We do not relay. You must connect via POP or IMAP first", kPop},
    {"qmail", kRcpt, 553, "",
     "sorry, that domain isn't in my list of allowed rcpthosts; try POP-before-SMTP (#5.7.1)",
     kPop},

    {"cPanel Exim", kRcpt, 550, "",
     "Please turn on SMTP Authentication in your mail client, or login to the\nIMAP/POP3 server "
     "before sending your message.",
     kPop},
    {"unknown", kRcpt, 550, "5.7.1",
     "Relaying denied. You must login to POP3 server within the last 15 minutes.", kPop},

    // 6. Authentication in words.
    {"unknown", kRcpt, 554, "",
     "This server requires authentication. See our help about POP3, IMAP and SMTP settings", kAuth},
    {"unknown", kRcpt, 550, "", "You need to be signed in to send abroad", kAuth},
    {"Yandex", kMail, 503, "5.5.4", "Error: send AUTH command first.", kAuth},
    {"QQ", kMail, 503, "", "Error: need EHLO and AUTH first !", kAuth},
    {"BT", kMail, 553, "", "Authorization is required to send mail", kAuth},
    {"chkuser", kRcpt, 553, "5.7.1",
     "sorry, that domain isn't allowed to be relayed thru this MTA without authentication "
     "(chkuser)",
     kAuth},
    {"hMailServer", kMail, 550, "", "Login credentials no longer valid. Please re-authenticate.",
     kAuth, Around::kAfterLogin},
    {"Postfix", kRcpt, 554, "5.7.1",
     "<a@example.net>: Recipient address rejected: Access denied; "
     "authentication required",
     kAuth},
    {"Dovecot submission", kMail, 530, "5.7.0", "Authentication required.", kAuth},
    {"Gmail", kMail, 530, "5.7.0",
     "Authentication Required. For more information, go to\n "
     "https://support.google.com/mail/?p=WantAuthError 5b1f17b1804b1-43 - gsmtp",
     kAuth},
    {"Exchange Online", kMail, 530, "5.7.57",
     "SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", kAuth},
    {"Exchange Online", kMail, 530, "5.7.57",
     "Client not authenticated to send mail. [AM0PR02CA0012.eurprd02.prod.outlook.com]", kAuth},
    {"Exchange", kMail, 530, "5.7.1", "Client was not authenticated", kAuth},
    {"Sendmail", kRcpt, 550, "5.7.1",
     "<a@example.net>... Relaying denied. Proper authentication "
     "required.",
     kAuth},
    {"Sendmail MSA", kMail, 530, "5.7.0", "Authentication required", kAuth},
    {"Exim", kRcpt, 550, "", "relay not permitted, authentication required", kAuth},
    {"Exim cPanel", kRcpt, 550, "",
     "Please turn on SMTP Authentication in your mail client. host.example.net [192.0.2.7]:53210 "
     "is "
     "not permitted to relay through this server without authentication.",
     kAuth},
    {"Exim", kMail, 550, "", "Sender verify failed, please use SMTP AUTH", kAuth},
    {"MailEnable", kRcpt, 503, "",
     "This mail server requires authentication when attempting to send to a non-local e-mail "
     "address. Please check your mail client settings or contact your administrator to verify that "
     "the domain or address is defined for this server.",
     kAuth},
    {"hMailServer", kMail, 530, "", "SMTP authentication is required.", kAuth},
    {"OpenSMTPD", kMail, 530, "5.5.1", "Invalid command: Must issue an AUTH command first", kAuth},
    {"Zimbra", kRcpt, 554, "5.7.1", "<a@example.net>: Relay access denied; you must authenticate",
     kAuth},
    {"Yahoo", kMail, 530, "5.7.1", "Authentication required", kAuth},
    {"GMX", kMail, 530, "", "Authentication required", kAuth},
    {"Strato", kMail, 550, "5.7.1", "Unauthenticated senders not allowed", kAuth},
    {"Postfix", kRcpt, 553, "5.7.1", "<a@example.com>: Sender address rejected: not logged in",
     kAuth},
    {"Courier", kRcpt, 513, "", "Relaying denied. You need to authenticate.", kAuth},
    {"Kerio", kRcpt, 550, "5.7.1", "Relaying to <a@example.net> denied (authentication required)",
     kAuth},
    {"IceWarp", kRcpt, 550, "5.7.1", "<a@example.net> Access denied - authentication is required",
     kAuth},
    {"Lotus Domino", kRcpt, 550, "5.7.1", "Please log in before sending", kAuth},
    {"SmarterMail", kRcpt, 550, "", "<a@example.net> No such user here; must authenticate", kAuth},

    // 7. Relay words, with every code seen in the field.
    {"Postfix", kRcpt, 454, "4.7.1", "<a@example.net>: Relay access denied", kRelay},
    {"Postfix", kRcpt, 554, "5.7.1", "<a@example.net>: Relay access denied", kRelay},
    {"Exim", kRcpt, 550, "", "relay not permitted", kRelay},
    {"Exim", kRcpt, 550, "", "Relay not permitted for unauthorised hosts", kRelay},
    {"Sendmail", kRcpt, 550, "5.7.1", "<a@example.net>... Relaying denied", kRelay},
    {"Sendmail", kRcpt, 550, "5.7.1",
     "<a@example.net>... Relaying denied. IP name lookup failed [192.0.2.7]", kRelay},
    {"qmail", kRcpt, 553, "", "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
     kRelay},
    {"Exchange", kRcpt, 550, "5.7.1", "Unable to relay for a@example.net", kRelay},
    {"Exchange", kRcpt, 550, "5.7.54", "SMTP; Unable to relay recipient in non-accepted domain",
     kRelay},
    {"Exchange Online", kRcpt, 550, "5.7.64", "TenantAttribution; Relay Access Denied", kRelay},
    {"IIS SMTP", kRcpt, 501, "5.5.4", "Unable to relay", kRelay},
    {"Mercury", kRcpt, 503, "", "We do not relay non-local mail, sorry.", kRelay},
    {"Courier", kRcpt, 513, "", "Relaying denied.", kRelay},
    {"unknown", kRcpt, 530, "5.7.1", "Relaying not allowed", kRelay},
    {"Netscape", kRcpt, 551, "", "not a gateway", kRelay},
    {"InterMail", kRcpt, 550, "", "relaying mail to example.net is not allowed", kRelay},
    {"Mailtraq", kRcpt, 558, "", "relay denied", kRelay},
    {"ArGoSoft", kRcpt, 571, "", "We do not relay <a@example.net>", kRelay},
    {"Lotus Domino", kRcpt, 554, "", "Relay rejected for policy reasons.", kRelay},
    {"Zimbra", kRcpt, 554, "5.7.1", "<a@example.net>: Relay access denied", kRelay},
    {"SmarterMail", kRcpt, 550, "", "<a@example.net> Relaying denied", kRelay},
    {"Kerio", kRcpt, 550, "5.7.1", "Relaying to <a@example.net> denied", kRelay},
    {"GroupWise", kRcpt, 550, "", "Relaying denied", kRelay},
    {"MessageLabs", kRcpt, 553, "",
     "you are trying to use me [server-7.tower-5.example.com] as a\nrelay, but I have not been "
     "configured to let you [192.0.2.7,\nclient.example.com] do this.",
     kRelay},
    {"Gmail relay", kRcpt, 550, "5.7.0",
     "Mail relay denied [192.0.2.7]. Invalid credentials for relay [192.0.2.7]. The IP address "
     "you've\nregistered in your Workspace SMTP Relay service doesn't match",
     kRelay},
    {"Sendmail", kRcpt, 450, "4.7.1",
     "Relaying temporarily denied. Cannot resolve PTR record for 192.0.2.7", kRelay},
    {"unknown", kRcpt, 550, "5.7.1", "Your IP address is not allowed to relay", kRelay},
    {"Postfix own", kRcpt, 450, "4.1.1",
     "<a@example.com>: Recipient address rejected: User unknown in relay recipient table",
     kTemporary},
    {"Postfix own", kRcpt, 550, "5.1.1",
     "<a@example.com>: Recipient address rejected: User unknown in relay recipient table",
     kRecipient},
    {"host called relay", kRcpt, 550, "",
     "relay.example.com says: mailbox <relay@relay.example.net> unavailable", kRecipient},
    {"URL with relay", kRcpt, 550, "5.2.1",
     "Mailbox disabled, see http://www.example.com/relay/denied.html", kRecipient},

    // 8. and 9. The most common submission set-up says it without words.
    {"unknown", kMail, 530, "", "Access denied", kAuth},
    {"Postfix", kRcpt, 554, "5.7.1", "<unknown[192.0.2.7]>: Client host rejected: Access denied",
     kAuth, Around::kAuthOffered},
    {"Postfix", kRcpt, 554, "5.7.1", "<unknown[192.0.2.7]>: Client host rejected: Access denied",
     kBlocked},
    {"Postfix", kRcpt, 554, "5.7.1", "<unknown[192.0.2.7]>: Client host rejected: Access denied",
     kBlocked, Around::kAfterLogin},
    {"Postfix", kRcpt, 554, "5.7.1", "<a@example.net>: Recipient address rejected: Access denied",
     kAuth, Around::kAuthOffered},
    {"Postfix", kRcpt, 554, "5.7.1", "<a@example.net>: Recipient address rejected: Access denied",
     kBlocked},
    {"Exchange Online", kRcpt, 550, "5.4.1",
     "Recipient address rejected: Access denied. [AM0PR02CA0012.eurprd02.prod.outlook.com]",
     kRecipient, Around::kAuthOffered},

    // 10. and 11. Later.
    {"postgrey", kRcpt, 450, "4.2.0",
     "<a@example.com>: Recipient address rejected: Greylisted, see "
     "http://postgrey.schweikert.ch/help/example.com.html",
     kGrey},
    {"milter-greylist", kRcpt, 451, "4.7.1", "Greylisting in action, please come back in 00:05:00",
     kGrey},
    {"rspamd", kRcpt, 451, "4.7.1", "Try again later", kGrey},
    {"SQLgrey", kRcpt, 450, "4.7.1", "Greylisted for 5 minutes", kGrey},
    {"Exim greylistd", kRcpt, 451, "", "greylisted - please come back later", kGrey},
    {"unknown", kRcpt, 450, "", "try again in 300 seconds", kGrey},
    {"busy", kMail, 452, "", "System busy, try again in 5 minutes", kTemporary},
    {"British spelling", kRcpt, 451, "", "You are graylisted", kGrey},
    {"Postfix", kRcpt, 450, "4.7.1", "<client>: Helo command rejected: Host not found", kGrey},
    {"Postfix", kMail, 451, "4.3.0", "<a@example.com>: Temporary lookup failure", kTemporary},
    {"Postfix", kMail, 452, "4.3.1", "Insufficient system storage", kTemporary},
    {"Exim", kRcpt, 451, "", "Temporary local problem - please try later", kTemporary},
    {"Postfix", kMail, 450, "4.1.8", "<a@example.com>: Sender address rejected: Domain not found",
     kTemporary},
    {"Exchange", kRcpt, 452, "4.3.1", "Insufficient system resources", kTemporary},
    {"OpenSMTPD", kMail, 451, "", "Temporary failure, please try again later", kTemporary},

    // 12. The own recipient passed, this one did not.
    {"OpenSMTPD", kRcpt, 550, "", "Invalid recipient: <a@example.net>", kRelay, Around::kOwnPassed},
    {"Haraka", kRcpt, 550, "", "I cannot deliver mail for <a@example.net>", kRelay,
     Around::kOwnPassed},
    {"hMailServer", kRcpt, 550, "", "Delivery is not allowed to this address.", kRelay,
     Around::kOwnPassed},
    {"nodemailer", kRcpt, 550, "", "Only example.com is accepted", kRelay, Around::kOwnPassed},
    {"unknown user", kRcpt, 550, "5.1.1", "User unknown", kRecipient, Around::kOwnPassed},
    {"qmail style", kRcpt, 550, "", "sorry, no mailbox here by that name (#5.1.1)", kRecipient,
     Around::kOwnPassed},

    {"chkuser", kRcpt, 550, "", "sorry, no mailbox here by that name. (#5.1.1 - chkuser)",
     kRecipient, Around::kOwnPassed},
    {"IronPort", kRcpt, 550, "", "#5.1.0 Address rejected.", kRecipient, Around::kOwnPassed},

    // 13. The stage's own verdict.
    {"provider", kMail, 553, "5.7.1", "Sender address must match your login", kSender,
     Around::kAfterLogin},
    {"163", kMail, 553, "", "Mail from must equal authorized user", kSender},
    {"Outlook.com", kMail, 550, "5.7.515",
     "Access denied, sending domain EXAMPLE.COM does not meet the required authentication level.",
     kSender},
    {"SPF", kRcpt, 550, "5.7.1", "SPF fail: see http://www.openspf.org/Why?id=a%40example.com",
     kSender},
    {"SPF", kRcpt, 550, "5.7.23", "Message rejected", kSender},
    {"SmarterMail", kRcpt, 554, "", "Sending address not accepted due to spam filter", kSender},
    {"Postfix", kRcpt, 553, "5.7.1",
     "<a@example.com>: Sender address rejected: not owned by user bob", kSender,
     Around::kAfterLogin},
    {"Postfix", kRcpt, 550, "5.1.8",
     "<a@example.invalid>: Sender address rejected: Domain not found", kSender},
    {"Exchange", kMail, 550, "5.7.60",
     "SMTP; Client does not have permissions to send as this sender", kSender},
    {"Exchange", kRcpt, 550, "5.7.60",
     "SMTP; Client does not have permissions to send as this sender", kSender, Around::kAfterLogin},
    {"Exim", kRcpt, 550, "", "Sender verify failed", kSender},
    {"Sendmail", kMail, 553, "5.1.8",
     "<a@example.invalid>... Domain of sender address does not exist", kSender},
    {"OpenSMTPD", kMail, 553, "", "Sender rejected: not permitted for this user", kSender},
    {"Yahoo", kMail, 553, "5.7.1", "From address not verified", kSender},
    {"qmail", kMail, 553, "", "sorry, your envelope sender is in my badmailfrom list (#5.7.1)",
     kSender},
    {"unknown", kMail, 550, "", "no", kSender},
    {"Exim", kRcpt, 550, "", "Unrouteable address", kRecipient},
    {"Postfix", kRcpt, 550, "5.1.1",
     "<a@example.com>: Recipient address rejected: User unknown in local recipient table",
     kRecipient},
    {"Exchange", kRcpt, 550, "5.1.10",
     "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP "
     "address lookup",
     kRecipient},
    {"Lotus Domino", kRcpt, 550, "5.1.1", "a@example.com... User not listed in Domino Directory",
     kRecipient},
    {"Sendmail", kRcpt, 550, "5.1.1", "<a@example.com>... User unknown", kRecipient},
    {"Gmail", kRcpt, 550, "5.1.1",
     "The email account that you tried to reach does not exist.\nPlease try double-checking the "
     "recipient's email address for typos or unnecessary spaces.",
     kRecipient},
    {"quota", kRcpt, 552, "5.2.2", "Mailbox full", kRecipient},
});

}  // namespace

std::span<const ReplyCase> TransactionReplyCases() { return kCases; }

}  // namespace relaywatch::judge
