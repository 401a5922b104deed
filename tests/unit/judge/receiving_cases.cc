#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/judge_cases.h"

namespace relaywatch::judge {

std::vector<JudgeCase> ReceivingCases() {
  return {
      {"POP3 with USER",
       Pop3(v1::SECURITY_NONE).Plain({"USER", "TOP", "UIDL"}),
       {{"outlook-oauth", "auth_mismatch@auth"}, {"*", "ok"}}},
      {"POP3 without CAPA",
       Pop3(v1::SECURITY_NONE).Plain({}),
       {{"outlook-oauth", "auth_mismatch@auth"}, {"*", "ok"}}},
      {"POP3 waits for TLS",
       Pop3(v1::SECURITY_NONE).Plain({"TOP", "STLS", "SASL"}),
       {{"*", "tls_required@auth"}}},
      {"POP3 with OAuth only inside TLS",
       Pop3(v1::SECURITY_TLS, 995).InTls({"TOP", "SASL XOAUTH2"}),
       {{"outlook-oauth", "ok"}, {"thunderbird", "ok"}, {"k9", "ok"}, {"*", "auth_mismatch@auth"}}},
      {"IMAP LOGIN",
       Imap(v1::SECURITY_NONE).Plain({"IMAP4rev1 AUTH=PLAIN"}),
       {{"outlook-oauth", "auth_mismatch@auth"}, {"*", "ok"}}},
      {"IMAP waits for TLS",
       Imap(v1::SECURITY_NONE).Plain({"IMAP4rev1 STARTTLS LOGINDISABLED"}),
       {{"*", "tls_required@auth"}}},
      {"IMAP disabled inside TLS",
       Imap(v1::SECURITY_TLS, 993).InTls({"IMAP4rev1 LOGINDISABLED"}),
       {{"*", "auth_mismatch@auth"}}},
      {"IMAP waits for TLS, SASL is there",
       Imap(v1::SECURITY_NONE).Plain({"IMAP4rev1 LOGINDISABLED AUTH=PLAIN"}),
       {{"thunderbird", "ok"}, {"outlook", "tls_required@auth"}}},
      {"IMAP after STARTTLS",
       Imap(v1::SECURITY_STARTTLS)
           .Plain({"IMAP4rev1 STARTTLS LOGINDISABLED"})
           .StartTls(0, "Begin")
           .InTls({"IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2"}),
       {{"*", "ok"}}},
      {"IMAP STARTTLS refused",
       Imap(v1::SECURITY_STARTTLS).Plain({"IMAP4rev1 STARTTLS"}).StartTls(0, "TLS unavailable"),
       {{"*", "starttls_refused@starttls"}}},
      {"IMAP handshake fails after a good STARTTLS",
       Imap(v1::SECURITY_STARTTLS)
           .Plain({"IMAP4rev1 STARTTLS"})
           .StartTls(0, "Begin")
           .Cut(v1::STAGE_TLS, v1::FAILURE_TLS_HANDSHAKE),
       {{"*", "tls_failed@tls"}}},
      {"POP3 without STLS",
       Pop3(v1::SECURITY_STARTTLS).Plain({"USER"}),
       {{"*", "starttls_missing@starttls"}}},
      {"-ERR greeting",
       Pop3(v1::SECURITY_NONE).Refused(v1::STAGE_BANNER, 0, "", "Server is down"),
       {{"*", "service_unavailable@banner"}}},
      {"BYE with rate words",
       Imap(v1::SECURITY_TLS, 993).Refused(v1::STAGE_BANNER, 0, "", "Too many connections"),
       {{"*", "rate_limited@banner"}}},
      {"-ERR for the address",
       Pop3(v1::SECURITY_NONE).Refused(v1::STAGE_BANNER, 0, "", "192.0.2.7 is blacklisted"),
       {{"*", "client_blocked@banner"}}},
      {"not the protocol",
       Imap(v1::SECURITY_NONE).Cut(v1::STAGE_BANNER, v1::FAILURE_FOREIGN_PROTOCOL),
       {{"*", "not_smtp@banner"}}},
      {"every profile logs in to receive",
       Pop3(v1::SECURITY_TLS, 995).InTls({"USER"}).LoginRefused("LOGIN", 0, "", "[AUTH] failed"),
       {{"outlook", "auth_rejected@auth"},
        {"outlook-no-auth", "auth_rejected@auth"},
        {"outlook-pop-first", "auth_rejected@auth"}}},
      {"masks mean nothing in POP3",
       Pop3(v1::SECURITY_NONE).Greeting("**********").Plain({"USER"}),
       {{"outlook", "ok"}}},
  };
}

}  // namespace relaywatch::judge
