#include "tests/bench/dialogue/server_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace relaywatch::bench {
namespace {

[[noreturn]] void Serve(support::MailServerConfig config, int port_pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  asio::io_context io(1);
  const support::MailServer server(io, std::move(config));
  const std::uint16_t port = server.ports().front();
  if (write(port_pipe, &port, sizeof(port)) != sizeof(port)) _exit(1);
  io.run();
  _exit(0);
}

}  // namespace

ServerProcess::ServerProcess(support::MailServerConfig config) {
  int ends[2];
  if (pipe(ends) != 0 || (pid_ = fork()) < 0) {
    std::perror("start the server");
    std::exit(2);
  }
  config.listeners = {{}};
  if (pid_ == 0) Serve(std::move(config), ends[1]);
  close(ends[1]);
  if (read(ends[0], &port_, sizeof(port_)) != sizeof(port_)) {
    std::fputs("the server did not start\n", stderr);
    std::exit(2);
  }
  close(ends[0]);
}

ServerProcess::~ServerProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void RaiseFileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace relaywatch::bench
