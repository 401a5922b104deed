// The word lists of the reply rules that more than one row needs, or that would drown a row.
// Alternatives as in Phrases: lower case, whole words, '*' lets the last word go on.
#pragma once

#include <string_view>

namespace relaywatch::judge {

inline constexpr std::string_view kTlsWords =
    "starttls|start tls|privacyrequired|"
    "encryption required|encryption is required|encryption needed|encryption is needed|"
    "requires encryption|require encryption|without encryption|must be encrypted|"
    "encrypted connection|encrypted session|unencrypted|not encrypted|"
    "secure connection|secure channel|secure session|not secure|insecure connection|"
    "non secure|nonsecure|tls required|tls is required|tls needed|tls encryption|requires tls|"
    "require tls|requires a tls|must use tls|please use tls|use tls|without tls|tls first|"
    "tls connection|tls session|enable tls|ssl required|ssl is required|requires ssl|require ssl|"
    "must use ssl|please use ssl|use ssl|ssl tls|tls ssl|without ssl|ssl connection|"
    "plaintext authentication|cleartext authentication|plain text authentication|"
    "clear text authentication|plaintext login|cleartext login|"
    "plaintext authentication disallowed|only over tls|only over ssl|only available over tls";

inline constexpr std::string_view kRateWords =
    "too many|too much|rate limit*|ratelimit*|limit exceeded|throttl*|slow down|login delay";

inline constexpr std::string_view kBlockedWords =
    "blocked using|blocked by|blocked at|blocked because|blocked due to|blocked for|"
    "blacklist*|black list*|blocklist*|block list*|denylist*|deny list*|dnsbl|rbl|dnsrbl|"
    "listed in|listed on|listed by|listed at|spamhaus*|spamcop*|sorbs|barracuda "
    "reputation|uceprotect*|"
    "poor reputation|bad reputation|low reputation|ip reputation|reputation of|"
    "banned sending ip|ip banned|ip is banned|address banned|"
    "dynamic ip|dynamic address*|dynamic range|dial up|dialup|residential ip|"
    "no reverse dns|missing reverse dns|generic reverse dns|no ptr|ptr record*|"
    "cannot find your hostname|cannot find your reverse hostname|"
    "access denied for|connections will not be accepted|connections not accepted|"
    "not allowed to connect|not permitted to connect|you are not welcome|no smtp service";

inline constexpr std::string_view kThisClient =
    "your ip|your ip address|ip address|client ip|client address|your address|your host|"
    "your network|sending ip|remote ip|client host|connecting host";

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
    "authenticate yourself|authenticate to|authenticate in order|"
    "without authentication|without authenticating|without auth|without smtp auth*|"
    "not authenticated|not been authenticated|not yet authenticated|isnt authenticated|"
    "unauthenticated|nonauthenticated|non authenticated|authenticated users only|"
    "only authenticated|only for authenticated|authenticated senders only|smtp authentication|"
    "smtp auth|use authentication|use auth|enable authentication|turn on authentication|"
    "auth required|auth is required|auth first|auth needed|esmtp authentication|"
    "not logged in|not logged on|log in first|login first|log on first|logon first|please log in|"
    "please login|please log on|must log in|must login|must log on|login required|"
    "log in before|login before|login to send|log in to send";

inline constexpr std::string_view kSenderWords =
    "sender|sendas*|send as|from address|mail from|return path|not owned by|reverse path";

}  // namespace relaywatch::judge
