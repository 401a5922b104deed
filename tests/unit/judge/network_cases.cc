#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/judge_cases.h"

namespace relaywatch::judge {
namespace {

const Lines kAsa{"mail.example.com", "SIZE 52428800", "XXXXXXXA", "XXXXXXXXXXXXX"};
constexpr const char* kStars = "****************************************2******200**2******0*00";

FactsBuilder CutSmtp(v1::Stage stage, v1::Failure failure) { return Smtp().Cut(stage, failure); }

}  // namespace

std::vector<JudgeCase> NetworkCases() {
  return {
      {"no such name",
       CutSmtp(v1::STAGE_RESOLVE, v1::FAILURE_NO_ADDRESS),
       {{"*", "dns_failure@resolve"}}},
      {"DNS is silent",
       CutSmtp(v1::STAGE_RESOLVE, v1::FAILURE_DNS_NO_ANSWER),
       {{"*", "dns_failure@resolve"}}},
      {"SYN is dropped",
       CutSmtp(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_TIMEOUT),
       {{"*", "connect_timeout@connect"}}},
      {"RST",
       CutSmtp(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_REFUSED),
       {{"*", "connect_refused@connect"}}},
      {"ICMP prohibited",
       CutSmtp(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_UNREACHABLE),
       {{"*", "connect_unreachable@connect"}}},
      {"source address cannot be bound",
       CutSmtp(v1::STAGE_CONNECT, v1::FAILURE_LOCAL),
       {{"*", "connect_unreachable@connect"}}},
      {"closed before the greeting",
       CutSmtp(v1::STAGE_BANNER, v1::FAILURE_CLOSED),
       {{"*", "connection_lost@banner"}}},
      {"reset after EHLO",
       CutSmtp(v1::STAGE_EHLO, v1::FAILURE_RESET),
       {{"*", "connection_lost@ehlo"}}},
      {"no greeting",
       CutSmtp(v1::STAGE_BANNER, v1::FAILURE_REPLY_TIMEOUT),
       {{"*", "reply_timeout@banner"}}},
      {"silence in the handshake",
       CutSmtp(v1::STAGE_TLS, v1::FAILURE_REPLY_TIMEOUT),
       {{"*", "reply_timeout@tls"}}},
      {"HTTP portal",
       CutSmtp(v1::STAGE_BANNER, v1::FAILURE_FOREIGN_PROTOCOL),
       {{"*", "not_smtp@banner"}}},
      {"plain text to a TLS hello",
       Smtp(v1::SECURITY_TLS, 587).Cut(v1::STAGE_TLS, v1::FAILURE_TLS_PLAINTEXT),
       {{"*", "not_smtp@tls"}}},
      {"NUL in a reply",
       CutSmtp(v1::STAGE_EHLO, v1::FAILURE_GRAMMAR),
       {{"*", "protocol_error@ehlo"}}},
      {"endless reply", CutSmtp(v1::STAGE_EHLO, v1::FAILURE_LIMIT), {{"*", "protocol_error@ehlo"}}},
      {"bytes before EHLO",
       CutSmtp(v1::STAGE_BANNER, v1::FAILURE_EARLY_BYTES),
       {{"*", "protocol_error@banner"}}},
      {"smuggled behind 220",
       Smtp()
           .Plain({"m", "STARTTLS"})
           .StartTls()
           .Cut(v1::STAGE_STARTTLS, v1::FAILURE_SMUGGLED_BYTES),
       {{"*", "protocol_error@starttls"}}},
      {"421 greeting",
       Smtp().Refused(v1::STAGE_BANNER, 421, "4.3.2", "Service not available"),
       {{"*", "service_unavailable@banner"}}},
      {"4xx greeting",
       Smtp().Refused(v1::STAGE_BANNER, 450, "", "starting up"),
       {{"*", "service_unavailable@banner"}}},
      {"5xx greeting",
       Smtp().Refused(v1::STAGE_BANNER, 554, "", "No SMTP service here"),
       {{"*", "client_blocked@banner"}}},
      {"greeting with rate words",
       Smtp().Refused(v1::STAGE_BANNER, 421, "4.7.0", "too many connections"),
       {{"*", "rate_limited@banner"}}},
      {"EHLO and HELO refused",
       Smtp().Refused(v1::STAGE_EHLO, 500, "5.5.1", "unrecognized"),
       {{"*", "protocol_error@ehlo"}}},
      {"EHLO refused for the address",
       Smtp().Refused(v1::STAGE_EHLO, 503, "5.7.0", "Error: access denied for unknown[192.0.2.7]"),
       {{"*", "client_blocked@ehlo"}}},
      {"421 to EHLO inside TLS",
       Smtp()
           .Plain({"m", "STARTTLS"})
           .StartTls()
           .Certificate(v1::VERIFY_ERROR_UNSPECIFIED)
           .Refused(v1::STAGE_EHLO2, 421, "", "closing"),
       {{"*", "service_unavailable@ehlo2"}}},

      // Interception.
      {"Cisco ASA, STARTTLS wanted",
       Smtp(v1::SECURITY_STARTTLS).Greeting(kStars).Plain(kAsa),
       {{"*", "intercepted@banner also starttls_missing"}}},
      {"Cisco ASA, plain is enough",
       Smtp().Greeting(kStars).Plain(kAsa),
       {{"outlook-no-auth", "intercepted@banner"},
        {"outlook-pop-first", "intercepted@banner"},
        {"*", "intercepted@banner also auth_not_offered"}}},
      {"masked keyword behind an honest banner",
       Smtp(v1::SECURITY_STARTTLS)
           .Greeting("mail ESMTP")
           .Plain({"m", "XXXXXXXA", "STARTTLS"})
           .StartTls()
           .InTls({"m", "AUTH PLAIN LOGIN XOAUTH2"}),
       {{"*", "intercepted@ehlo"}}},
      {"masked banner alone is a finding",
       Smtp(v1::SECURITY_STARTTLS)
           .Greeting(kStars)
           .Plain({"m", "STARTTLS"})
           .StartTls()
           .InTls({"m", "AUTH PLAIN LOGIN XOAUTH2"}),
       {{"*", "ok"}}},
      {"masked banner, AUTH gone",
       Smtp(v1::SECURITY_STARTTLS)
           .Greeting(kStars)
           .Plain({"m", "STARTTLS"})
           .StartTls()
           .InTls({"m"}),
       {{"outlook", "intercepted@banner also auth_not_offered"},
        {"outlook-no-auth", "intercepted@banner"}}},
      {"masked banner, EHLO refused",
       Smtp().Greeting(kStars).HeloFallback(),
       {{"outlook", "intercepted@banner also auth_not_offered"},
        {"outlook-no-auth", "intercepted@banner"}}},
      {"masked banner, EHLO and HELO refused",
       Smtp().Greeting(kStars).Refused(v1::STAGE_EHLO, 500, "", "unrecognized"),
       {{"*", "intercepted@banner also protocol_error"}}},
      {"XEXCH50 is no mask",
       Smtp().Plain({"m", "XEXCH50", "XSHADOW", "XXLSIZE", "AUTH LOGIN PLAIN XOAUTH2"}),
       {{"*", "ok"}}},
  };
}

}  // namespace relaywatch::judge
