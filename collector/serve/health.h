// Whether the collector can do its job now; what /-/ready and the gRPC health service tell.
// Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace relaywatch::collector {

class Health {
 public:
  // "" where the store works. True when that is a change.
  bool SetStoreTrouble(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    return std::exchange(store_trouble_, reason) != reason;
  }
  void SetStarted() {
    const std::lock_guard lock(mutex_);
    started_ = true;
  }
  void SetStopping() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }

  // Why it is not ready; "" where it is.
  std::string Trouble() const {
    const std::lock_guard lock(mutex_);
    if (stopping_) return "stopping";
    if (!started_) return "starting";
    return store_trouble_.empty() ? "" : "store: " + store_trouble_;
  }

 private:
  mutable std::mutex mutex_;
  bool started_ = false;
  bool stopping_ = false;
  std::string store_trouble_;
};

}  // namespace relaywatch::collector
