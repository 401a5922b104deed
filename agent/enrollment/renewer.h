// Keeps the agent's certificate fresh while it runs: at a random moment between 50 and 70 % of its
// life a new key gets a new certificate over the connection that the old one opens; one that has
// expired (the host slept) is recovered. Both files are replaced on disk before anybody hears of
// the new identity. What fails is tried again until it works: an agent that may not renew any more
// goes on with what it has, and the log says why.
// Confined to the io_context's thread; the calls themselves wait on a thread of their own.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "agent/config/config.h"
#include "agent/enrollment/certificate_client.h"
#include "common/clock.h"
#include "common/identity/identity.h"

namespace relaywatch::agent {

// Seconds since the epoch; `uniform` is from [0, 1).
std::int64_t RenewalTime(std::int64_t not_before, std::int64_t not_after, double uniform);
// After a failure: a twentieth of the certificate's life, between ten seconds and an hour.
std::chrono::seconds RetryAfter(std::int64_t not_before, std::int64_t not_after);

class Renewer {
 public:
  using Renewed = std::function<void(Identity)>;

  // For a configuration with `enrollment`; `identity` is the one in use. `io` and `clock` must
  // outlive it.
  Renewer(asio::io_context& io, const Clock& clock, Config config, Identity identity,
          Renewed renewed);
  ~Renewer() { Stop(); }

  void Start();
  // Ends what is under way; within a moment.
  void Stop();

 private:
  void Plan(std::int64_t not_earlier);
  void Wait();
  void Begin();
  void Finished(const absl::StatusOr<Identity>& result);

  asio::io_context& io_;
  const Clock& clock_;
  const Config config_;
  Identity identity_;
  Renewed renewed_;
  std::int64_t due_ = 0;  // seconds since the epoch, by the wall clock
  asio::steady_timer timer_;
  std::unique_ptr<CertificateClient> client_;  // while a call is under way
  std::thread thread_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what is posted
};

}  // namespace relaywatch::agent
