#include <array>

#include "tests/unit/judge/reply_cases.h"

namespace relaywatch::judge {
namespace {

constexpr v1::Stage kAuth = v1::STAGE_AUTH;
constexpr v1::Verdict kRejected = v1::VERDICT_AUTH_REJECTED;
constexpr v1::Verdict kDisabled = v1::VERDICT_AUTH_DISABLED;
constexpr v1::Verdict kMismatch = v1::VERDICT_AUTH_MISMATCH;
constexpr v1::Verdict kNotOffered = v1::VERDICT_AUTH_NOT_OFFERED;
constexpr v1::Verdict kTls = v1::VERDICT_TLS_REQUIRED;
constexpr v1::Verdict kTemporary = v1::VERDICT_TEMPORARY_FAILURE;
constexpr v1::Verdict kRate = v1::VERDICT_RATE_LIMITED;

constexpr auto kCases = std::to_array<ReplyCase>({
    // Credentials.
    {"Postfix", kAuth, 535, "5.7.8", "Error: authentication failed: UGFzc3dvcmQ6", kRejected},
    {"Postfix", kAuth, 535, "5.7.8", "Error: authentication failed: (reason unavailable)",
     kRejected},
    {"Exchange", kAuth, 535, "5.7.3", "Authentication unsuccessful", kRejected},
    {"Exim", kAuth, 535, "", "Incorrect authentication data", kRejected},
    {"Gmail", kAuth, 535, "5.7.8",
     "Username and Password not accepted. For more information, go to\n "
     "https://support.google.com/mail/?p=BadCredentials 5b1f17b1804b1-42f7d5si3 - gsmtp",
     kRejected},
    {"OpenSMTPD", kAuth, 535, "", "Authentication failed", kRejected},
    {"Haraka", kAuth, 535, "", "Authentication failed", kRejected},
    {"Courier", kAuth, 535, "", "Authentication failed.", kRejected},
    {"Zimbra", kAuth, 535, "5.7.8", "Error: authentication failed: authentication failure",
     kRejected},
    {"Yahoo", kAuth, 535, "5.7.0", "(#AUTH005) Too many bad auth attempts.", kRejected},
    {"Exchange Online", kAuth, 535, "5.7.139",
     "Authentication unsuccessful, the user credentials were incorrect. "
     "[AM0PR02CA0012.eurprd02.prod.outlook.com 2026-11-22T10:00:00.000Z 08DD0A1B2C3D4E5F]",
     kRejected},
    {"Exchange Online", kAuth, 535, "5.7.139",
     "Authentication unsuccessful, the user's password has expired.", kRejected},
    {"Dovecot submission", kAuth, 535, "5.7.8", "Authentication failed.", kRejected},
    {"CommuniGate", kAuth, 535, "", "incorrect password or account name", kRejected},
    {"unknown", kAuth, 550, "", "nope", kRejected},
    {"Dovecot POP3", kAuth, 0, "", "[AUTH] Authentication failed.", kRejected},
    {"Dovecot IMAP", kAuth, 0, "", "[AUTHENTICATIONFAILED] Authentication failed.", kRejected},
    {"Exchange IMAP", kAuth, 0, "", "LOGIN failed.", kRejected},
    {"Exchange POP3", kAuth, 0, "", "Logon failure: unknown user name or bad password.", kRejected},

    {"provider", kAuth, 535, "",
     "Authentication failed. Please check your username, password and SSL/TLS settings.",
     kRejected},
    {"QQ", kAuth, 535, "",
     "Login fail. Account is abnormal, service is not open, password is incorrect, login frequency "
     "limited, or system is busy.",
     kRejected},
    {"provider", kAuth, 535, "5.7.8",
     "Authentication failed: wrong user/password, account may be locked", kRejected},
    {"SendGrid", kAuth, 535, "",
     "Authentication failed: The provided authorization grant is invalid, expired, or revoked",
     kRejected},
    {"Qpopper", kAuth, 0, "", "[AUTH] Password supplied for \"probe\" is incorrect.", kRejected},

    // Policy.
    {"Exchange Online", kAuth, 535, "5.7.139",
     "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
     "https://aka.ms/smtp_auth_disabled for more information.",
     kDisabled},
    {"Exchange Online", kAuth, 535, "5.7.139",
     "Authentication unsuccessful, basic authentication is disabled.", kDisabled},
    {"Exchange Online", kAuth, 535, "5.7.139",
     "Authentication unsuccessful, the request did not meet the criteria to be authenticated "
     "successfully. Contact your administrator.",
     kDisabled},
    {"Exchange Online", kAuth, 535, "5.7.139",
     "Authentication unsuccessful, user is locked by your organization's security defaults policy. "
     "Contact your administrator.",
     kDisabled},
    {"Exchange Online", kAuth, 550, "5.7.30",
     "Basic authentication is not supported for Client Submission.", kDisabled},
    {"Gmail", kAuth, 534, "5.7.9",
     "Application-specific password required. For more information, go to\n "
     "https://support.google.com/mail/?p=InvalidSecondFactor a640c23a62f3a-aa20df5 - gsmtp",
     kDisabled},
    {"Gmail", kAuth, 534, "5.7.14",
     "<https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgnsb> Please\nlog in via "
     "your "
     "web browser and then try again.",
     kDisabled},
    {"Gmail", kAuth, 534, "5.7.9", "Please log in with your web browser and then try again.",
     kDisabled},
    {"mail.ru", kAuth, 535, "5.7.0",
     "NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / "
     "Application password is REQUIRED",
     kDisabled},
    {"Yahoo", kAuth, 535, "5.7.0", "Please use the web login to confirm it is you", kDisabled},
    {"RFC 4954", kAuth, 534, "5.7.9", "Authentication mechanism is too weak", kDisabled},
    {"Gmail IMAP", kAuth, 0, "",
     "[ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/"
     "78754 (Failure)",
     kDisabled},
    {"Gmail POP3", kAuth, 0, "", "[AUTH] Application-specific password required", kDisabled},
    {"Dovecot IMAP", kAuth, 0, "", "[CONTACTADMIN] Account is disabled.", kDisabled},

    {"RFC 5248", kAuth, 525, "5.7.13", "User account disabled", kDisabled},
    {"RFC 4954", kAuth, 535, "5.7.9", "Authentication mechanism is too weak", kDisabled},
    {"Yandex", kAuth, 535, "5.7.8",
     "Error: authentication failed: This user does not have access rights to this service",
     kDisabled},
    {"163", kAuth, 550, "", "User has no permission", kDisabled},
    {"QQ", kAuth, 535, "",
     "Login Fail. Please enter your authorization code to login. More information in "
     "https://service.mail.qq.com/detail/0/53",
     kDisabled},
    {"SendGrid", kAuth, 535, "", "Authentication failed: account disabled", kDisabled},
    {"Exchange Online", kAuth, 535, "5.7.139",
     "Authentication unsuccessful, account access blocked by conditional access", kDisabled},
    {"Gmail POP3", kAuth, 0, "",
     "[SYS/PERM] Your account is not enabled for POP access. Please visit your Gmail settings "
     "page.",
     kDisabled},
    {"Zoho IMAP", kAuth, 0, "",
     "[ALERT] You are yet to enable IMAP for your account. Please contact your administrator "
     "(Failure)",
     kDisabled},
    {"Outlook.com IMAP", kAuth, 0, "", "Login is disabled, use OAuth2", kDisabled},

    {"provider", kAuth, 535, "5.7.8", "You must enable SMTP access in your account settings",
     kDisabled},
    {"provider", kAuth, 535, "", "This account has been blocked by the administrator", kDisabled},
    {"provider POP3", kAuth, 0, "", "Your account does not have POP3 access", kDisabled},

    // The mechanism.
    {"Postfix", kAuth, 535, "5.7.8",
     "Error: authentication failed: Invalid authentication mechanism", kMismatch},
    {"Exchange", kAuth, 504, "5.7.4", "Unrecognized authentication type", kMismatch},
    {"Exim", kAuth, 504, "", "PLAIN authentication mechanism not supported", kMismatch},
    {"OpenSMTPD", kAuth, 504, "5.5.4", "Security features not supported: Unknown mechanism",
     kMismatch},
    {"Haraka", kAuth, 500, "5.5.1", "Unrecognized command", kMismatch},
    {"hMailServer", kAuth, 504, "", "Authentication type not supported.", kMismatch},
    {"Sendmail", kAuth, 504, "5.3.3", "AUTH mechanism NTLM not available", kMismatch},
    {"qmail", kAuth, 502, "", "unimplemented (#5.5.1)", kMismatch},
    {"Dovecot POP3", kAuth, 0, "", "Unsupported authentication mechanism.", kMismatch},

    {"Postfix with Cyrus SASL", kAuth, 535, "5.7.8",
     "Error: authentication failed: no mechanism available", kMismatch},
    {"Exchange", kAuth, 501, "5.5.4", "Unrecognized authentication type", kMismatch},
    {"Courier IMAP", kAuth, 0, "", "Unknown SASL mechanism", kMismatch},

    // Not switched on at all.
    {"Postfix", kAuth, 503, "5.5.1", "Error: authentication not enabled", kNotOffered},
    {"Exim", kAuth, 503, "", "AUTH command used when not advertised", kNotOffered},
    {"Sendmail", kAuth, 503, "5.3.3", "AUTH not available", kNotOffered},
    {"Postfix", kAuth, 503, "5.7.0", "Error: access denied for unknown[192.0.2.7]",
     v1::VERDICT_CLIENT_BLOCKED},

    // Encryption first.
    {"Postfix", kAuth, 538, "5.7.11", "Encryption required for requested authentication mechanism",
     kTls},
    {"RFC 4954", kAuth, 538, "", "", kTls},
    {"Exchange", kAuth, 504, "5.5.4", "Encryption required", kTls},
    {"Postfix", kAuth, 530, "5.7.0", "Must issue a STARTTLS command first", kTls},
    {"Dovecot submission", kAuth, 523, "5.7.10",
     "Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", kTls},
    {"Dovecot IMAP", kAuth, 0, "",
     "[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
     kTls},
    {"Dovecot POP3", kAuth, 0, "",
     "[AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", kTls},
    {"Courier", kAuth, 535, "", "TLS required for authentication", kTls},

    {"hMailServer", kAuth, 530, "", "A SSL/TLS-connection is required for authentication.", kTls},
    {"unknown", kAuth, 535, "", "Authentication is only allowed over TLS", kTls},
    {"Cyrus IMAP", kAuth, 0, "", "Login only available under a layer", kTls},
    {"Cyrus POP3", kAuth, 0, "", "[AUTH] USER command only available under a layer", kTls},
    {"unknown POP3", kAuth, 0, "", "Must issue a STLS command first", kTls},
    {"unknown IMAP", kAuth, 0, "", "Cleartext login not permitted", kTls},

    {"unknown POP3", kAuth, 0, "", "Access denied: not using TLS", kTls},

    // Later.
    {"unknown POP3", kAuth, 0, "", "Server busy, try again", kTemporary},
    {"unknown IMAP", kAuth, 0, "", "Login failed: system error", kTemporary},
    {"unknown", kAuth, 535, "5.7.8", "Authentication not allowed from this IP address",
     v1::VERDICT_CLIENT_BLOCKED},
    {"RFC 4954", kAuth, 432, "4.7.12", "A password transition is needed", kTemporary},
    {"Postfix", kAuth, 454, "4.7.0",
     "Temporary authentication failure: Connection lost to "
     "authentication server",
     kTemporary},
    {"Exim", kAuth, 435, "", "Unable to authenticate at this time", kTemporary},
    {"Exchange Online", kAuth, 451, "4.7.0", "Temporary server error. Please try again later. PRX4",
     kTemporary},
    {"Exchange Online", kAuth, 432, "4.3.2", "STOREDRV.ClientSubmit; sender thread limit exceeded",
     kRate},
    {"Gmail", kAuth, 454, "4.7.0", "Too many login attempts, please try again later. gsmtp", kRate},
    {"Gmail", kAuth, 421, "4.7.0", "Try again later, closing connection.",
     v1::VERDICT_SERVICE_UNAVAILABLE},
    {"Dovecot POP3", kAuth, 0, "", "[IN-USE] Couldn't open INBOX: Timeout while waiting for lock",
     kTemporary},
    {"Dovecot POP3", kAuth, 0, "", "[SYS/TEMP] Temporary authentication failure.", kTemporary},
    {"Dovecot IMAP", kAuth, 0, "", "[UNAVAILABLE] Temporary authentication failure.", kTemporary},
    {"Hotmail POP3", kAuth, 0, "",
     "[LOGIN-DELAY] Exceeded the login limit for a 15 minute period. Reduce the frequency", kRate},
    {"Dovecot IMAP", kAuth, 0, "",
     "[LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
     kTemporary},
    {"Qpopper", kAuth, 0, "",
     "[IN-USE] /var/spool/mail/.probe.pop lock busy! Is another session active? (11)", kTemporary},
    {"hMailServer POP3", kAuth, 0, "", "Your mailbox is already locked", kTemporary},
    {"Brevo", kAuth, 525, "5.7.1", "Unauthorized IP address", v1::VERDICT_CLIENT_BLOCKED},
    {"163", kAuth, 550, "", "IP is rejected, smtp auth error limit exceed",
     v1::VERDICT_CLIENT_BLOCKED},
    {"Exchange Online", kAuth, 550, "5.7.708", "Access denied, traffic not accepted from this IP.",
     v1::VERDICT_CLIENT_BLOCKED},
});

}  // namespace

std::span<const ReplyCase> AuthReplyCases() { return kCases; }

}  // namespace relaywatch::judge
