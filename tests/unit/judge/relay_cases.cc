#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/judge_cases.h"

namespace relaywatch::judge {
namespace {

constexpr const char* kRelayDenied = "<a@example.net>: Relay access denied";

FactsBuilder Port25() {
  return Smtp(v1::SECURITY_AUTO, 25)
      .Greeting("mail.example.com ESMTP Postfix")
      .Plain({"mail.example.com", "SIZE 10240000"});
}

FactsBuilder WithAuth() {
  return Smtp(v1::SECURITY_NONE).Plain({"mail.example.com", "AUTH LOGIN PLAIN XOAUTH2"});
}

}  // namespace

std::vector<JudgeCase> RelayCases() {
  return {
      {"nothing tested",
       Port25(),
       {{"outlook-no-auth", "ok"}, {"outlook", "auth_not_offered@auth"}}},
      {"relay denied for good",
       Port25().OwnAccepted().Foreign(554, "5.7.1", kRelayDenied),
       {{"outlook-no-auth", "relay_denied@rcpt"},
        {"outlook-pop-first", "relay_denied@rcpt"},
        {"outlook", "auth_not_offered@auth"}}},
      {"relay denied for now",
       Port25().OwnAccepted().Foreign(454, "4.7.1", kRelayDenied),
       {{"outlook-no-auth", "relay_denied@rcpt"}}},
      {"authentication asked for at MAIL",
       WithAuth().Mail(530, "5.7.0", "Authentication required"),
       {{"outlook-no-auth", "auth_required@mail"}, {"outlook", "ok"}}},
      {"submission's default answer, AUTH offered",
       WithAuth()
           .Own(554, "5.7.1", "<unknown[192.0.2.7]>: Client host rejected: Access denied")
           .Foreign(554, "5.7.1", "<unknown[192.0.2.7]>: Client host rejected: Access denied"),
       {{"outlook-no-auth", "auth_required@rcpt"}, {"outlook", "ok"}}},
      {"the same where no login would help",
       Port25().Foreign(554, "5.7.1", "<unknown[192.0.2.7]>: Client host rejected: Access denied"),
       {{"outlook-no-auth", "client_blocked@rcpt"}}},
      {"the own recipient speaks where the foreign one is untested",
       Port25().Own(550, "5.1.1", "User unknown"),
       {{"outlook-no-auth", "recipient_refused@rcpt"}}},
      {"and where it is accepted",
       Port25().ForeignAccepted().Own(550, "5.1.1", "User unknown"),
       {{"outlook-no-auth", "recipient_refused@rcpt"}}},
      {"the foreign one decides",
       Port25().Own(450, "4.2.0", "Greylisted").Foreign(554, "5.7.1", kRelayDenied),
       {{"outlook-no-auth", "relay_denied@rcpt"}}},
      {"OpenSMTPD",
       Port25().OwnAccepted().Foreign(550, "", "Invalid recipient: <a@example.net>"),
       {{"outlook-no-auth", "relay_denied@rcpt"}}},
      {"the same words for both",
       Port25().Own(550, "", "Invalid recipient").Foreign(550, "", "Invalid recipient"),
       {{"outlook-no-auth", "recipient_refused@rcpt"}}},
      {"sender refused",
       Port25().Mail(553, "5.1.8", "Domain of sender address does not exist"),
       {{"outlook-no-auth", "sender_refused@mail"}}},
      {"greylisted",
       Port25().Own(450, "4.2.0", "Greylisted").Foreign(450, "4.2.0", "Greylisted"),
       {{"outlook-no-auth", "greylisted@rcpt"}}},
      {"temporary",
       Port25().Mail(451, "4.3.0", "Temporary lookup failure"),
       {{"outlook-no-auth", "temporary_failure@mail"}}},
      {"421 at RCPT",
       Port25().OwnAccepted().Refused(v1::STAGE_RCPT, 421, "4.3.0", "closing"),
       {{"outlook-no-auth", "service_unavailable@rcpt"}, {"outlook", "auth_not_offered@auth"}}},
      {"lost at RCPT",
       Port25().OwnAccepted().Cut(v1::STAGE_RCPT, v1::FAILURE_CLOSED),
       {{"outlook-no-auth", "connection_lost@rcpt"}}},
      {"lost after the refusal",
       Port25()
           .OwnAccepted()
           .Foreign(554, "5.7.1", kRelayDenied)
           .Cut(v1::STAGE_RCPT, v1::FAILURE_CLOSED),
       {{"outlook-no-auth", "relay_denied@rcpt also connection_lost"}}},

      // POP before SMTP.
      {"asked for in words",
       Port25().Foreign(550, "", "Please check your mail first: POP before SMTP"),
       {{"outlook-no-auth", "pop_before_smtp@rcpt"},
        {"outlook-pop-first", "pop_before_smtp@rcpt"}}},
      {"flips after the POP login",
       Port25()
           .OwnAccepted()
           .Foreign(554, "5.7.1", kRelayDenied)
           .AfterPopLogin()
           .OwnAccepted()
           .ForeignAccepted(),
       {{"outlook-no-auth", "pop_before_smtp@rcpt"}, {"outlook-pop-first", "ok"}}},
      {"does not flip",
       Port25()
           .Foreign(554, "5.7.1", kRelayDenied)
           .AfterPopLogin()
           .Foreign(554, "5.7.1", kRelayDenied),
       {{"outlook-no-auth", "relay_denied@rcpt"}, {"outlook-pop-first", "relay_denied@rcpt"}}},
      {"greylisting passes by itself",
       Port25().Foreign(450, "4.2.0", "Greylisted").AfterPopLogin().ForeignAccepted(),
       {{"outlook-no-auth", "greylisted@rcpt"}, {"outlook-pop-first", "ok"}}},

      // Open relays.
      {"open where it must not be",
       WithAuth().OwnAccepted().ForeignAccepted().Expect(v1::RELAY_EXPECTATION_REFUSED),
       {{"*", "relay_open@rcpt"}}},
      {"open, but this client has another problem",
       Port25().OwnAccepted().ForeignAccepted().Expect(v1::RELAY_EXPECTATION_REFUSED),
       {{"outlook", "auth_not_offered@auth"}, {"outlook-no-auth", "relay_open@rcpt"}}},
      {"open as expected",
       WithAuth().ForeignAccepted().Expect(v1::RELAY_EXPECTATION_ACCEPTED),
       {{"*", "ok"}}},
      {"open without an expectation", WithAuth().ForeignAccepted(), {{"*", "ok"}}},
  };
}

}  // namespace relaywatch::judge
