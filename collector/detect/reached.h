// What each agent reached lately: a port is told from a lost network by something else that
// answered the same agent in the same minute. Confined to its detector's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace relaywatch::collector::detect {

class Reached {
 public:
  void Note(std::uint32_t agent, std::uint32_t key, std::int64_t time_ms);
  // Something other than `key` answered the agent in these times, both included.
  std::optional<std::uint32_t> OtherThan(std::uint32_t agent, std::uint32_t key,
                                         std::int64_t from_ms, std::int64_t to_ms) const;

 private:
  static constexpr std::int64_t kGrainMs = 1'000;

  struct Answered {
    std::uint32_t key = 0;
    std::int64_t time_ms = 0;  // 0: never
  };
  struct Latest {
    std::array<Answered, 64> answered;  // at most two keys a second: half a minute
    std::size_t next = 0;               // to be overwritten
  };
  std::vector<Latest> agents_;  // by agent number: the detector's are dense
};

}  // namespace relaywatch::collector::detect
