// Writes judged reports in one output form, in the order in which they are handed over: a JSON
// array opens before the first and closes after the last, a repeated text run ends with its
// summary. Confined to one thread.
#pragma once

#include <cstdio>
#include <string>

#include "cli/output.h"
#include "cli/summary.h"

namespace relaywatch::cli {

class Printer {
 public:
  // `repeated`: one line a probe and a summary instead of a page each (text only).
  Printer(Output output, bool repeated, std::FILE* file);

  void Print(const JudgedReport& judged);
  // Call once, after the last report.
  void Finish();

 private:
  void Write(const std::string& text);
  void PrintText(const JudgedReport& judged);

  const Output output_;
  const bool repeated_;
  std::FILE* const file_;
  std::size_t printed_ = 0;
  Summary summary_;
};

}  // namespace relaywatch::cli
