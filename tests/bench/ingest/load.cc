#include "tests/bench/ingest/load.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/bench/ingest/load_stream.h"

namespace relaywatch::bench {
namespace {

// One line a command: "connect PORT CA-FILE DIRECTORY" or "run RESULTS-PER-STREAM".
void Serve(int commands, int answers) {
  std::vector<std::unique_ptr<LoadStream>> streams;
  std::string pending;
  for (char c = 0; read(commands, &c, 1) == 1;) {
    if (c != '\n') {
      pending += c;
      continue;
    }
    std::istringstream line(std::exchange(pending, ""));
    std::string verb;
    line >> verb;
    if (verb == "connect") {
      int port = 0;
      std::string ca_file, directory;
      line >> port >> ca_file >> directory;
      for (int i = 0; i < kStreams; ++i) {
        streams.push_back(
            std::make_unique<LoadStream>(i, port, ca_file, fmt::format("{}/{}.pem", directory, i)));
      }
    } else {
      int results = 0;
      line >> results;
      std::vector<std::thread> threads;
      for (auto& stream : streams) threads.emplace_back([&] { stream->Send(results); });
      for (std::thread& thread : threads) thread.join();
    }
    if (write(answers, "k", 1) != 1) return;
  }
}

[[noreturn]] void Fail(const char* what) {
  std::cerr << "ingest benchmark: " << what << "\n";
  std::exit(1);
}

}  // namespace

LoadProcess::LoadProcess() {
  int to_child[2];
  int from_child[2];
  if (pipe(to_child) != 0 || pipe(from_child) != 0) Fail("pipe");
  pid_ = fork();
  if (pid_ < 0) Fail("fork");
  if (pid_ == 0) {
    close(to_child[1]);
    close(from_child[0]);
    Serve(to_child[0], from_child[1]);
    _exit(0);
  }
  close(to_child[0]);
  close(from_child[1]);
  commands_ = to_child[1];
  answers_ = from_child[0];
}

LoadProcess::~LoadProcess() {
  close(commands_);
  close(answers_);
  waitpid(pid_, nullptr, 0);
}

void LoadProcess::Command(const std::string& line) {
  char answer = 0;
  if (write(commands_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      read(answers_, &answer, 1) != 1) {
    Fail("the load process has ended");
  }
}

void LoadProcess::Connect(int port, const std::string& ca_file,
                          const std::string& identity_directory) {
  Command(fmt::format("connect {} {} {}\n", port, ca_file, identity_directory));
}

void LoadProcess::Run(int results) { Command(fmt::format("run {}\n", results / kStreams)); }

}  // namespace relaywatch::bench
