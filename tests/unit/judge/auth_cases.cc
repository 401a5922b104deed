#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/judge_cases.h"

namespace relaywatch::judge {
namespace {

// A submission service with these mechanisms inside TLS.
FactsBuilder Submission(const std::string& auth) {
  return Smtp(v1::SECURITY_STARTTLS)
      .Greeting("mail.example.com ESMTP Postfix")
      .Plain({"mail.example.com", "STARTTLS"})
      .StartTls()
      .InTls({"mail.example.com", auth});
}

constexpr const char* kDisabled = "SmtpClientAuthentication is disabled for the Tenant.";

}  // namespace

std::vector<JudgeCase> AuthCases() {
  return {
      {"LOGIN, PLAIN and OAuth", Submission("AUTH LOGIN PLAIN XOAUTH2"), {{"*", "ok"}}},
      {"PLAIN only",
       Submission("AUTH PLAIN"),
       {{"outlook", "auth_mismatch@auth"}, {"outlook-oauth", "auth_mismatch@auth"}, {"*", "ok"}}},
      {"Exchange Online", Submission("AUTH LOGIN XOAUTH2"), {{"*", "ok"}}},
      {"none inside TLS",
       Submission("PIPELINING"),
       {{"outlook-no-auth", "ok"}, {"outlook-pop-first", "ok"}, {"*", "auth_not_offered@auth"}}},
      {"an empty AUTH line offers none",
       Submission("AUTH "),
       {{"outlook", "auth_not_offered@auth"}, {"k9", "auth_not_offered@auth"}}},
      {"obsolete form only",
       Submission("AUTH=LOGIN PLAIN XOAUTH2"),
       {{"outlook", "ok"},
        {"outlook-oauth", "ok"},
        {"outlook-no-auth", "ok"},
        {"outlook-pop-first", "ok"},
        {"*", "auth_not_offered@auth"}}},
      {"before TLS only",
       Smtp().Plain({"m", "STARTTLS", "AUTH LOGIN"}).StartTls().InTls({"m"}),
       {{"outlook", "auth_not_offered@auth"}, {"outlook-no-auth", "ok"}}},
      {"in the clear where STARTTLS is not used",
       Smtp(v1::SECURITY_NONE).Plain({"m", "STARTTLS", "AUTH LOGIN"}),
       {{"outlook", "ok"}, {"outlook-oauth", "auth_mismatch@auth"}}},
      {"Must issue a STARTTLS in the clear",
       Smtp(v1::SECURITY_NONE)
           .Plain({"m", "STARTTLS"})
           .Mail(530, "5.7.0", "Must issue a STARTTLS command first"),
       {{"outlook-no-auth", "tls_required@mail"},
        {"outlook-pop-first", "tls_required@mail"},
        {"*", "auth_not_offered@auth also tls_required"}}},
      {"the anonymous transaction does not touch who logs in",
       Smtp(v1::SECURITY_NONE)
           .Plain({"m", "AUTH LOGIN PLAIN XOAUTH2"})
           .Mail(530, "5.7.0", "Must issue a STARTTLS command first"),
       {{"outlook-no-auth", "tls_required@mail"}, {"outlook", "ok"}, {"k9", "ok"}}},

      // Logins.
      {"wrong password",
       Submission("AUTH LOGIN PLAIN").LoginRefused("LOGIN", 535, "5.7.8", "authentication failed"),
       {{"outlook", "auth_rejected@auth"},
        {"thunderbird", "auth_rejected@auth"},
        {"k9", "auth_rejected@auth"},
        {"outlook-oauth", "auth_mismatch@auth"},
        {"outlook-no-auth", "ok"}}},
      {"basic authentication is disabled, OAuth is the way out",
       Submission("AUTH LOGIN XOAUTH2").LoginRefused("LOGIN", 535, "5.7.139", kDisabled),
       {{"outlook", "auth_disabled@auth"},
        {"outlook-oauth", "ok"},
        {"k9", "ok"},
        {"thunderbird", "auth_disabled@auth"}}},
      {"one mechanism unknown, another not tried",
       Submission("AUTH PLAIN LOGIN").LoginRefused("LOGIN", 504, "5.5.4", "unrecognized"),
       {{"outlook", "auth_mismatch@auth"}, {"thunderbird", "ok"}, {"apple-mail", "ok"}}},
      {"every common mechanism unknown",
       Submission("AUTH PLAIN LOGIN")
           .UnknownMechanism("LOGIN")
           .LoginRefused("PLAIN", 504, "5.5.4", "unrecognized"),
       {{"outlook", "auth_mismatch@auth"},
        {"thunderbird", "auth_mismatch@auth"},
        {"k9", "auth_mismatch@auth"}}},
      {"unknown first, accepted next",
       Submission("AUTH PLAIN LOGIN")
           .UnknownMechanism("LOGIN")
           .LoginAccepted("PLAIN")
           .Authenticated()
           .ForeignAccepted(),
       {{"outlook", "auth_mismatch@auth"}, {"thunderbird", "ok"}}},
      {"503 to AUTH",
       Submission("AUTH LOGIN").LoginRefused("LOGIN", 503, "5.5.1", "not enabled"),
       {{"outlook", "auth_not_offered@auth"}, {"outlook-no-auth", "ok"}}},
      {"blind AUTH changes nothing",
       Submission("SIZE").LoginAccepted("LOGIN").Authenticated().ForeignAccepted(),
       {{"outlook", "auth_not_offered@auth"}, {"outlook-no-auth", "ok"}}},
      {"encryption first for AUTH",
       Smtp(v1::SECURITY_NONE)
           .Plain({"m", "AUTH LOGIN PLAIN"})
           .LoginRefused("LOGIN", 504, "5.5.4", "Encryption required"),
       {{"outlook", "tls_required@auth"}, {"thunderbird", "tls_required@auth"}}},
      {"454 to AUTH",
       Submission("AUTH LOGIN").LoginRefused("LOGIN", 454, "4.7.0", "Temporary"),
       {{"outlook", "temporary_failure@auth"}}},
      {"closed during AUTH",
       Submission("AUTH LOGIN PLAIN").Cut(v1::STAGE_AUTH, v1::FAILURE_CLOSED),
       {{"outlook", "connection_lost@auth"}, {"outlook-no-auth", "ok"}}},
      {"421 to AUTH",
       Submission("AUTH LOGIN").Refused(v1::STAGE_AUTH, 421, "", "Try again later"),
       {{"outlook", "service_unavailable@auth"}, {"outlook-no-auth", "ok"}}},
      {"a token login says nothing about passwords",
       Submission("AUTH LOGIN XOAUTH2").LoginRefused("XOAUTH2", 535, "5.7.3", "unsuccessful"),
       {{"outlook", "ok"}, {"outlook-oauth", "auth_rejected@auth"}, {"k9", "auth_rejected@auth"}}},
      {"logged in, relay denied",
       Submission("AUTH LOGIN")
           .LoginAccepted("LOGIN")
           .Authenticated()
           .Foreign(554, "5.7.1", "<a@example.net>: Relay access denied"),
       {{"outlook", "relay_denied@rcpt"}, {"outlook-no-auth", "ok"}}},
      {"logged in, sender not owned",
       Submission("AUTH LOGIN")
           .LoginAccepted("LOGIN")
           .Authenticated()
           .OwnAccepted()
           .Foreign(553, "5.7.1",
                    "<a@example.com>: Sender address rejected: not owned by user bob"),
       {{"outlook", "relay_denied@rcpt"}}},
      {"logged in, both refused for the sender",
       Submission("AUTH LOGIN")
           .LoginAccepted("LOGIN")
           .Authenticated()
           .Own(553, "5.7.1", "<a@example.com>: Sender address rejected: not owned by user bob")
           .Foreign(553, "5.7.1",
                    "<a@example.com>: Sender address rejected: not owned by user bob"),
       {{"outlook", "sender_refused@rcpt"}}},
      {"logged in, blocked all the same",
       Submission("AUTH LOGIN")
           .LoginAccepted("LOGIN")
           .Authenticated()
           .Foreign(554, "5.7.1", "<unknown[192.0.2.7]>: Client host rejected: Access denied"),
       {{"outlook", "client_blocked@rcpt"}}},
      {"logged in, then lost",
       Submission("AUTH LOGIN").LoginAccepted("LOGIN").Cut(v1::STAGE_MAIL, v1::FAILURE_RESET),
       {{"outlook", "connection_lost@mail"}, {"outlook-no-auth", "ok"}}},
  };
}

}  // namespace relaywatch::judge
