// One agent of the load: a stream, a handful of batches made beforehand, and a window.
// Confined to one thread at a time.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "relaywatch/v1/session.grpc.pb.h"

namespace relaywatch::bench {

class LoadStream {
 public:
  // Connects, greets and sends the dictionary; a failure ends the process.
  LoadStream(int number, int port, const std::string& ca_file, const std::string& identity_file);
  ~LoadStream();

  // Sends so many results (a multiple of the batch size) and waits until they are acknowledged.
  void Send(int results);

 private:
  void Greet();
  void SendDictionary();
  void ReadAnswer();

  std::uint64_t epoch_;
  std::uint64_t next_seq_ = 1;
  std::uint64_t acknowledged_ = 0;
  std::uint32_t credit_ = 0;
  std::vector<v1::AgentMessage> batches_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  std::unique_ptr<v1::Session::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AgentMessage, v1::CollectorMessage>> stream_;
};

}  // namespace relaywatch::bench
