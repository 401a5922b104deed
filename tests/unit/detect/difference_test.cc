#include "collector/detect/difference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/unit/detect/difference_cases.h"

namespace relaywatch::collector::detect {
namespace {

constexpr FacetMask kAll = kServedFacets | kLoginFacets | kCertificateFacets;

Rule Read(std::string_view facets) {
  std::string text(facets);
  std::replace(text.begin(), text.end(), ';', '\n');
  const auto rule = ParseRule(text);
  EXPECT_TRUE(rule.has_value()) << facets;
  return rule.value_or(Rule{});
}

const Surroundings kPort25{.port = 25, .answering_ports = {465, 587}};

TEST(Difference, IsToldInKindsAndWords) {
  ASSERT_GE(DifferenceCases().size(), 60U);
  for (const DifferenceCase& test : DifferenceCases()) {
    const Rule before = Read(test.before);
    const Rule after = Read(test.after);
    EXPECT_EQ(DescribeDifference(before, after, kAll, kPort25), test.words)
        << test.before << " -> " << test.after;
    EXPECT_EQ(Labels(KindsOf(Difference(before, after))), test.kinds)
        << test.before << " -> " << test.after;
  }
}

// Whatever differs has words, and every facet of every case can be described as it is.
TEST(Difference, HasNoSilentPair) {
  for (const DifferenceCase& one : DifferenceCases()) {
    for (const DifferenceCase& other : DifferenceCases()) {
      const Rule before = Read(one.before);
      const Rule after = Read(other.after);
      const bool differs = Difference(before, after) != 0;
      EXPECT_EQ(DescribeDifference(before, after, kAll, kPort25).empty(), !differs)
          << one.before << " -> " << other.after;
      EXPECT_EQ(DescribeFacets(after, kAll, kPort25).empty(), after.known() == 0);
    }
  }
}

TEST(Difference, NamesOneOtherPortInTheSingular) {
  EXPECT_EQ(DescribeDifference(Read("reach=open"), Read("reach=blocked"), kAll,
                               {.port = 25, .answering_ports = {25, 587}}),
            "port 25 blocked; 587 answers");
  EXPECT_EQ(DescribeDifference(Read("reach=open"), Read("reach=blocked"), kAll, {.port = 25}),
            "port 25 blocked");
}

TEST(Difference, TellsOnlyWhatIsAskedFor) {
  EXPECT_EQ(DescribeDifference(Read("reach=open;login=accepted"),
                               Read("reach=refused;login=refused:auth_rejected:5"), kLoginFacets,
                               kPort25),
            "the credentials are now refused");
}

TEST(Difference, DescribesThePartsOfAPool) {
  const auto with_login = std::make_shared<const Rule>(Read("starttls=offered;auth_tls=LOGIN"));
  const auto without = std::make_shared<const Rule>(Read("starttls=offered;auth_tls=none"));
  EXPECT_EQ(
      DescribeSet({with_login}, {with_login, without}, kServedFacets, false, kPort25),
      "answers differ from one connection to the next: AUTH LOGIN is offered after STARTTLS / "
      "no AUTH is offered after STARTTLS");
  EXPECT_EQ(DescribeSet({with_login, without}, {without}, kServedFacets, false, kPort25),
            "answers are alike again: no AUTH is offered after STARTTLS");
}

}  // namespace
}  // namespace relaywatch::collector::detect
