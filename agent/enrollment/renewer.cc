#include "agent/enrollment/renewer.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/post.hpp>
#include <random>
#include <utility>

#include "agent/enrollment/enroll.h"
#include "agent/enrollment/identity_store.h"
#include "common/identity/key.h"

namespace relaywatch::agent {
namespace {

// The timer stands still while the host sleeps, so the wall clock is looked at now and then.
constexpr std::int64_t kLongestWait = 30;

std::int64_t NotBefore(const Identity& identity) {
  const auto chain = x509::ReadCertificates(identity.chain_pem);
  return x509::NotBefore(chain.front().get());
}

double Uniform() {
  static std::mt19937_64 engine(std::random_device{}());
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

absl::StatusOr<Identity> Exchange(CertificateClient& client, const Config& config,
                                  const Identity& identity, std::int64_t now) {
  const auto key = MakeKey();
  if (!key.ok()) return key.status();
  const auto issued = now < identity.not_after ? client.Renew(identity, key->get())
                                               : client.Recover(identity, key->get());
  if (!issued.ok()) return issued.status();
  const IdentityStore store(config.state_directory);
  if (auto written = store.Write(key->get(), *issued); !written.ok()) return written;
  return store.Read();
}

}  // namespace

std::int64_t RenewalTime(std::int64_t not_before, std::int64_t not_after, double uniform) {
  const auto life = static_cast<double>(not_after - not_before);
  return not_before + static_cast<std::int64_t>(life * (0.5 + 0.2 * uniform));
}

std::chrono::seconds RetryAfter(std::int64_t not_before, std::int64_t not_after) {
  return std::chrono::seconds(std::clamp<std::int64_t>((not_after - not_before) / 20, 10, 3'600));
}

Renewer::Renewer(asio::io_context& io, const Clock& clock, Config config, Identity identity,
                 Renewed renewed)
    : io_(io),
      clock_(clock),
      config_(std::move(config)),
      identity_(std::move(identity)),
      renewed_(std::move(renewed)),
      timer_(io) {}

void Renewer::Start() {
  Plan(0);
  Wait();
}

void Renewer::Plan(std::int64_t not_earlier) {
  due_ = std::max(RenewalTime(NotBefore(identity_), identity_.not_after, Uniform()), not_earlier);
}

void Renewer::Wait() {
  const std::int64_t left = due_ - clock_.Now().wall_ms / 1000;
  timer_.expires_after(std::chrono::seconds(std::clamp<std::int64_t>(left, 0, kLongestWait)));
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    if (clock_.Now().wall_ms / 1000 < due_) return Wait();
    Begin();
  });
}

void Renewer::Begin() {
  client_ = std::make_unique<CertificateClient>(config_);
  thread_ = std::thread([this, alive = std::weak_ptr<bool>(alive_), identity = identity_,
                         now = clock_.Now().wall_ms / 1000] {
    auto result = Exchange(*client_, config_, identity, now);
    asio::post(io_, [this, alive, result = std::move(result)] {
      if (alive.lock() != nullptr) Finished(result);
    });
  });
  pthread_setname_np(thread_.native_handle(), "renewer");
}

void Renewer::Finished(const absl::StatusOr<Identity>& result) {
  thread_.join();
  client_.reset();
  if (result.ok()) {
    identity_ = *result;
    spdlog::info("certificate renewed until {}", FormatRfc3339(identity_.not_after * 1000));
    // With a clock far ahead of the collector's every new certificate would look old.
    const auto least = RetryAfter(NotBefore(identity_), identity_.not_after);
    Plan(clock_.Now().wall_ms / 1000 + least.count());
    Wait();
    return renewed_(identity_);
  }
  const auto wait = RetryAfter(NotBefore(identity_), identity_.not_after);
  spdlog::error("certificate not renewed, it is good until {}: {}; next try in {} s",
                FormatRfc3339(identity_.not_after * 1000), std::string(result.status().message()),
                wait.count());
  due_ = clock_.Now().wall_ms / 1000 + wait.count();
  Wait();
}

void Renewer::Stop() {
  alive_.reset();
  timer_.cancel();
  if (client_ != nullptr) client_->Cancel();
  if (thread_.joinable()) thread_.join();
}

}  // namespace relaywatch::agent
