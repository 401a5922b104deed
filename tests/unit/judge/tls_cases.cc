#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/judge_cases.h"

namespace relaywatch::judge {
namespace {

const Lines kStartTls{"mail.example.com", "STARTTLS"};
const Lines kAllAuth{"mail.example.com", "AUTH PLAIN LOGIN XOAUTH2"};

FactsBuilder Offered(v1::Security security) {
  return Smtp(security).Greeting("mail.example.com ESMTP").Plain(kStartTls);
}

}  // namespace

std::vector<JudgeCase> TlsCases() {
  return {
      {"not offered",
       Smtp(v1::SECURITY_STARTTLS).Plain(kAllAuth),
       {{"*", "starttls_missing@starttls"}}},
      {"not offered after HELO",
       Smtp(v1::SECURITY_STARTTLS).HeloFallback(),
       {{"*", "starttls_missing@starttls"}}},
      {"not offered, and nobody minds", Smtp(v1::SECURITY_AUTO).Plain(kAllAuth), {{"*", "ok"}}},
      {"refused with 454",
       Offered(v1::SECURITY_AUTO).StartTls(454, "TLS not available"),
       {{"*", "starttls_refused@starttls"}}},
      {"refused with 454 and rate words",
       Offered(v1::SECURITY_STARTTLS).StartTls(454, "too many new TLS sessions"),
       {{"*", "starttls_refused@starttls"}}},
      {"refused with 250",
       Offered(v1::SECURITY_STARTTLS).StartTls(250, "ok"),
       {{"*", "starttls_refused@starttls"}}},
      {"421 to STARTTLS",
       Offered(v1::SECURITY_STARTTLS).Refused(v1::STAGE_STARTTLS, 421, "", "closing"),
       {{"*", "service_unavailable@starttls"}}},
      {"421 to STARTTLS as its reply",
       Offered(v1::SECURITY_STARTTLS).StartTls(421, "closing"),
       {{"*", "service_unavailable@starttls"}}},
      {"handshake failure",
       Offered(v1::SECURITY_STARTTLS).StartTls().Cut(v1::STAGE_TLS, v1::FAILURE_TLS_HANDSHAKE),
       {{"*", "tls_failed@tls"}}},
      {"reset in the handshake",
       Offered(v1::SECURITY_STARTTLS).StartTls().Cut(v1::STAGE_TLS, v1::FAILURE_RESET),
       {{"*", "connection_lost@tls"}}},
      {"expired",
       Offered(v1::SECURITY_STARTTLS)
           .StartTls()
           .Certificate(v1::VERIFY_ERROR_EXPIRED)
           .InTls(kAllAuth),
       {{"*", "certificate_invalid@tls"}}},
      {"self-signed, and no login inside",
       Offered(v1::SECURITY_AUTO)
           .StartTls()
           .Certificate(v1::VERIFY_ERROR_SELF_SIGNED)
           .InTls({"mail.example.com"}),
       {{"outlook", "certificate_invalid@tls also auth_not_offered"},
        {"outlook-no-auth", "certificate_invalid@tls"}}},
      {"wrong name before a refused greeting",
       Smtp(v1::SECURITY_TLS, 465)
           .Certificate(v1::VERIFY_ERROR_NAME_MISMATCH)
           .Refused(v1::STAGE_BANNER, 554, "", "No SMTP service here"),
       {{"*", "certificate_invalid@tls also client_blocked"}}},
      {"implicit TLS",
       Smtp(v1::SECURITY_TLS, 465).Certificate(v1::VERIFY_ERROR_UNSPECIFIED).InTls(kAllAuth),
       {{"*", "ok"}}},
      {"wanted no TLS",
       Smtp(v1::SECURITY_NONE).Plain({"m", "STARTTLS", "AUTH PLAIN LOGIN XOAUTH2"}),
       {{"*", "ok"}}},
  };
}

}  // namespace relaywatch::judge
