// The reference for the agent at rest: the least that a gRPC client of the same collector is. Holds
// one connected mTLS channel and does nothing.
//   relaywatch-bench-idle-channel HOST:PORT NAME IDENTITY CA
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "common/file.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto identity = relaywatch::ReadFile(argv[3]);
  const auto ca = relaywatch::ReadFile(argv[4]);
  if (!identity.ok() || !ca.ok()) return 1;
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = *ca;
  options.pem_private_key = *identity;
  options.pem_cert_chain = *identity;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(argv[2]);
  const auto channel = grpc::CreateCustomChannel(argv[1], grpc::SslCredentials(options), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    return 1;
  }
  std::puts("connected");
  std::fflush(stdout);
  while (true) pause();
}
