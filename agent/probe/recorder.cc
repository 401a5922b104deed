#include "agent/probe/recorder.h"

#include <algorithm>

#include "agent/probe/credential_line.h"
#include "agent/probe/printable.h"
#include "agent/probe/reply.h"

namespace relaywatch::probe {

using std::chrono::duration_cast;
using std::chrono::microseconds;

Recorder::Recorder(Report& report, TimePoint start, bool keep_transcript)
    : report_(report), start_(start), keep_transcript_(keep_transcript), since_(start) {}

void Recorder::Enter(v1::Stage stage) {
  Time(stage);
  report_.facts.set_stage(stage);
}

void Recorder::EnterCourtesyQuit() { Time(v1::STAGE_QUIT); }

void Recorder::Time(v1::Stage stage) {
  const TimePoint now = std::chrono::steady_clock::now();
  if (timed_ != v1::STAGE_UNSPECIFIED) {
    microseconds& spent = report_.timings[StageIndex(timed_)];
    spent += std::max(duration_cast<microseconds>(now - since_), microseconds(1));
  }
  timed_ = stage;
  since_ = now;
}

void Recorder::Finish() {
  Time(v1::STAGE_UNSPECIFIED);
  report_.total = std::max(duration_cast<microseconds>(since_ - start_), microseconds(1));
}

void Recorder::Fail(const Fault& fault) {
  if (failed()) return;
  report_.facts.set_failure(fault.failure);
  report_.facts.set_detail(WithoutSecrets(fault.detail));
  report_.facts.set_ending(EndingOf(fault.failure));
  Remark(fault.detail);
}

void Recorder::Refuse(const v1::Reply& reply) {
  if (failed()) return;
  report_.facts.set_failure(v1::FAILURE_REFUSED);
  *report_.facts.mutable_refusal() = reply;
}

void Recorder::RefuseByHangingUp(const v1::Reply& reply) {
  v1::Facts& facts = report_.facts;
  if (facts.failure() != v1::FAILURE_CLOSED && facts.failure() != v1::FAILURE_RESET) return;
  facts.set_failure(v1::FAILURE_REFUSED);
  *facts.mutable_refusal() = reply;
}

void Recorder::AddNote(v1::Note note) {
  const auto& notes = report_.facts.notes();
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) report_.facts.add_notes(note);
}

v1::Reply Recorder::Store(const RawReply& reply) {
  if (hidden_.empty()) return StoreAsItIs(reply);
  RawReply safe = reply;
  safe.text = WithoutSecrets(reply.text);
  return StoreAsItIs(safe);
}

v1::Reply Recorder::StoreAsItIs(const RawReply& reply) {
  bool truncated = false;
  v1::Reply stored = StoredReply(reply, truncated);
  if (truncated) AddNote(v1::NOTE_TEXT_TRUNCATED);
  return stored;
}

v1::Capabilities Recorder::StoreLines(std::string_view text) {
  bool truncated = false;
  v1::Capabilities stored = StoredLines(text, truncated);
  if (truncated) AddNote(v1::NOTE_TEXT_TRUNCATED);
  return stored;
}

void Recorder::Hide(std::string_view secret) {
  constexpr std::size_t kShortest = 4;  // less is no secret, and is found in every other word
  if (secret.size() >= kShortest) hidden_.emplace_back(secret);
}

std::string Recorder::WithoutSecrets(std::string_view text) const {
  std::string safe(text);
  for (const Secret& secret : hidden_) {
    for (std::size_t at = safe.find(secret.view()); at != std::string::npos;
         at = safe.find(secret.view(), at + kHidden.size())) {
      safe.replace(at, secret.view().size(), kHidden);
    }
  }
  return safe;
}

// Our own lines come without their credentials already (credential_line.h).
void Recorder::Client(std::string_view line) { AddLine(TranscriptLine::From::kClient, line); }
void Recorder::Server(std::string_view line) {
  if (keep_transcript_) AddLine(TranscriptLine::From::kServer, WithoutSecrets(line));
}
void Recorder::Remark(std::string_view words) {
  if (keep_transcript_) AddLine(TranscriptLine::From::kNote, WithoutSecrets(words));
}

void Recorder::AddLine(TranscriptLine::From from, std::string_view line) {
  if (!keep_transcript_) return;
  const auto at = duration_cast<microseconds>(std::chrono::steady_clock::now() - start_);
  report_.transcript.push_back({.from = from, .at = at, .line = Printable(line).text});
}

}  // namespace relaywatch::probe
