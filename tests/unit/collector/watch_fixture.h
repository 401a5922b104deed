// A ChangeWatch with a real store behind it. What agents see is written as values of a rule:
//
//   Steady({1, 2}, Offering("LOGIN PLAIN"));   // for as long as makes a rule firm ground
//   See({1, 2, 1, 2}, Offering("PLAIN"));      // answers that confirm a change
//
// See commits and settles; Crash leaves what is durable. Confined to the test's thread.
#pragma once

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/sqlite_store.h"
#include "collector/watch/change_watch.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector::testing {

class WatchFixture : public ::testing::Test {
 protected:
  using Facets = std::vector<std::pair<detect::Facet, std::string>>;

  WatchFixture();

  void Start();
  void Crash();

  static Facets Offering(const std::string& mechanisms);
  static Facets Refusing();  // to relay, and offering LOGIN

  // One answer of each of these agents, three seconds apart; then a commit.
  void See(std::initializer_list<std::uint32_t> agents, const Facets& shown,
           const std::string& location = "office", std::uint32_t flags = 0);
  void Steady(std::initializer_list<std::uint32_t> agents, const Facets& shown,
              const std::string& location = "office");
  void Commit();

  std::string Text(const std::string& sql);
  std::int64_t Sql(const std::string& sql) { return std::atoll(Text(sql).c_str()); }
  std::string Metrics() const;

  support::ScratchDirectory scratch_;
  std::int64_t now_ms_ = 1'800'000'000'000;
  std::shared_ptr<v1::Plan> plan_ = std::make_shared<v1::Plan>();
  CommitSet set_;
  std::vector<std::pair<std::uint32_t, v1::ProbeNow>> orders_;  // given

  struct Parts;
  std::unique_ptr<Parts> parts_;

 private:
  std::map<Facets, std::pair<std::int64_t, detect::Answer>> answers_;  // with their outcomes
};

struct WatchFixture::Parts {
  explicit Parts(std::unique_ptr<SqliteStore> opened)
      : store(std::move(opened)), watch(store->ReadLastIds().value(), metrics) {}

  std::unique_ptr<SqliteStore> store;
  prometheus::Registry registry;
  LiveMetrics live{registry};
  PolicyMetrics metrics{registry, live};
  ChangeWatch watch;
};

}  // namespace relaywatch::collector::testing
