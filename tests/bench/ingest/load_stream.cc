#include "tests/bench/ingest/load_stream.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/bench/ingest/load.h"
#include "tests/support/scratch.h"
#include "tests/unit/collector/messages.h"

namespace relaywatch::bench {
namespace {

using collector::testing::PathTo;
using collector::testing::SubmissionFacts;

constexpr int kPaths = 12;
constexpr int kOutcomes = 24;
constexpr int kDifferentBatches = 16;
constexpr const char* kLocations[] = {"office", "vpn", "home-isp"};
constexpr int kPorts[] = {25, 465, 587, 2525};
// Medians of the stages of a dialogue over a wide-area network, in microseconds; the spread is
// log-normal, as measured ones are.
constexpr double kMedianUs[] = {900,    14'000, 31'000, 15'000, 14'500, 42'000,
                                15'000, 16'000, 17'000, 19'000, 14'000};

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << "ingest benchmark, load: " << what << "\n";
  std::exit(1);
}

v1::Result RandomResult(std::mt19937& random) {
  std::lognormal_distribution<double> spread(0, 0.4);
  v1::Result result;
  result.set_path(random() % kPaths);
  // Mostly the usual one, as servers seldom change their rules.
  result.set_outcome(random() % 10 == 0 ? random() % kOutcomes : result.path() * 2);
  result.set_wall_ms(1'790'000'000'000 + static_cast<std::int64_t>(random() % 60'000));
  result.set_boot_ms(1'000'000 + static_cast<std::int64_t>(random() % 60'000));
  const std::size_t stages = 8 + random() % 4;
  for (std::size_t i = 0; i < stages; ++i) {
    result.add_stage_us(static_cast<std::uint32_t>(std::lround(kMedianUs[i] * spread(random))));
  }
  return result;
}

v1::AgentMessage BatchFrame(std::uint64_t epoch) {
  v1::AgentMessage message;
  message.mutable_batch()->set_epoch(epoch);
  message.mutable_batch()->set_lane(v1::LANE_LIVE);
  message.mutable_batch()->set_boot_id(7);
  return message;
}

}  // namespace

LoadStream::LoadStream(int number, int port, const std::string& ca_file,
                       const std::string& identity_file)
    : epoch_(0x1000u + static_cast<std::uint64_t>(number)) {
  std::mt19937 random(static_cast<unsigned>(number));
  for (int i = 0; i < kDifferentBatches; ++i) {
    v1::AgentMessage& message = batches_.emplace_back(BatchFrame(epoch_));
    for (int j = 0; j < kBatch; ++j) *message.mutable_batch()->add_results() = RandomResult(random);
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = support::ReadFile(ca_file);
  options.pem_private_key = options.pem_cert_chain = support::ReadFile(identity_file);
  channel_ = grpc::CreateChannel(fmt::format("localhost:{}", port), grpc::SslCredentials(options));
  stub_ = v1::Session::NewStub(channel_);
  stream_ = stub_->Connect(&context_);
  Greet();
  SendDictionary();
}

LoadStream::~LoadStream() {
  stream_->WritesDone();
  v1::CollectorMessage rest;
  while (stream_->Read(&rest)) {
  }
  stream_->Finish();
}

void LoadStream::Greet() {
  v1::AgentMessage message = collector::testing::HelloOf(epoch_);
  if (!stream_->Write(message)) Fail("no Hello");
  ReadAnswer();
  if (credit_ == 0) Fail("no Welcome");
}

void LoadStream::SendDictionary() {
  v1::AgentMessage message = BatchFrame(epoch_);
  v1::Batch& batch = *message.mutable_batch();
  batch.set_first_seq(next_seq_);
  for (int i = 0; i < kPaths; ++i) {
    *batch.add_paths() = PathTo(static_cast<std::uint32_t>(i), kLocations[i / 4],
                                static_cast<std::uint32_t>(kPorts[i % 4]));
  }
  for (int i = 0; i < kOutcomes; ++i) {
    v1::Outcome& outcome = *batch.add_outcomes();
    outcome.set_ref(static_cast<std::uint32_t>(i));
    *outcome.mutable_facts() = SubmissionFacts({"LOGIN", "PLAIN", i % 2 == 0 ? "NTLM" : "GSSAPI"});
    outcome.mutable_facts()->mutable_tls()->mutable_certificate()->add_names(
        fmt::format("host{}.example.com", i));
  }
  if (!stream_->Write(message)) Fail("no dictionary");
}

void LoadStream::Send(int results) {
  const std::uint64_t end = next_seq_ + static_cast<std::uint64_t>(results);
  std::size_t which = 0;
  grpc::WriteOptions options;
  options.set_no_compression();
  while (acknowledged_ + 1 < end) {
    if (next_seq_ < end && next_seq_ + kBatch - 1 - acknowledged_ <= credit_) {
      v1::AgentMessage& message = batches_[which++ % batches_.size()];
      message.mutable_batch()->set_first_seq(next_seq_);
      if (!stream_->Write(message, options)) Fail("the stream has ended");
      next_seq_ += kBatch;
    } else {
      ReadAnswer();
    }
  }
}

void LoadStream::ReadAnswer() {
  v1::CollectorMessage message;
  if (!stream_->Read(&message)) {
    Fail(fmt::format("the stream has ended: {}", stream_->Finish().error_message()));
  }
  if (message.has_welcome()) credit_ = message.welcome().credit();
  if (message.has_rewind()) Fail("asked to rewind");
  if (!message.has_ack()) return;
  acknowledged_ = message.ack().durable_seq();
  credit_ = message.ack().credit();
}

}  // namespace relaywatch::bench
