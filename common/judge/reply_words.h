// The word lists of the reply rules that more than one row needs, or that would drown a row.
// Alternatives as in Phrases: lower case, whole words, '*' lets the last word go on.
#pragma once

#include <string_view>

namespace relaywatch::judge {

inline constexpr std::string_view kTlsWords =
    "starttls|start tls|privacyrequired|must issue a stls command first|"
    "encryption required|encryption is required|encryption needed|encryption is needed|"
    "requires encryption|require encryption|without encryption|encryption too weak|"
    "must be encrypted|encrypted connection|encrypted session|unencrypted|not encrypted|"
    "secure connection|secure channel|secure session|not secure|insecure connection|"
    "non secure|nonsecure|under a layer|not using tls|not using ssl|no plaintext|no plain text|tls "
    "required|tls is required|tls needed|requires tls|"
    "require tls|must use tls|use tls|without tls|tls first|tls encryption|tls connection|"
    "tls session|enable tls|ssl required|ssl is required|requires ssl|require ssl|must use ssl|"
    "use ssl|without ssl|ssl connection";

// Encryption, asked for somewhere in the same reply.
inline constexpr std::string_view kEncryption = "tls|ssl|encryption|encrypt";
inline constexpr std::string_view kAsked =
    "required|requires|require|needed|needs|need|must|mandatory|only|first|without|enforced";

inline constexpr std::string_view kClearText = "plaintext|cleartext|plain text|clear text";
inline constexpr std::string_view kForbidden =
    "disallowed|not allowed|disabled|not permitted|not accepted|forbidden|refused|prohibited";

inline constexpr std::string_view kRateWords =
    "too many|too much|rate limit*|ratelimit*|rate exceed*|limit exceeded|throttl*|slow down|"
    "login delay";

// Lists of addresses, and what they list: said of nothing but a client's address.
inline constexpr std::string_view kListedWords =
    "blocked using|dnsbl|dnsbls|rbl|rbls|dnsrbl|spamhaus*|spamcop*|sorbs|uceprotect*|"
    "banned sending ip|dynamic ip*|dynamic address*|dynamic range|dynamic pool|dial up|dialup*|"
    "residential ip*|reverse dns|rdns|no ptr|ptr record*|cannot find your hostname|"
    "cannot find your reverse hostname|ip is blocked|ip blocked|ips blocked|ip is banned|"
    "ip banned|ip is rejected|ip rejected|ip is not accepted|ip is not allowed|ip not allowed|"
    "ip has been|ip address is blocked|ip address has been|ip address blocked|"
    "ip address is banned|ip address is not allowed|ip address is not accepted|"
    "ip address rejected|not accepted from this ip|not allowed from this ip|unauthorized ip|"
    "ip not authorized|ip is not authorized|not authorized to send email directly|"
    "not authorized to send mail directly|messages from werent sent|your ip is in|reputation|"
    "sender ip|server ip|invalid ip|open proxy|open proxies|ip name lookup failed|"
    "ip name possibly forged|cannot resolve your address|server of your isp|use your isp|"
    "use your isps|your isps smtp|your isps mail";

inline constexpr std::string_view kBlockedWords =
    "blocked by|blocked at|blocked because|blocked due to|blocked for|blocked see|refused see|"
    "blacklist*|black list*|blocklist*|block list*|denylist*|deny list*|"
    "listed in|listed on|listed by|listed at|address banned|access denied for|"
    "connections will not be accepted|connections not accepted|not allowed to connect|"
    "not permitted to connect|you are not welcome|no smtp service";

inline constexpr std::string_view kThisClient =
    "your ip|your ip address|ip address|client ip|client address|your address|your host|"
    "your network|country|your server|sending ip|remote ip|client host|connecting host|"
    "this ip|connection from|connections from|your access";

inline constexpr std::string_view kPopWords =
    "pop before smtp|pop then smtp|pop b4 smtp|smtp after pop|pop auth*|pop3 auth*|imap auth*|"
    "check for mail|check for new mail";

inline constexpr std::string_view kReceivingWords =
    "check your mail|check your email|check your e mail|check mail|check your inbox|"
    "check your mailbox|get your mail|get mail|fetch your mail|fetch mail|receive your mail|"
    "receive mail|read your mail|read mail|retrieve your mail|retrieve mail|download your mail|"
    "pick up your mail|collect your mail";

inline constexpr std::string_view kAuthWords =
    "authentication required|authentication is required|authentication needed|"
    "authentication is needed|authentication first|authentication must|authentication before|"
    "requires authentication|require authentication|requires smtp authentication|"
    "requires that you authenticate|requires you to authenticate|require you to authenticate|"
    "must authenticate|must first authenticate|must be authenticated|have to authenticate|"
    "need to authenticate|needs to authenticate|needs authentication|need authentication|"
    "should authenticate|please authenticate|authenticate first|authenticate before|"
    "authenticate yourself|re authenticate|reauthenticate|authenticate to|authenticate in order|"
    "without authentication|without authenticating|without auth|without smtp auth*|"
    "not authenticated|not been authenticated|not yet authenticated|isnt authenticated|"
    "unauthenticated|nonauthenticated|non authenticated|authenticated users only|"
    "only authenticated|only for authenticated|authenticated senders only|smtp authentication|"
    "smtp auth|use authentication|use auth|enable authentication|turn on authentication|"
    "auth required|auth is required|auth first|auth needed|esmtp authentication|"
    "auth command first|send auth|issue an auth|issue auth|authorization required|"
    "authorization is required|authorisation required|authorisation is required|"
    "not logged in|not logged on|log in first|login first|log on first|logon first|please log in|"
    "please login|please log on|must log in|must login|must log on|login required|"
    "log in before|login before|login to send|log in to send";

inline constexpr std::string_view kSenderWords =
    "sender|sendas*|send as|sending address|sending domain|from address|mail from|return path|"
    "not owned by|reverse path|from domain|spf";

// How a domain vouches for its senders, which is no login: "unauthenticated mail ... DMARC".
inline constexpr std::string_view kDomainAuthentication =
    "spf|dkim|dmarc|authentication level|authentication checks|authentication results";

// A login of this kind, or this whole account, is switched off.
inline constexpr std::string_view kSwitchedOff =
    "disabled|not enabled|is inactive|deactivated|suspended|locked|not permitted|no permission|"
    "not have permission|no access|not have access|not have pop access|not have pop3 access|"
    "not have imap access|access rights|yet to enable|must enable|please enable|not activated|"
    "turned off|switched off|blocked|not allowed|"
    "not open";
inline constexpr std::string_view kLoginOrAccount =
    "account|user|mailbox|access|login|logins|authentication|auth|smtp|pop|pop3|imap|service|"
    "protocol";
inline constexpr std::string_view kWrongPassword =
    "password is incorrect|incorrect password|password incorrect|invalid password|"
    "wrong password|bad password|password is wrong|password is invalid|username or password|"
    "user name or password|user or password|user password|wrong user|unknown user";

}  // namespace relaywatch::judge
