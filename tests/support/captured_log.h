// Everything spdlog writes, as text; the logger before comes back at the end. Thread-safe but for
// its beginning and end.
#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>

#include "tests/support/process.h"

namespace relaywatch::support {

class CapturedLog {
 public:
  CapturedLog() : before_(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }

  bool WaitFor(const std::string& text) const {
    return Eventually(std::chrono::seconds(10),
                      [&] { return Text().find(text) != std::string::npos; });
  }
  // The sink's lock is spdlog's; flushing through it orders our read behind its writes.
  std::string Text() const {
    spdlog::default_logger()->flush();
    return text_.str();
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

}  // namespace relaywatch::support
