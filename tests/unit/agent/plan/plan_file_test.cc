#include "agent/plan/plan_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/scratch.h"

namespace relaywatch::agent {
namespace {

v1::Plan PlanOf(std::uint64_t revision) {
  v1::Plan plan;
  plan.set_revision(revision);
  plan.add_endpoints()->set_name("corp-mail");
  return plan;
}

TEST(PlanFile, TheLastPlanOutlivesTheProcess) {
  const support::ScratchDirectory scratch;
  PlanFile before(scratch.path());
  EXPECT_FALSE(before.Read().has_value());
  before.Keep(PlanOf(1));
  before.Keep(PlanOf(2));
  const auto plan = PlanFile(scratch.path()).Read();
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->revision(), 2U);
  EXPECT_EQ(plan->endpoints(0).name(), "corp-mail");
}

TEST(PlanFile, WhatCannotBeReadIsNoPlan) {
  const support::ScratchDirectory scratch;
  scratch.Write("plan", "\xff\xff\xff");
  EXPECT_FALSE(PlanFile(scratch.path()).Read().has_value());
}

TEST(PlanFile, WithoutADirectoryNothingIsKept) {
  PlanFile none("");
  none.Keep(PlanOf(1));
  EXPECT_FALSE(none.Read().has_value());
}

TEST(PlanFile, ADirectoryThatIsGoneIsNoHarm) {
  const support::ScratchDirectory scratch;
  PlanFile file(scratch / "gone");
  file.Keep(PlanOf(1));
  std::filesystem::create_directories(scratch / "gone");
  file.Keep(PlanOf(1));  // tried again, since it was not kept
  EXPECT_TRUE(file.Read().has_value());
}

}  // namespace
}  // namespace relaywatch::agent
