// Programs as children of a test: started with their output in files, waited for with deadlines,
// and stopped by pid, never by name. A child dies with the test, even when the test crashes.
// Confined to one thread (the kernel ties a child's life to the thread that started it).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/scratch.h"

namespace relaywatch::support {

struct Command {
  std::vector<std::string> argv;                        // argv[0] is looked up in PATH
  std::map<std::string, std::string> environment = {};  // added to the test's own
  std::string directory = "";                           // empty: the test's own
};

class Process {
 public:
  // Stdin is /dev/null. A program that cannot be started exits with 127 and says why on stderr.
  explicit Process(const Command& command);
  ~Process();  // stops it
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // What it has written so far.
  std::string Out() const { return ReadFile(scratch_ / "stdout"); }
  std::string Err() const { return ReadFile(scratch_ / "stderr"); }

  // Until `text` stands in stdout or stderr; false where the limit passed or the program ended
  // first.
  bool WaitForOutput(std::string_view text, std::chrono::milliseconds limit);
  // The exit code, 128 + signal for a program that was killed; nullopt where it still runs.
  std::optional<int> WaitForExit(std::chrono::milliseconds limit);
  void Signal(int signal) const;
  // SIGTERM, after the limit SIGKILL; then whatever is left of its process group. The exit code.
  int Stop(std::chrono::milliseconds limit = std::chrono::seconds(10));

 private:
  ScratchDirectory scratch_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<int> exit_code_;
};

struct Completed {
  int exit_code = -1;  // as above; 137 where the limit passed and it was killed
  std::string out;
  std::string err;
};

Completed RunToEnd(const Command& command,
                   std::chrono::milliseconds limit = std::chrono::seconds(30));

// Asks until the answer is true; false where the limit passed. For what has no handle to wait on.
template <typename Predicate>
bool Eventually(std::chrono::milliseconds limit, Predicate predicate) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace relaywatch::support
