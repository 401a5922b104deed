// What each agent reached lately: a port is told from a lost network by something else that
// answered the same agent in the same minute. Confined to its detector's thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace relaywatch::collector::detect {

class Reached {
 public:
  void Note(std::uint32_t agent, std::uint32_t key, std::int64_t time_ms);
  // Something other than `key` answered the agent within a minute of `time_ms`.
  bool OtherThan(std::uint32_t agent, std::uint32_t key, std::int64_t time_ms) const;

 private:
  struct Answered {
    std::uint32_t key = 0;
    std::int64_t time_ms = 0;  // 0: never
  };
  // Of the two latest that differ, one is another than any given one.
  std::vector<std::array<Answered, 2>> agents_;  // by agent number: the detector's are dense
};

}  // namespace relaywatch::collector::detect
