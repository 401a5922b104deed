// What a scrape costs, and what it does to the writer: /metrics of a collector with 1k, 10k and
// 100k series, over HTTP as Prometheus asks for it; and how many live results one thread tallies
// and publishes while another scrapes without a pause.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <prometheus/registry.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "collector/serve/health.h"
#include "collector/serve/http_server.h"
#include "collector/serve/live_metrics.h"
#include "collector/serve/pages.h"
#include "common/judge/judge.h"
#include "tests/bench/dialogue/cpu_time.h"
#include "tests/bench/dialogue/result.h"

namespace relaywatch::bench {
namespace {

using collector::LiveKey;
using std::chrono::steady_clock;

constexpr int kRuns = 7;
constexpr double kMarkSeconds = 0.5;
constexpr double kMarkShare = 0.9;
constexpr std::array<std::uint32_t, kStageCount> kStages = {1200, 400, 9000, 700, 650, 21000, 600};

std::shared_ptr<const collector::ProfileSet> Profiles() {
  std::vector<collector::StoredProfile> profiles;
  for (const auto& profile : judge::BuiltInProfiles()) {
    profiles.push_back({static_cast<std::int64_t>(profiles.size()) + 1, profile});
  }
  return std::make_shared<const collector::ProfileSet>(std::move(profiles));
}

// A collector's live metrics with about that many series, each key with results behind it.
class Metrics {
 public:
  explicit Metrics(std::size_t series) : live_(registry_) {
    live_.Use(std::make_shared<const v1::Plan>(), profiles_);
    outcome_->id = 1;
    outcome_->facts.set_protocol(v1::PROTOCOL_SMTP);
    outcome_->facts.set_stage(v1::STAGE_QUIT);
    outcome_->profiles = profiles_;
    for (const auto& stored : profiles_->all()) {
      outcome_->judgements.push_back(judge::Judge(outcome_->facts, stored.profile));
    }
    for (int i = 0; live_.series() < series; ++i) {
      keys_.push_back(
          live_.Find({fmt::format("location-{}", i / 30), fmt::format("mail-{}", i / 3 % 10),
                      "mail.example.com", v1::PROTOCOL_SMTP, v1::SECURITY_STARTTLS,
                      static_cast<std::uint32_t>(25 + i % 3), ""}));
      CountOne(*keys_.back());
    }
    live_.Publish();
  }

  const prometheus::Registry& registry() const { return registry_; }

  // Live results a second of CPU that were tallied and published in groups, until told to stop.
  double Write(const std::atomic<bool>& stop) {
    const double start = ThreadCpuSeconds();
    std::size_t count = 0;
    while (!stop) {
      for (int i = 0; i < 200; ++i) CountOne(*keys_[count++ % keys_.size()]);
      live_.Publish();
    }
    return static_cast<double>(count) / (ThreadCpuSeconds() - start);
  }

 private:
  void CountOne(LiveKey& key) {
    live_.Add(key, kStages);
    live_.Count(key, outcome_, 1);
  }

  prometheus::Registry registry_;
  const std::shared_ptr<const collector::ProfileSet> profiles_ = Profiles();
  const std::shared_ptr<collector::JudgedOutcome> outcome_ =
      std::make_shared<collector::JudgedOutcome>();
  collector::LiveMetrics live_;
  std::vector<LiveKey*> keys_;
};

// Serves the metrics as the collector does.
class Server {
 public:
  explicit Server(const Metrics& metrics)
      : pages_({{&metrics.registry()}, health_, [] { return absl::OkStatus(); }}),
        access_(*collector::WebAccess::Load("")),
        http_(*collector::HttpServer::Start(
            {"127.0.0.1", 0}, *access_,
            [this](const collector::HttpRequest& request) { return pages_.Answer(request); })) {}

  // Bytes of one answer, read to its end.
  std::size_t Scrape() const {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(http_->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::size_t bytes = 0;
    if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      [[maybe_unused]] const auto sent = send(descriptor, request.data(), request.size(), 0);
      std::vector<char> buffer(1 << 20);
      for (ssize_t got = 0; (got = recv(descriptor, buffer.data(), buffer.size(), 0)) > 0;) {
        bytes += static_cast<std::size_t>(got);
      }
    }
    close(descriptor);
    return bytes;
  }

 private:
  collector::Health health_;
  collector::Pages pages_;
  std::unique_ptr<collector::WebAccess> access_;
  std::unique_ptr<collector::HttpServer> http_;
};

Result ScrapeTime(std::size_t series) {
  const Metrics metrics(series);
  const Server server(metrics);
  std::vector<double> seconds;
  for (int run = 0; run < kRuns; ++run) {
    const double start = ProcessCpuSeconds();
    if (server.Scrape() < series) return {};  // no answer: the table shows it
    seconds.push_back(ProcessCpuSeconds() - start);
  }
  const double median = Median(seconds);
  return {.name = fmt::format("scrape of {}k series", series / 1000),
          .value = median,
          .unit = "CPU s",
          .mark = "<= 0.5 s",
          .met = median <= kMarkSeconds};
}

double WriteFor(Metrics& metrics, const Server* scraped) {
  std::atomic<bool> stop = false;
  double rate = 0;
  std::thread writer([&] { rate = metrics.Write(stop); });
  const auto end = steady_clock::now() + std::chrono::seconds(2);
  while (steady_clock::now() < end) {
    if (scraped == nullptr || scraped->Scrape() == 0) std::this_thread::sleep_until(end);
  }
  stop = true;
  writer.join();
  return rate;
}

Result WriterBesideScrapes() {
  Metrics metrics(100'000);
  const Server server(metrics);
  std::vector<double> alone;
  std::vector<double> beside;
  for (int run = 0; run < 5; ++run) {
    alone.push_back(WriteFor(metrics, nullptr));
    beside.push_back(WriteFor(metrics, &server));
  }
  const double share = Median(beside) / Median(alone);
  return {.name = "live results a CPU second while 100k series are scraped without a pause",
          .value = Median(beside),
          .unit = "results/s",
          .reference = Median(alone),
          .ratio = share,
          .mark = ">= 0.9 x",
          .met = share >= kMarkShare};
}

int Main(bool json) {
  return Print({ScrapeTime(1'000), ScrapeTime(10'000), ScrapeTime(100'000), WriterBesideScrapes()},
               json);
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  return relaywatch::bench::Main(relaywatch::bench::WantsJson(argc, argv));
}
