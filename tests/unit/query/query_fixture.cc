#include "tests/unit/query/query_fixture.h"

#include <algorithm>
#include <cstdlib>

#include "collector/ingest/profiles.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

v1::Plan PlanOfTest() {
  v1::Plan plan;
  for (const char* name : {"office", "home", "vpn"}) plan.add_locations()->set_name(name);
  v1::Endpoint& endpoint = *plan.add_endpoints();
  endpoint.set_name("corp-mail");
  endpoint.set_host("mail.example.com");
  endpoint.mutable_interval()->set_seconds(60);
  for (const char* profile : {"outlook", "thunderbird"}) endpoint.add_profiles(profile);
  for (const std::uint32_t port : {25U, 587U}) endpoint.add_services()->set_port(port);
  return plan;
}

}  // namespace

QueryTest::QueryTest() {
  auto store = SqliteStore::Open(scratch_ / "data");
  auto reader = Reader::Open(scratch_ / "data");
  if (!store.ok() || !reader.ok()) std::abort();
  store_ = *std::move(store);
  desk_.reader = *std::move(reader);
  judging_.plan = std::make_shared<const v1::Plan>(PlanOfTest());
  judging_.profiles = *InstallProfiles({}, 0, *store_);
}

std::int64_t QueryTest::Series(const std::string& location, std::uint32_t port,
                               const std::string& endpoint, const std::string& address) {
  auto& id = series_[location + " " + endpoint + " " + std::to_string(port) + " " + address];
  if (id != 0) return id;
  id = static_cast<std::int64_t>(series_.size());
  CommitSet set;
  set.series.push_back({id,
                        {.location = location,
                         .endpoint = endpoint,
                         .host = "mail.example.com",
                         .protocol = v1::PROTOCOL_SMTP,
                         .security = v1::SECURITY_STARTTLS,
                         .port = port,
                         .address = address}});
  EXPECT_TRUE(store_->Commit(set).ok());
  return id;
}

std::int64_t QueryTest::Epoch(const std::string& agent) {
  auto& id = epochs_[agent];
  if (id != 0) return id;
  id = static_cast<std::int64_t>(epochs_.size());
  CommitSet set;
  set.agents.push_back({id, agent, kMorning, "office"});
  set.epochs.push_back({id, id, 0xabc0 + static_cast<std::uint64_t>(id), 0, 0});
  EXPECT_TRUE(store_->Commit(set).ok());
  return id;
}

std::int64_t QueryTest::Outcome(const v1::Facts& facts) {
  const std::string bytes = facts.SerializeAsString();
  auto& id = outcomes_[bytes];
  if (id != 0) return id;
  id = static_cast<std::int64_t>(outcomes_.size());
  CommitSet set;
  set.outcomes.push_back({id, std::to_string(id), bytes, facts.stage(), kMorning});
  EXPECT_TRUE(store_->Commit(set).ok());
  return id;
}

void QueryTest::Add(std::int64_t series, const std::string& agent, std::int64_t seconds,
                    std::int64_t outcome, std::uint32_t flags) {
  CommitSet set;
  set.results.push_back({Epoch(agent),
                         ++seq_,
                         series,
                         kMorning + seconds * 1000,
                         outcome,
                         flags,
                         {100, 1200, 900, 800, 700, 5000}});
  EXPECT_TRUE(store_->Commit(set).ok());
}

void QueryTest::AddMinutes(std::int64_t series, const std::string& agent, std::int64_t from,
                           int count, std::int64_t outcome) {
  for (int i = 0; i < count; ++i) Add(series, agent, from + 60 * i, outcome);
}

Inquiry QueryTest::Ask(std::int64_t seconds) {
  EXPECT_TRUE(desk_.directory.Refresh(desk_.reader->database()).ok());
  desk_.outcomes.Use(judging_.profiles);
  return Inquiry{desk_, judging_, kMorning + seconds * 1000, hosts_, is_unwanted_};
}

google::protobuf::Timestamp QueryTest::At(std::int64_t seconds) {
  google::protobuf::Timestamp time;
  time.set_seconds(kMorning / 1000 + seconds);
  return time;
}

v1::Facts StrippedFacts() {
  v1::Facts facts = SubmissionFacts({});
  auto& lines = *facts.mutable_plain()->mutable_lines();
  lines.erase(std::remove(lines.begin(), lines.end(), "STARTTLS"), lines.end());
  facts.clear_starttls();
  facts.clear_tls();
  facts.clear_tls_capabilities();
  facts.clear_anonymous();
  facts.set_stage(v1::STAGE_EHLO);
  return facts;
}

}  // namespace relaywatch::collector::testing
