#include "collector/query/page.h"

#include <gtest/gtest.h>

namespace relaywatch::collector {
namespace {

const ItemKey kFirst{"home", "corp-mail", 25, "outlook"};
const ItemKey kSecond{"office", "corp-mail", 587, "outlook"};

TEST(Paging, TakesAsManyItemsAsAreAskedFor) {
  v1::Page page;
  page.set_limit(1);
  auto paging = Paging::Parse(page);
  ASSERT_TRUE(paging.ok());
  EXPECT_TRUE(paging->Take(kFirst, 10));
  EXPECT_FALSE(paging->Take(kSecond, 10));
}

TEST(Paging, AMessageIsBoundedButHoldsOneItemAtLeast) {
  auto paging = Paging::Parse({});
  ASSERT_TRUE(paging.ok());
  EXPECT_TRUE(paging->Take(kFirst, 2 * kMaxMessageBytes));
  EXPECT_FALSE(paging->Take(kSecond, 1));
}

TEST(Paging, TheNextPageBeginsBehindTheLastItemTaken) {
  auto paging = Paging::Parse({});
  ASSERT_TRUE(paging.ok() && paging->Take(kFirst, 10));
  v1::Page next;
  next.set_token(paging->NextToken());
  const auto second = Paging::Parse(next);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->IsTold(kFirst));
  EXPECT_FALSE(second->IsTold(kSecond));
}

TEST(Paging, AnotherTokenIsRefused) {
  for (const char* token : {"x", "!!!", "aG9tZQ=="}) {
    v1::Page page;
    page.set_token(token);
    EXPECT_EQ(Paging::Parse(page).status().code(), absl::StatusCode::kInvalidArgument) << token;
  }
}

}  // namespace
}  // namespace relaywatch::collector
