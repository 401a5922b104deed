// Writes one report while its dialogue goes on: which stage it is in and for how long, how it
// ended, what was said. Holds no facts of its own. The report must outlive it. Confined to the
// thread of its dialogue.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agent/probe/fault.h"
#include "agent/probe/probe.h"
#include "agent/probe/reply_parser.h"
#include "common/secret/secret.h"

namespace relaywatch::probe {

class Recorder {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Times in the report count from `start`.
  Recorder(Report& report, TimePoint start, bool keep_transcript);

  // The report's.
  v1::Facts& facts() const { return report_.facts; }
  Report& report() { return report_; }

  // Begins a stage, or goes on with one; the time of the one before ends here.
  void Enter(v1::Stage stage);
  // The same for a QUIT out of courtesy: it has a time, but the stage that decided stays.
  void EnterCourtesyQuit();
  // Ends the last stage and the probe.
  void Finish();

  // The first fault is the one that counts.
  void Fail(const Fault& fault);
  // A final reply of the server ended the dialogue.
  void Refuse(const v1::Reply& reply);
  // The server hung up instead of saying more: the refusal before was its last word. Only for that
  // fault; any other stands.
  void RefuseByHangingUp(const v1::Reply& reply);
  bool failed() const { return report_.facts.failure() != v1::FAILURE_UNSPECIFIED; }

  void AddNote(v1::Note note);  // once, however often it is said
  // What the parsers found odd, or had to cut, on the way to a stored reply.
  v1::Reply Store(const RawReply& reply);
  v1::Capabilities StoreLines(std::string_view text);  // never asked for after a login

  // From here on these bytes appear nowhere in the report, whatever the server says.
  void Hide(std::string_view secret);

  // The transcript; nothing where none is kept.
  void Client(std::string_view line);
  void Server(std::string_view line);
  void Remark(std::string_view words);
  bool keeps_transcript() const { return keep_transcript_; }

 private:
  void Time(v1::Stage stage);
  void AddLine(TranscriptLine::From from, std::string_view line);
  v1::Reply StoreAsItIs(const RawReply& reply);
  std::string WithoutSecrets(std::string_view text) const;

  Report& report_;
  const TimePoint start_;
  const bool keep_transcript_;
  v1::Stage timed_ = v1::STAGE_UNSPECIFIED;
  TimePoint since_;
  std::vector<Secret> hidden_;
};

}  // namespace relaywatch::probe
