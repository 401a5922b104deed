#include "tests/unit/collector/ingest_fixture.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <cstdlib>

namespace relaywatch::collector::testing {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Store> OpenStore(const std::string& directory) {
  auto store = SqliteStore::Open(directory);
  if (store.ok()) return *std::move(store);
  fmt::print(stderr, "{}\n", std::string(store.status().message()));
  std::abort();
}

}  // namespace

void FakeLink::Send(v1::CollectorMessage message) {
  const std::lock_guard lock(mutex_);
  sent_.push_back(std::move(message));
}

void FakeLink::End(absl::Status status) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ended_ = std::move(status);
}

void FakeLink::Release(std::size_t) {
  const std::lock_guard lock(mutex_);
  ++released_count_;
  released_.notify_all();
}

void FakeLink::CountPushed() {
  const std::lock_guard lock(mutex_);
  ++pushed_;
}

void FakeLink::WaitUntilSettled() {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(released_.wait_for(lock, 10s, [&] { return released_count_ >= pushed_; }))
      << "the writer did not deal with message " << pushed_;
}

std::vector<v1::CollectorMessage> FakeLink::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

std::optional<absl::Status> FakeLink::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::uint64_t FakeLink::last_ack() const {
  std::uint64_t last = 0;
  for (const auto& message : sent()) {
    if (message.has_ack()) last = message.ack().durable_seq();
  }
  return last;
}

std::uint64_t FakeLink::last_rewind() const {
  std::uint64_t last = 0;
  for (const auto& message : sent()) {
    if (message.has_rewind()) last = message.rewind().expected();
  }
  return last;
}

int FakeLink::rewinds() const {
  int count = 0;
  for (const auto& message : sent()) count += message.has_rewind() ? 1 : 0;
  return count;
}

IngestFixture::Parts::Parts(const std::string& directory, const Clock& clock)
    : disk(OpenStore(directory)),
      store(disk, health, {.first = 1ms, .longest = 2ms}),
      live(registry),
      policy_metrics(registry, live),
      ingest_metrics(registry),
      store_metrics(registry),
      writer({queue, store, fleet, live, policy_metrics, matrix, ingest_metrics, store_metrics,
              clock}) {}

IngestFixture::IngestFixture() { StartWriter(); }

IngestFixture::~IngestFixture() { Crash(); }

void IngestFixture::StartWriter() {
  parts_ = std::make_unique<Parts>(scratch_ / "data", clock_);
  const absl::Status started = parts_->writer.Start(plan_, profiles_);
  ASSERT_TRUE(started.ok()) << started;
}

// Commits that are attempted on the way down fail: what was not durable is gone.
void IngestFixture::Crash() {
  if (parts_ == nullptr) return;
  parts_->disk.Fail(absl::UnavailableError("killed"));
  parts_->writer.Stop();
  parts_.reset();
}

std::shared_ptr<FakeLink> IngestFixture::Connect(const std::string& agent,
                                                 const v1::AgentMessage& hello) {
  auto link = std::make_shared<FakeLink>(agent);
  Say(link, hello);
  return link;
}

void IngestFixture::Push(const std::shared_ptr<FakeLink>& link, const v1::AgentMessage& message) {
  auto envelope = std::make_unique<Envelope>();
  envelope->message() = message;
  link->CountPushed();
  parts_->queue.Push({link, std::move(envelope), 1});
}

void IngestFixture::Say(const std::shared_ptr<FakeLink>& link, const v1::AgentMessage& message) {
  Push(link, message);
  link->WaitUntilSettled();
}

void IngestFixture::HangUp(const std::shared_ptr<FakeLink>& link) {
  link->CountPushed();
  parts_->queue.Push({link, nullptr, 0});
  link->WaitUntilSettled();
}

std::int64_t IngestFixture::Sql(const std::string& query) {
  auto database = sqlite::Database::Open(scratch_ / "data/relaywatch.db");
  if (!database.ok()) return -1;
  const auto value = database->Integer(query);
  EXPECT_TRUE(value.ok()) << value.status();
  return value.value_or(-1);
}

std::string IngestFixture::Metrics() const {
  return prometheus::TextSerializer().Serialize(parts_->registry.Collect());
}

v1::Plan IngestFixture::DefaultPlan() {
  v1::Plan plan;
  v1::Endpoint& endpoint = *plan.add_endpoints();
  endpoint.set_name("corp-mail");
  endpoint.set_host("mail.example.com");
  for (const std::uint32_t port : {25u, 587u}) {
    v1::Service& service = *endpoint.add_services();
    service.set_protocol(v1::PROTOCOL_SMTP);
    service.set_port(port);
    service.set_security(v1::SECURITY_STARTTLS);
  }
  endpoint.add_profiles("outlook");
  endpoint.add_profiles("thunderbird");
  plan.add_locations()->set_name("office");
  plan.add_locations()->set_name("home");
  return plan;
}

}  // namespace relaywatch::collector::testing
