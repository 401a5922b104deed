#include "agent/location/portal.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::agent {
namespace {

using namespace std::chrono_literals;

Service At(const std::string& host) {
  Service service;
  service.key = {host, v1::PROTOCOL_SMTP, 587};
  service.host = host;
  service.interval = 60s;
  return service;
}

probe::Report Answer(const std::string& address) {
  probe::Report report;
  report.address = address;
  report.facts.mutable_plain()->add_lines("mail.example.com");
  return report;
}

probe::Report Http() {
  probe::Report report;
  report.address = "192.0.2.1";
  report.facts.set_failure(v1::FAILURE_FOREIGN_PROTOCOL);
  report.facts.set_detail("another protocol: HTTP/1.1 302 Found");
  return report;
}

probe::Report NoAnswer(const std::string& address) {
  probe::Report report;
  report.address = address;
  report.facts.set_failure(v1::FAILURE_CONNECT_TIMEOUT);
  return report;
}

probe::Report BadCertificate(const std::string& address, const std::string& subject) {
  probe::Report report = Answer(address);
  report.facts.mutable_tls()->set_verify_error(v1::VERIFY_ERROR_SELF_SIGNED);
  report.facts.mutable_tls()->mutable_certificate()->set_subject(subject);
  return report;
}

class PortalTest : public testing::Test {
 protected:
  bool Judge(const std::string& host, const probe::Report& report) {
    return detector_.Judge(At(host), report, now_);
  }

  PortalDetector detector_;
  PortalDetector::Time now_{1h};
};

TEST_F(PortalTest, IsToldByHttpOnAMailPort) {
  EXPECT_TRUE(Judge("smtp.example.com", Http()));
  EXPECT_EQ(detector_.sign(), "smtp.example.com answers with HTTP");
}

TEST_F(PortalTest, IsToldByHttpInAnswerToATlsHello) {
  probe::Report report = Http();
  report.facts.set_failure(v1::FAILURE_TLS_PLAINTEXT);
  report.facts.set_detail("plain text in answer to a TLS hello: HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(Judge("smtp.example.com", report));
}

TEST_F(PortalTest, IsNotToldByAnotherProtocol) {
  probe::Report report = Http();
  report.facts.set_detail("another protocol: SSH-2.0-OpenSSH");
  EXPECT_FALSE(Judge("smtp.example.com", report));
}

TEST_F(PortalTest, IsToldByOnePrivateAddressForUnrelatedNames) {
  EXPECT_FALSE(Judge("smtp.corp.de", NoAnswer("10.0.0.1")));
  EXPECT_TRUE(Judge("smtp.provider.com", NoAnswer("10.0.0.1")));
  EXPECT_EQ(detector_.sign(), "smtp.provider.com and smtp.corp.de both are at 10.0.0.1");
}

TEST_F(PortalTest, IsNotToldByTwoNamesOfOneServer) {
  EXPECT_FALSE(Judge("smtp.corp.de", NoAnswer("10.0.0.1")));
  EXPECT_FALSE(Judge("imap.corp.de", NoAnswer("10.0.0.1")));
}

TEST_F(PortalTest, IsToldByTwoNamesThatOnceWereElsewhere) {
  EXPECT_FALSE(Judge("smtp.corp.de", Answer("8.8.8.8")));
  detector_.NetworkChanged();
  EXPECT_FALSE(Judge("smtp.corp.de", NoAnswer("10.0.0.1")));
  EXPECT_TRUE(Judge("imap.corp.de", NoAnswer("10.0.0.1")));
}

TEST_F(PortalTest, IsNotToldByOnePublicAddress) {
  EXPECT_FALSE(Judge("smtp.corp.de", NoAnswer("8.8.8.8")));
  EXPECT_FALSE(Judge("smtp.provider.com", NoAnswer("8.8.8.8")));
}

TEST_F(PortalTest, IsToldByOneBadCertificateForUnrelatedNames) {
  EXPECT_FALSE(Judge("smtp.corp.de", BadCertificate("8.8.8.8", "CN=portal")));
  EXPECT_FALSE(Judge("imap.corp.de", BadCertificate("8.8.8.8", "CN=portal")));
  EXPECT_TRUE(Judge("smtp.provider.com", BadCertificate("9.9.9.9", "CN=portal")));
}

TEST_F(PortalTest, IsNotToldByDifferentBadCertificates) {
  EXPECT_FALSE(Judge("smtp.corp.de", BadCertificate("8.8.8.8", "CN=a")));
  EXPECT_FALSE(Judge("smtp.provider.com", BadCertificate("9.9.9.9", "CN=b")));
}

TEST_F(PortalTest, MarksWhatNoServerHasProvenUntilOneAnswers) {
  EXPECT_TRUE(Judge("smtp.corp.de", Http()));
  EXPECT_TRUE(Judge("smtp.provider.com", NoAnswer("9.9.9.9")));
  EXPECT_FALSE(Judge("smtp.provider.com", Answer("9.9.9.9")));
  EXPECT_FALSE(Judge("imap.corp.de", NoAnswer("8.8.8.8")));
}

TEST_F(PortalTest, IsNoneWhileAServerAnswersInTheSameNetwork) {
  EXPECT_FALSE(Judge("imap.corp.de", Answer("8.8.8.8")));
  EXPECT_FALSE(Judge("smtp.corp.de", Http()));  // a web server on a mail port
  now_ += 2min;
  EXPECT_TRUE(Judge("smtp.corp.de", Http()));  // nobody has answered since
}

TEST_F(PortalTest, WhatAnsweredInAnotherNetworkProvesNothing) {
  EXPECT_FALSE(Judge("imap.corp.de", Answer("8.8.8.8")));
  detector_.NetworkChanged();
  EXPECT_TRUE(Judge("smtp.corp.de", Http()));
}

TEST_F(PortalTest, IsForgottenWhereNothingPointsToItAnyLonger) {
  EXPECT_TRUE(Judge("smtp.corp.de", Http()));
  now_ += 4min;
  EXPECT_FALSE(Judge("smtp.corp.de", NoAnswer("8.8.8.8")));
}

}  // namespace
}  // namespace relaywatch::agent
