#include "tests/unit/collector/watch_fixture.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

namespace relaywatch::collector::testing {

using detect::Facet;

WatchFixture::WatchFixture() {
  v1::Endpoint& endpoint = *plan_->add_endpoints();
  endpoint.set_name("corp-mail");
  endpoint.mutable_interval()->set_seconds(60);
  endpoint.add_services()->set_port(587);
  plan_->add_locations()->set_name("office");
  plan_->add_locations()->set_name("home");
  Start();
}

void WatchFixture::Start() {
  auto store = SqliteStore::Open(scratch_ / "data");
  ASSERT_TRUE(store.ok()) << store.status();
  parts_ = std::make_unique<Parts>(*std::move(store));
  parts_->watch.Use(plan_);
  const auto state = parts_->store->ReadPolicy();
  ASSERT_TRUE(state.ok()) << state.status();
  parts_->watch.Restore(*state, now_ms_, set_);
  for (std::int64_t agent = 1; agent <= 4; ++agent) {
    set_.agents.push_back({agent, fmt::format("agent-{}", agent), now_ms_, "office"});
  }
  Commit();
}

void WatchFixture::Crash() {
  set_.Clear();
  parts_.reset();
}

void WatchFixture::Commit() {
  const absl::Status committed = parts_->store->Commit(set_);
  ASSERT_TRUE(committed.ok()) << committed;
  parts_->watch.Settle(set_, [this](std::uint32_t agent, const v1::ProbeNow& order) {
    orders_.emplace_back(agent, order);
  });
  set_.Clear();
}

WatchFixture::Facets WatchFixture::Offering(const std::string& mechanisms) {
  return {{Facet::kReach, "open"},
          {Facet::kAuthTls, mechanisms},
          {Facet::kAnonymousForeign, "accepted"}};
}

WatchFixture::Facets WatchFixture::Refusing() {
  return {{Facet::kReach, "open"},
          {Facet::kAuthTls, "LOGIN"},
          {Facet::kAnonymousForeign, "refused:relay_denied:5"}};
}

void WatchFixture::See(std::initializer_list<std::uint32_t> agents, const Facets& shown,
                       const std::string& location, std::uint32_t flags) {
  auto& [outcome, answer] = answers_[shown];
  if (outcome == 0) {
    outcome = static_cast<std::int64_t>(answers_.size());
    answer.kind = detect::AnswerKind::kDefinite;
    for (const auto& [facet, value] : shown) answer.rule.Set(facet, value);
  }
  SeriesKey series;
  series.location = location;
  series.endpoint = "corp-mail";
  series.port = 587;
  series.protocol = v1::PROTOCOL_SMTP;
  const auto key = parts_->watch.Key(series);
  ASSERT_TRUE(key.has_value());
  for (const std::uint32_t agent : agents) {
    now_ms_ += 3'000;
    parts_->watch.Observe({.key = *key,
                           .agent = agent,
                           .time_ms = now_ms_,
                           .received_ms = now_ms_,
                           .outcome = outcome,
                           .flags = flags,
                           .answer = &answer},
                          set_);
  }
  Commit();
}

void WatchFixture::Steady(std::initializer_list<std::uint32_t> agents, const Facets& shown,
                          const std::string& location) {
  constexpr int kRounds = 40;
  for (int i = 0; i < kRounds; ++i) See(agents, shown, location);
}

std::string WatchFixture::Text(const std::string& sql) {
  auto database = sqlite::Database::OpenReadOnly(scratch_ / "data/relaywatch.db");
  EXPECT_TRUE(database.ok()) << database.status();
  auto statement = sqlite::Statement::Prepare(*database, sql);
  EXPECT_TRUE(statement.ok()) << statement.status();
  if (!statement.ok() || !statement->Step().value_or(false)) return "";
  return std::string(statement->Text(0));
}

std::string WatchFixture::Metrics() const {
  return prometheus::TextSerializer().Serialize(parts_->registry.Collect());
}

}  // namespace relaywatch::collector::testing
