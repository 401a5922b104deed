// A judgement in plain words for the help desk: what is wrong, on whose side, and which setting to
// change by the name Outlook gives it. Every verdict has its words. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "common/judge/judge.h"

namespace relaywatch::judge {

struct Explanation {
  std::string summary;              // one sentence, no trailing newline
  std::vector<std::string> advice;  // what to do, most useful first; empty for ok
  std::vector<std::string>
      outlook_codes;  // most likely first; empty for other programs than Outlook
};

Explanation Explain(const v1::Facts& facts, const ClientProfile& profile,
                    const Judgement& judgement);

// What is worth telling about a dialogue whatever the profile: an open relay without an
// expectation, a masked banner, a certificate that does not verify, bare line feeds, an expiring
// certificate. `now` in seconds since the epoch.
std::vector<std::string> Findings(const v1::Facts& facts, std::int64_t now);

}  // namespace relaywatch::judge
