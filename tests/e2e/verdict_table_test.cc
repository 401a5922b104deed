// The tables of all servers together.
#include "tests/e2e/verdict_table.h"

#include <gtest/gtest.h>

#include "common/taxonomy.h"

namespace relaywatch::e2e {
namespace {

// Shown by tests whose rows are made as they run: names in network_test.cc, logins in exim_test.cc.
const std::set<std::string> kElsewhere = {"dns_failure", "auth_rejected", "auth_disabled"};

TEST(VerdictTableTest, HasEveryVerdictOnARealServer) {
  for (int value = v1::Verdict_MIN + 1; value <= v1::Verdict_MAX; ++value) {
    const std::string label(Label(static_cast<v1::Verdict>(value)));
    EXPECT_TRUE(VerdictTable::AllVerdicts().contains(label) || kElsewhere.contains(label)) << label;
  }
}

}  // namespace
}  // namespace relaywatch::e2e
