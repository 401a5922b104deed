// What the subcommands that ask the collector share: where it is, one call with a deadline, and how
// a failure is told. Whatever changes something is asked on the collector's own host, by its
// socket; questions may also come from elsewhere (remote_collector.h). Thread-compatible.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "cli/output.h"

namespace CLI {
class App;
}

namespace relaywatch::cli {

struct CollectorOptions {
  std::string collector = "unix:/run/relaywatch/collector.sock";
  std::string identity;  // PEM files, for a collector elsewhere
  std::string ca;
  std::string output = "text";
};

// --collector and --output.
void AddCollectorOptions(CLI::App& app, CollectorOptions& options);
// The same for questions, with --identity and --ca.
void AddQuestionOptions(CLI::App& app, CollectorOptions& options);

class CollectorLink {
 public:
  // nullopt after telling on standard error what is wrong with the options. `command` is the
  // subcommand's name, for messages.
  static std::optional<CollectorLink> Open(const std::string& command,
                                           const CollectorOptions& options);
  // The same for a question: --collector may also be HOST:PORT.
  static std::optional<CollectorLink> OpenForQuestions(const std::string& command,
                                                       const CollectorOptions& options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  Output output() const { return output_; }
  // For one call, with its deadline.
  std::unique_ptr<grpc::ClientContext> Context(
      std::chrono::seconds time = std::chrono::seconds(10)) const;
  // The exit code of a call that ended so; tells why it failed on standard error.
  int ExitCode(const grpc::Status& status) const;

 private:
  CollectorLink(std::string command, const CollectorOptions& options, Output output,
                std::shared_ptr<grpc::Channel> channel);

  std::string command_;
  std::string address_;
  Output output_;
  std::shared_ptr<grpc::Channel> channel_;
};

// All of it on standard output.
void Print(const std::string& text);

}  // namespace relaywatch::cli
