#include <array>

#include "tests/unit/judge/reply_cases.h"

namespace relaywatch::judge {
namespace {

constexpr v1::Stage kBanner = v1::STAGE_BANNER;
constexpr v1::Stage kEhlo = v1::STAGE_EHLO;
constexpr v1::Stage kEhlo2 = v1::STAGE_EHLO2;
constexpr v1::Stage kStartTls = v1::STAGE_STARTTLS;

constexpr v1::Verdict kBlocked = v1::VERDICT_CLIENT_BLOCKED;
constexpr v1::Verdict kUnavailable = v1::VERDICT_SERVICE_UNAVAILABLE;
constexpr v1::Verdict kRate = v1::VERDICT_RATE_LIMITED;
constexpr v1::Verdict kProtocol = v1::VERDICT_PROTOCOL_ERROR;
constexpr v1::Verdict kRefused = v1::VERDICT_STARTTLS_REFUSED;

constexpr auto kCases = std::to_array<ReplyCase>({
    // Greetings.
    {"RFC 5321", kBanner, 554, "", "No SMTP service here", kBlocked},
    {"RFC 7504", kBanner, 521, "", "mail.example.com does not accept mail", kBlocked},
    {"Postfix", kBanner, 554, "5.7.1", "mail.example.com ESMTP not accepting messages", kBlocked},
    {"postscreen", kBanner, 554, "5.7.1",
     "Service unavailable; client [192.0.2.7] blocked using zen.spamhaus.org", kBlocked},
    {"postscreen", kBanner, 521, "5.7.1", "Service unavailable; client [192.0.2.7] blocked",
     kBlocked},
    {"GMX", kBanner, 554, "",
     "gmx.net (mxgmx012) Nemesis ESMTP Service not available\nNo SMTP service\nIP address is black "
     "listed.\nFor explanation visit https://www.gmx.net/mail/senderguidelines?ip=192.0.2.7",
     kBlocked},
    {"T-Online", kBanner, 554, "",
     "IP=192.0.2.7 - A problem occurred. (Ask your postmaster for help or to contact "
     "tosa@rx.t-online.de to clarify.) (BL)",
     kBlocked},
    {"Comcast", kBanner, 554, "",
     "resimta-po-12v.sys.comcast.net comcast 192.0.2.7 found on one or more DNSBLs, see "
     "http://postmaster.comcast.net/smtp-error-codes.php#BL000000",
     kBlocked},
    {"Exim", kBanner, 550, "", "rejected because 192.0.2.7 is in a black list at bl.spamcop.net",
     kBlocked},
    {"Sendmail", kBanner, 554, "", "mail.example.com ESMTP not accepting connections", kBlocked},
    {"Postfix stress", kBanner, 421, "4.3.2",
     "mail.example.com Error: too many connections from 192.0.2.7", kRate},
    {"postscreen", kBanner, 421, "4.3.2", "All server ports are busy", kUnavailable},
    {"Exim", kBanner, 421, "", "Too many concurrent SMTP connections; please try again later.",
     kRate},
    {"Exim", kBanner, 421, "", "mail.example.com: SMTP command timeout - closing connection",
     kUnavailable},
    {"Exchange", kBanner, 421, "4.3.2", "Service not active", kUnavailable},
    {"Exchange Online", kBanner, 421, "4.3.2",
     "The maximum number of concurrent server connections has exceeded a limit, closing "
     "transmission channel",
     kUnavailable},
    {"Exchange Online", kBanner, 451, "4.7.500", "Server busy. Throttled, please slow down.",
     kRate},
    {"qmail tcpserver", kBanner, 421, "", "out of memory (#4.3.0)", kUnavailable},
    {"qmail rblsmtpd", kBanner, 451, "",
     "http://www.spamhaus.org/query/bl?ip=192.0.2.7 listed by dnsbl", kBlocked},
    {"Sendmail", kBanner, 452, "4.4.5", "Insufficient disk space; try again later", kUnavailable},
    {"Haraka", kBanner, 450, "", "The server is starting", kUnavailable},
    {"Dovecot POP3", kBanner, 0, "", "Maximum number of connections exceeded", kUnavailable},
    {"Dovecot IMAP", kBanner, 0, "", "[UNAVAILABLE] Server shutting down.", kUnavailable},
    {"Courier IMAP", kBanner, 0, "", "Too many connections from this address.", kRate},
    {"UW POP3", kBanner, 0, "", "Connection from 192.0.2.7 refused: address blacklisted", kBlocked},

    {"IronPort", kBanner, 554, "",
     "Your access to this mail system has been rejected due to the sending MTA's poor reputation.",
     kBlocked},
    {"163", kBanner, 554, "", "IP<192.0.2.7> in blacklist", kBlocked},
    {"XMail", kBanner, 551, "", "Server access forbidden by your IP", kBlocked},
    {"Orange", kBanner, 421, "", "Too many connections, slow down. OFR004_104 [104]", kRate},
    {"spamdyke", kBanner, 421, "", "Refused. You have no reverse DNS entry.", kUnavailable},
    {"postscreen", kBanner, 450, "4.7.1",
     "Service unavailable; client [192.0.2.7] blocked using psbl.surriel.com", kBlocked},
    {"Exchange IMAP", kBanner, 0, "", "Connection is closed. 13", kUnavailable},
    {"POP3", kBanner, 0, "", "Your IP is blocked", kBlocked},
    {"IMAP", kBanner, 0, "", "[LIMIT] Too many simultaneous connections from 192.0.2.7", kRate},

    // EHLO and HELO.
    {"Postfix", kEhlo, 554, "5.7.1",
     "<unknown[192.0.2.7]>: Client host rejected: blocked using bl.example.org", kBlocked},
    {"Exim", kEhlo, 550, "", "Access denied - Invalid HELO name (See RFC2821 4.1.1.1)", kProtocol},
    {"Cisco PIX fixup", kEhlo, 500, "5.5.1", "Command unrecognized: \"XXXX client.example.com\"",
     kProtocol},
    {"Postfix", kEhlo, 504, "5.5.2",
     "<localhost>: Helo command rejected: need fully-qualified hostname", kProtocol},
    {"Sendmail", kEhlo, 501, "5.0.0", "Invalid domain name", kProtocol},
    {"Postfix", kEhlo, 450, "4.7.1", "<client>: Helo command rejected: Host not found",
     v1::VERDICT_TEMPORARY_FAILURE},
    {"Postfix", kEhlo2, 450, "4.7.25",
     "Client host rejected: cannot find your hostname, [192.0.2.7]", kBlocked},
    {"Postfix", kEhlo, 503, "5.7.0", "Error: access denied for unknown[192.0.2.7]", kBlocked},
    {"Postfix", kEhlo, 421, "4.7.0", "mail.example.com Error: too many errors", kRate},
    {"Exchange Online", kEhlo, 550, "5.7.606",
     "Access denied, banned sending IP [192.0.2.7]. To request removal from this list please visit "
     "https://sender.office.com/",
     kBlocked},
    {"Exim", kEhlo2, 421, "", "mail.example.com lost input connection", kUnavailable},

    {"Exim", kEhlo, 501, "", "Syntactically invalid HELO argument(s)", kProtocol},
    {"milter", kEhlo, 550, "5.7.1", "rDNS/PTR: No reverse DNS for your IP", kBlocked},
    {"unknown", kEhlo, 554, "5.7.1", "Access denied: your host is not allowed to connect",
     kBlocked},
    {"unknown", kEhlo, 554, "5.7.1", "Access denied for your country", kBlocked},
    {"unknown", kEhlo, 550, "", "Connection from 192.0.2.7 refused by policy", kBlocked},

    {"IMAP", kEhlo, 0, "", "Autologout; idle for too long", kUnavailable},
    {"IMAP", kEhlo2, 0, "", "Too many connections", kRate},

    // STARTTLS.
    {"Postfix", kStartTls, 454, "4.7.0", "TLS not available due to local problem", kRefused},
    {"Postfix anvil", kStartTls, 454, "4.7.0",
     "Error: too many new TLS sessions from unknown[192.0.2.7]", kRefused},
    {"Exim", kStartTls, 454, "", "TLS currently unavailable", kRefused},
    {"Exim", kStartTls, 503, "", "STARTTLS command used when not advertised", kRefused},
    {"Sendmail", kStartTls, 403, "4.7.0", "TLS handshake failed.", kRefused},
    {"Exchange", kStartTls, 500, "5.3.3", "Unrecognized command", kRefused},
    {"Haraka", kStartTls, 502, "", "Command unrecognized", kRefused},
    {"Cisco ASA", kStartTls, 500, "5.5.1", "Command unrecognized: \"XXXXXXXX\"", kRefused},
    {"Exim", kStartTls, 554, "", "Security failure", kRefused},
    {"Postfix", kStartTls, 421, "4.7.0", "mail.example.com Service unavailable", kUnavailable},
    {"Postfix", kStartTls, 421, "4.7.0", "mail.example.com Error: too many errors", kRate},
    {"Dovecot IMAP", kStartTls, 0, "", "TLS initialization failed.", kRefused},
});

}  // namespace

std::span<const ReplyCase> NetworkReplyCases() { return kCases; }

}  // namespace relaywatch::judge
