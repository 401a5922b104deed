// The demonstration mail server in a process of its own, so that neither its CPU time nor its
// memory is counted with what is measured. Dies with the benchmark.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "tests/support/mail/server.h"

namespace relaywatch::bench {

class ServerProcess {
 public:
  // Forks: before any thread is started. Listens at 127.0.0.1.
  explicit ServerProcess(support::MailServerConfig config);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

// As many open files as the system allows this process.
void RaiseFileLimit();

}  // namespace relaywatch::bench
