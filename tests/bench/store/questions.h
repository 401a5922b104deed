// What people ask of a month of history, through the code that answers them: everything but the
// transport. Confined to one thread.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/dialogue/result.h"
#include "tests/bench/store/fleet_history.h"

namespace relaywatch::bench {

// Of the store in `directory`, which holds the history of `fleet`: history, compare, explain,
// export, and judging all of it again.
void AskAboutAMonth(const std::string& directory, const FleetHistory& fleet,
                    std::vector<Result>& table);

// The matrix of very many series: now, a while ago.
void AskForTheMatrix(const std::string& directory, const FleetHistory& fleet,
                     std::vector<Result>& table);

}  // namespace relaywatch::bench
