// Comma-separated values (RFC 4180), one row for each profile of a probe. Pure; thread-safe.
#pragma once

#include <span>
#include <string>

#include "cli/judged_report.h"

namespace relaywatch::cli {

// One record with its line ending (LF); fields are quoted where they must be.
std::string CsvRecord(std::span<const std::string> fields);

// The header of the records below.
std::string CsvHeader();
std::string CsvRecords(const JudgedReport& judged);

}  // namespace relaywatch::cli
