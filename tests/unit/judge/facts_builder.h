// Facts of a dialogue in one expression, for tests:
//
//   v1::Facts facts = Smtp(v1::SECURITY_STARTTLS).Plain({"mail", "STARTTLS"}).StartTls()
//                         .InTls({"mail", "AUTH PLAIN"}).Foreign(454, "4.7.1", "Relay access
//                         denied");
//
// Values; thread-compatible.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "common/judge/judge.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::judge {

using Lines = std::vector<std::string>;

class FactsBuilder {
 public:
  FactsBuilder(v1::Protocol protocol, v1::Security security, std::uint32_t port);

  operator v1::Facts() const { return facts_; }  // NOLINT: reads as the facts it builds

  FactsBuilder& Cut(v1::Stage stage, v1::Failure failure, std::string detail = "");
  // FAILURE_REFUSED at a stage.
  FactsBuilder& Refused(v1::Stage stage, int code, std::string enhanced, std::string text);
  FactsBuilder& Greeting(std::string text);
  // The EHLO (CAPA, CAPABILITY) answer before TLS; STARTTLS is read off it.
  FactsBuilder& Plain(const Lines& lines);
  FactsBuilder& HeloFallback();
  FactsBuilder& StartTls(int code = 220, std::string text = "Ready");
  FactsBuilder& Certificate(v1::VerifyError error);
  FactsBuilder& InTls(const Lines& lines);
  FactsBuilder& LoginAccepted(std::string mechanism);
  FactsBuilder& LoginRefused(std::string mechanism, int code, std::string enhanced,
                             std::string text);
  FactsBuilder& UnknownMechanism(std::string mechanism);
  FactsBuilder& OwnAccepted();
  FactsBuilder& ForeignAccepted();
  FactsBuilder& Own(int code, std::string enhanced, std::string text);
  FactsBuilder& Foreign(int code, std::string enhanced, std::string text);
  FactsBuilder& Mail(int code, std::string enhanced, std::string text);  // both cells
  // The same calls now speak about these cells.
  FactsBuilder& Authenticated();
  FactsBuilder& AfterPopLogin();
  FactsBuilder& Expect(v1::RelayExpectation expectation);

 private:
  v1::Facts facts_;
  v1::RelayCells* cells_() { return (facts_.*which_)(); }
  v1::RelayCells* (v1::Facts::*which_)() = &v1::Facts::mutable_anonymous;
};

FactsBuilder Smtp(v1::Security security = v1::SECURITY_AUTO, std::uint32_t port = 587);
FactsBuilder Pop3(v1::Security security, std::uint32_t port = 110);
FactsBuilder Imap(v1::Security security, std::uint32_t port = 143);

// By a built-in profile's name.
Judgement JudgeAs(const std::string& profile, const v1::Facts& facts);
// "auth_not_offered@auth also tls_required": a judgement as a line, for comparisons.
std::string Told(const Judgement& judgement);
std::string ToldAs(const std::string& profile, const v1::Facts& facts);

}  // namespace relaywatch::judge
