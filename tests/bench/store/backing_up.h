// What a backup costs those who commit meanwhile.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/dialogue/result.h"
#include "tests/bench/store/fleet_history.h"

namespace relaywatch::bench {

// Of the store in `directory`, to which the history of `fleet` goes on.
void BackUpMeanwhile(const std::string& directory, FleetHistory& fleet, std::vector<Result>& table);

}  // namespace relaywatch::bench
