// A network of a test's own: the calling thread, and whatever it starts from then on, sees nothing
// but a loopback device, whose packets may be filtered without touching the machine's. Ends with
// the object. Needs root. Confined to one thread.
#pragma once

#include <map>
#include <string>

namespace relaywatch::e2e {

class PrivateNetwork {
 public:
  PrivateNetwork();
  ~PrivateNetwork();
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;

  bool is_up() const { return up_; }
  // Loads nftables rules from a file, which sees `variables` as $NAME. What nft complains about;
  // empty where the rules hold.
  std::string Filter(const std::string& file,
                     const std::map<std::string, std::string>& variables) const;

 private:
  int outer_;  // the network namespace to return to
  bool up_ = false;
};

}  // namespace relaywatch::e2e
