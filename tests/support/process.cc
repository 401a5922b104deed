#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace relaywatch::support {
namespace {

// Between fork and exec; must not return.
[[noreturn]] void Become(const Command& command, char* const* argv, const std::string& out,
                         const std::string& err) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpgid(0,
          0);  // a Ctrl-C at the terminal is for the test, which then stops its children in order
  const int in_fd = open("/dev/null", O_RDONLY);
  const int out_fd = open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (dup2(in_fd, 0) < 0 || dup2(out_fd, 1) < 0 || dup2(err_fd, 2) < 0) _exit(126);
  for (const auto& [name, value] : command.environment) setenv(name.c_str(), value.c_str(), 1);
  if (command.directory.empty() || chdir(command.directory.c_str()) == 0) execvp(argv[0], argv);
  dprintf(2, "%s: %s\n", argv[0], strerror(errno));
  _exit(127);
}

std::vector<char*> Pointers(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int ExitCode(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Process::Process(const Command& command) {
  const std::vector<char*> argv = Pointers(command.argv);
  const std::string out = scratch_ / "stdout";
  const std::string err = scratch_ / "stderr";
  pid_ = fork();
  if (pid_ == 0) Become(command, argv.data(), out, err);
  pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pid_ < 0 || pidfd_ < 0) {
    perror("starting a child");
    std::abort();
  }
  fcntl(pidfd_, F_SETFD, FD_CLOEXEC);
}

Process::~Process() {
  Stop();
  close(pidfd_);
}

bool Process::WaitForOutput(std::string_view text, std::chrono::milliseconds limit) {
  const auto stands = [&] {
    return Out().find(text) != std::string::npos || Err().find(text) != std::string::npos;
  };
  Eventually(limit, [&] { return WaitForExit(std::chrono::milliseconds(0)) || stands(); });
  return stands();
}

std::optional<int> Process::WaitForExit(std::chrono::milliseconds limit) {
  if (exit_code_) return exit_code_;
  pollfd ended{.fd = pidfd_, .events = POLLIN, .revents = 0};
  if (poll(&ended, 1, static_cast<int>(limit.count())) <= 0) return std::nullopt;
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) exit_code_ = ExitCode(status);
  return exit_code_;
}

void Process::Signal(int signal) const {
  if (!exit_code_) kill(pid_, signal);
}

int Process::Stop(std::chrono::milliseconds limit) {
  if (WaitForExit(std::chrono::milliseconds(0))) return *exit_code_;
  Signal(SIGTERM);
  if (!WaitForExit(limit)) Signal(SIGKILL);
  const int exit_code = WaitForExit(std::chrono::seconds(10)).value_or(-1);
  kill(-pid_, SIGKILL);  // children of its own that it left behind
  return exit_code;
}

Completed RunToEnd(const Command& command, std::chrono::milliseconds limit) {
  Process process(command);
  Completed completed;
  if (!process.WaitForExit(limit)) process.Signal(SIGKILL);
  completed.exit_code = process.WaitForExit(std::chrono::seconds(10)).value_or(-1);
  completed.out = process.Out();
  completed.err = process.Err();
  return completed;
}

}  // namespace relaywatch::support
