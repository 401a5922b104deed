// The agents of the ingest benchmark: a forked process with eight mTLS streams that send batches of
// 200 as fast as their credit allows. Fork it before anything of gRPC or a thread exists.
// Realistic load: every stream has 12 paths and 24 outcomes, a result 8 to 11 stage timings with
// the spread of real ones.
#pragma once

#include <sys/types.h>

#include <string>

namespace relaywatch::bench {

inline constexpr int kStreams = 8;
inline constexpr int kBatch = 200;

class LoadProcess {
 public:
  LoadProcess();
  ~LoadProcess();  // ends it

  // Where to connect, and as whom: the agents' identities are 0.pem … 7.pem. Returns when all are
  // connected.
  void Connect(int port, const std::string& ca_file, const std::string& identity_directory);
  // Sends `results` in all and returns when all of them are acknowledged.
  void Run(int results);

 private:
  void Command(const std::string& line);

  pid_t pid_ = 0;
  int commands_ = -1;  // to the process
  int answers_ = -1;   // from it: one byte for each command
};

}  // namespace relaywatch::bench
