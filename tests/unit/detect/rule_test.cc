#include "collector/detect/rule.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::collector::detect {
namespace {

TEST(Rule, UnknownFacetsAreNoDifference) {
  Rule whole;
  whole.Set(Facet::kReach, "open");
  whole.Set(Facet::kAnonymousForeign, "accepted");
  Rule part;
  part.Set(Facet::kReach, "open");
  EXPECT_EQ(Difference(whole, part), 0U);
  part.Set(Facet::kReach, "refused");
  EXPECT_EQ(Difference(whole, part), Bit(Facet::kReach));
}

TEST(Rule, DetailIsNotCompared) {
  Rule one;
  one.Set(Facet::kAnonymousForeign, "refused:relay_denied:5", "554 5.7.1");
  Rule other;
  other.Set(Facet::kAnonymousForeign, "refused:relay_denied:5", "550 5.7.1");
  EXPECT_EQ(Difference(one, other), 0U);
}

TEST(Rule, EveryFacetSurvivesHistory) {
  Rule rule;
  for (std::size_t i = 0; i < kFacetCount; ++i)
    rule.Set(FacetAt(i), "value=" + std::to_string(i), "d");
  const auto read = ParseRule(Format(rule));
  ASSERT_TRUE(read);
  EXPECT_EQ(Format(*read), Format(rule));
  EXPECT_EQ(read->known(), rule.known());
}

TEST(Rule, HostileValuesStayOneBoundedLineThatTellsThemApart) {
  Rule one;
  one.Set(Facet::kNames, std::string(5'000, 'a') + "1\nreach=blocked (x)");
  Rule other;
  other.Set(Facet::kNames, std::string(5'000, 'a') + "2");
  EXPECT_LT(Format(one).size(), 400U);
  EXPECT_NE(Difference(one, other), 0U);
  one.Set(Facet::kIssuer, "evil (inc)\nreach=blocked");
  const auto read = ParseRule(Format(one));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->Knows(Facet::kReach));
  EXPECT_EQ(Difference(*read, one), 0U);
}

TEST(Rule, RefusesWhatItDidNotWrite) {
  for (const char* text : {"reach", "colour=blue", "reach=", "reach=open (half", "=open"}) {
    EXPECT_FALSE(ParseRule(text).has_value()) << text;
  }
  EXPECT_TRUE(ParseRule("").has_value());
}

TEST(Rule, GroupsOfFacetsArePartsOfTheWhole) {
  EXPECT_EQ(kServedFacets & kLoginFacets, 0U);
  EXPECT_EQ((kServedFacets | kLoginFacets) & kCertificateFacets, 0U);
  EXPECT_EQ(kServedFacets | kLoginFacets | kCertificateFacets, (FacetMask{1} << kFacetCount) - 1);
  EXPECT_NE(kLoginFacets & Bit(Facet::kBlindAuth), 0U);
}

}  // namespace
}  // namespace relaywatch::collector::detect
