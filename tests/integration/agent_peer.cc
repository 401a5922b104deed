#include "tests/integration/agent_peer.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <deque>
#include <utility>

namespace relaywatch::agent {

class TestCollector::Service final : public v1::Session::Service {
 public:
  using ServerStream = grpc::ServerReaderWriter<v1::CollectorMessage, v1::AgentMessage>;

  grpc::Status Connect(grpc::ServerContext* context, ServerStream* stream) override {
    {
      const std::lock_guard lock(mutex_);
      if (!behaviour_.refusal.ok()) return behaviour_.refusal;
      context_ = context;
    }
    Dictionary dictionary;
    v1::AgentMessage message;
    while (stream->Read(&message)) {
      const std::lock_guard lock(mutex_);
      Take(message, dictionary, *stream);
      changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    stream_ = nullptr;
    context_ = nullptr;
    ++received_.streams_ended;
    changed_.notify_all();
    return grpc::Status::OK;
  }

  void SetBehaviour(Behaviour behaviour) {
    const std::lock_guard lock(mutex_);
    behaviour_ = std::move(behaviour);
  }

  void Send(v1::CollectorMessage message) {
    const std::lock_guard lock(mutex_);
    if (stream_ != nullptr) {
      stream_->Write(message);
    } else {
      waiting_.push_back(std::move(message));
    }
  }

  // A stream of gRPC's synchronous API can only be ended from outside by cancelling it.
  void CancelStream() {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

  bool WaitFor(const std::function<bool(const Received&)>& predicate) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return predicate(received_); });
  }

  Received Seen() {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  struct Dictionary {
    std::map<std::uint32_t, v1::Path> paths;
    std::map<std::uint32_t, v1::Facts> outcomes;
  };

  void Take(const v1::AgentMessage& message, Dictionary& dictionary, ServerStream& stream) {
    if (message.has_hello()) {
      Greet(message.hello(), stream);
    } else if (message.has_batch()) {
      Commit(message.batch(), dictionary, stream);
    } else if (message.has_plan_report()) {
      received_.reports.push_back(message.plan_report());
    } else if (message.has_status()) {
      received_.statuses.push_back(message.status());
    } else if (message.has_drained()) {
      ++received_.drained;
    }
  }

  void Greet(const v1::Hello& hello, ServerStream& stream) {
    received_.hellos.push_back(hello);
    v1::CollectorMessage answer;
    v1::Welcome& welcome = *answer.mutable_welcome();
    welcome.set_credit(behaviour_.credit);
    welcome.mutable_reconnect_spread()->set_seconds(1);
    for (const auto& epoch : hello.epochs()) {
      v1::DurableEpoch& durable = *welcome.add_epochs();
      durable.set_epoch(epoch.epoch());
      durable.set_durable_seq(received_.durable[epoch.epoch()]);
    }
    stream.Write(answer);
    stream_ = &stream;
    for (const auto& message : waiting_) stream.Write(message);
    waiting_.clear();
  }

  void Commit(const v1::Batch& batch, Dictionary& dictionary, ServerStream& stream) {
    for (const auto& path : batch.paths()) dictionary.paths[path.ref()] = path;
    for (const auto& outcome : batch.outcomes()) {
      dictionary.outcomes[outcome.ref()] = outcome.facts();
    }
    if (!behaviour_.commits) return;
    std::uint64_t& durable = received_.durable[batch.epoch()];
    v1::CollectorMessage answer;
    if (batch.first_seq() > durable + 1) {
      answer.mutable_rewind()->set_epoch(batch.epoch());
      answer.mutable_rewind()->set_expected(durable + 1);
    } else {
      durable = Store(batch, dictionary, durable);
      answer.mutable_ack()->set_epoch(batch.epoch());
      answer.mutable_ack()->set_durable_seq(durable + behaviour_.ack_beyond);
      answer.mutable_ack()->set_credit(behaviour_.credit);
    }
    stream.Write(answer);
  }

  std::uint64_t Store(const v1::Batch& batch, Dictionary& dictionary, std::uint64_t durable) {
    std::uint64_t seq = batch.first_seq();
    int gap = 0;
    const auto skip_gaps = [&] {
      for (; gap < batch.gaps_size() && batch.gaps(gap).first_seq() == seq; ++gap) {
        received_.gaps.push_back(batch.gaps(gap));
        seq = batch.gaps(gap).last_seq() + 1;
      }
    };
    for (const v1::Result& result : batch.results()) {
      skip_gaps();
      if (seq > durable) {
        received_.results.push_back({seq, batch.lane(), dictionary.paths.at(result.path()),
                                     dictionary.outcomes.at(result.outcome())});
      } else {
        ++received_.duplicates;
      }
      ++seq;
    }
    skip_gaps();
    return std::max(durable, seq - 1);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Behaviour behaviour_;
  Received received_;
  std::deque<v1::CollectorMessage> waiting_;
  ServerStream* stream_ = nullptr;  // after its Hello
  grpc::ServerContext* context_ = nullptr;
};

TestCollector::TestCollector(const support::CertificateAuthority& ca,
                             const support::Credential& identity, std::uint16_t port)
    : service_(std::make_unique<Service>()) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = ca.certificate_pem();
  options.pem_key_cert_pairs.push_back({identity.key_pem, identity.certificate_pem});
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::SslServerCredentials(options),
                           &port_);
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
}

TestCollector::~TestCollector() {
  if (server_) server_->Shutdown(std::chrono::system_clock::now());
}

void TestCollector::SetBehaviour(Behaviour behaviour) {
  service_->SetBehaviour(std::move(behaviour));
}
void TestCollector::Send(v1::CollectorMessage message) { service_->Send(std::move(message)); }
void TestCollector::EndStream() { service_->CancelStream(); }
bool TestCollector::WaitFor(const std::function<bool(const Received&)>& predicate) const {
  return service_->WaitFor(predicate);
}
Received TestCollector::Seen() const { return service_->Seen(); }

}  // namespace relaywatch::agent
