#include "collector/detect/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace relaywatch::collector::detect {
namespace {

Rule Read(std::string text) {
  std::replace(text.begin(), text.end(), ';', '\n');
  return ParseRule(text).value_or(Rule{});
}

View Saw(const std::string& location, std::uint32_t agent, const std::string& rule) {
  return {.location = location,
          .agent_name = "agent-" + std::to_string(agent),
          .vote = {.agent = agent, .time_ms = 1, .outcome = agent},
          .rule = Read(rule)};
}

Question From(const std::string& location) {
  return {.location = location, .surroundings = {.port = 587}};
}

constexpr const char* kUsual = "reach=open;middlebox=none;starttls=offered;auth_tls=LOGIN";

struct Case {
  const char* here;
  const char* elsewhere;
  Cause cause;
  const char* words;
};

TEST(Compare, ArguesFromWhatCanBeDoneOnTheWay) {
  const Case cases[] = {
      {"reach=open;middlebox=none;starttls=missing", kUsual, Cause::kNetworkPath,
       "STARTTLS is stripped on the way from home-isp; office and vpn see it"},
      {"reach=blocked", kUsual, Cause::kNetworkPath,
       "port 587 is blocked on the way from home-isp; office and vpn reach it"},
      {"reach=open", "reach=refused", Cause::kNetworkPath,
       "port 587 answers from home-isp; office and vpn cannot reach it"},
      {"reach=open;middlebox=not_smtp", kUsual, Cause::kNetworkPath,
       "something else answers in the server's place at home-isp; office and vpn reach the server"},
      {"reach=open;middlebox=masked_banner;starttls=offered", kUsual, Cause::kNetworkPath,
       "a firewall on the way from home-isp edits the dialogue (the greeting is masked); office "
       "and "
       "vpn see it whole"},
      {"tls=TLSv1.2", "tls=TLSv1.3", Cause::kNetworkPath,
       "on the way from home-isp the dialogue is changed: TLS 1.2 is negotiated; office and vpn "
       "see: "
       "TLS 1.3 is negotiated"},
      {"starttls=offered;auth_tls=none", kUsual, Cause::kServerPolicy,
       "the server treats home-isp otherwise: no AUTH is offered after STARTTLS; at office and "
       "vpn: "
       "AUTH LOGIN is offered after STARTTLS"},
      {"anonymous_foreign=refused:relay_denied:5 (554 5.7.1)", "anonymous_foreign=accepted",
       Cause::kServerPolicy,
       "the server treats home-isp otherwise: foreign recipients are refused without login (554 "
       "5.7.1); at office and vpn: foreign recipients are accepted without login"},
      {kUsual, kUsual, Cause::kNoDifference, "home-isp and office and vpn see the same"},
  };
  for (const Case& test : cases) {
    const auto told =
        Compare(From("home-isp"), {Saw("home-isp", 1, test.here), Saw("office", 2, test.elsewhere),
                                   Saw("vpn", 3, test.elsewhere)});
    EXPECT_EQ(told.cause, test.cause) << test.words;
    EXPECT_EQ(told.words, test.words);
    EXPECT_EQ(told.here.size(), 1U);
  }
}

TEST(Compare, BringsTheEvidenceOfBothSides) {
  const auto told = Compare(From("home-isp"), {Saw("home-isp", 1, "starttls=missing"),
                                               Saw("home-isp", 2, "starttls=missing"),
                                               Saw("office", 3, "starttls=offered")});
  EXPECT_EQ(told.words, "STARTTLS is stripped on the way from home-isp; office sees it");
  EXPECT_EQ(told.here.size(), 2U);
  ASSERT_EQ(told.elsewhere.size(), 1U);
  EXPECT_EQ(told.elsewhere.front().agent, 3U);
}

TEST(Compare, WhatIsNewEverywhereTheServerDid) {
  Question question = From("office");
  question.before = Read(kUsual);
  const auto told =
      Compare(question, {Saw("office", 1, "reach=open;starttls=offered;auth_tls=PLAIN"),
                         Saw("vpn", 2, "reach=open;starttls=offered;auth_tls=PLAIN")});
  EXPECT_EQ(told.cause, Cause::kServerPolicy);
  EXPECT_EQ(told.words,
            "the server changed: LOGIN no longer offered after STARTTLS; PLAIN now offered after "
            "STARTTLS; vpn sees it as well");
}

TEST(Compare, FindsTheOneAgentThatDiffers) {
  Question question = From("office");
  question.agent = 1;
  const auto told =
      Compare(question, {Saw("office", 1, "starttls=missing"), Saw("office", 2, kUsual),
                         Saw("office", 3, kUsual), Saw("vpn", 4, kUsual)});
  EXPECT_EQ(told.cause, Cause::kThisAgentOnly);
  EXPECT_EQ(told.words,
            "only agent agent-1 sees it: STARTTLS is not offered; the other agents of office: "
            "STARTTLS is offered");
}

TEST(Compare, WhoBreaksTlsOpenCanEditWhatIsInside) {
  const auto told =
      Compare({.location = "office", .facets = kServedFacets | kCertificateFacets},
              {Saw("office", 1, "starttls=offered;auth_tls=none;issuer=Corporate Proxy"),
               Saw("vpn", 2, "starttls=offered;auth_tls=LOGIN;issuer=Let's Encrypt")});
  EXPECT_EQ(told.cause, Cause::kNetworkPath);
}

TEST(Compare, AdmitsNotToKnow) {
  EXPECT_EQ(Compare(From("office"), {Saw("office", 1, kUsual)}).cause, Cause::kUnknown);
  EXPECT_EQ(Compare(From("office"), {Saw("vpn", 1, kUsual)}).cause, Cause::kUnknown);
  EXPECT_EQ(Compare(From("office"), {}).cause, Cause::kUnknown);
  const auto split =
      Compare(From("office"), {Saw("office", 1, "tls=TLSv1.3"), Saw("vpn", 2, "tls=TLSv1.2"),
                               Saw("home", 3, "tls=failed")});
  EXPECT_EQ(split.cause, Cause::kUnknown);
  EXPECT_EQ(split.words, "office and vpn and home all see something else");
}

}  // namespace
}  // namespace relaywatch::collector::detect
