#include "cli/operator_format.h"

#include <gtest/gtest.h>

namespace relaywatch::cli {
namespace {

v1::ListOperatorsResponse TwoOperators() {
  v1::ListOperatorsResponse response;
  v1::Operator& alice = *response.add_operators();
  alice.set_name("alice");
  alice.mutable_created_at()->set_seconds(1'800'000'000);
  alice.mutable_certificate_not_after()->set_seconds(1'800'003'600);
  v1::Operator& bob = *response.add_operators();
  bob.set_name("bob");
  bob.mutable_revoked_at()->set_seconds(1'800'000'000);
  bob.set_reason("left");
  return response;
}

TEST(OperatorFormat, OperatorsInEveryForm) {
  EXPECT_EQ(Formatted(v1::ListOperatorsResponse(), Output::kText), "no operators\n");
  EXPECT_EQ(Formatted(v1::ListOperatorsResponse(), Output::kJson), "[]\n");
  EXPECT_EQ(Formatted(TwoOperators(), Output::kText),
            "operator  created_at                certificate_not_after     revoked_at            "
            "    reason\n"
            "alice     2027-01-15T08:00:00.000Z  2027-01-15T09:00:00.000Z  -                     "
            "    -\n"
            "bob       -                         -                         "
            "2027-01-15T08:00:00.000Z  left\n");
  EXPECT_EQ(Formatted(TwoOperators(), Output::kCsv),
            "operator,created_at,certificate_not_after,revoked_at,reason\n"
            "alice,2027-01-15T08:00:00.000Z,2027-01-15T09:00:00.000Z,,\n"
            "bob,,,2027-01-15T08:00:00.000Z,left\n");
  EXPECT_EQ(Formatted(TwoOperators(), Output::kNdjson),
            "{\"operator\":\"alice\",\"created_at\":\"2027-01-15T08:00:00.000Z\","
            "\"certificate_not_after\":\"2027-01-15T09:00:00.000Z\",\"revoked_at\":null,"
            "\"reason\":\"\"}\n"
            "{\"operator\":\"bob\",\"created_at\":null,\"certificate_not_after\":null,"
            "\"revoked_at\":\"2027-01-15T08:00:00.000Z\",\"reason\":\"left\"}\n");
}

TEST(OperatorFormat, ANewOneTellsItsFile) {
  v1::CreateOperatorResponse made;
  made.mutable_not_after()->set_seconds(1'800'000'000);
  made.set_ca_file("/pki/ca.pem");
  EXPECT_EQ(Formatted(made, "alice", "a.pem", Output::kText),
            "a.pem: operator alice, until 2027-01-15T08:00:00.000Z\n");
  EXPECT_EQ(Formatted(made, "alice", "a.pem", Output::kCsv),
            "operator,identity,certificate_not_after,ca_file\n"
            "alice,a.pem,2027-01-15T08:00:00.000Z,/pki/ca.pem\n");
}

}  // namespace
}  // namespace relaywatch::cli
