#include "cli/text_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/smtp/capabilities.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

using Lines = std::back_insert_iterator<std::string>;

constexpr std::size_t kWidth = 100;

void Row(std::string& out, std::string_view name, std::string_view text) {
  Wrap(out, fmt::format("  {:<12}", name), std::string(14, ' '), text);
}

std::string OneLine(const v1::Reply& reply) {
  std::string text = reply.text();
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::string codes = reply.code() == 0 ? "" : fmt::format("{}", reply.code());
  if (!reply.enhanced().empty()) codes += " " + reply.enhanced();
  return codes.empty() ? text : codes + " " + text;
}

void Heading(std::string& out, const JudgedReport& judged) {
  const auto& judgements = judged.judgements;
  const auto able = std::count_if(judgements.begin(), judgements.end(), [](const auto& entry) {
    return entry.judgement.verdict == v1::VERDICT_OK;
  });
  const std::string where = FormatHostPort(judged.target);
  const std::string& address = judged.report.address;
  const std::string shown =
      address.empty() || address == judged.target.host ? where : where + " (" + address + ")";
  const char* verb = judged.report.facts.protocol() == v1::PROTOCOL_SMTP ? "send" : "receive";
  fmt::format_to(Lines(out), "{}: {} of {} client profiles can {} from here\n\n", shown, able,
                 judgements.size(), verb);
}

struct VerdictRow {
  std::string name;
  std::string verdict;
  std::string words;
};

VerdictRow RowOf(const ProfileJudgement& entry) {
  VerdictRow row{.name = entry.profile->name,
                 .verdict = std::string(Label(entry.judgement.verdict))};
  if (entry.judgement.verdict == v1::VERDICT_OK) return row;  // says it all
  row.words = entry.explanation.summary;
  const auto& codes = entry.explanation.outlook_codes;
  if (!codes.empty()) row.words += fmt::format(" (Outlook shows {})", codes.front());
  return row;
}

// What meets every profile alike (a closed port, a broken certificate) is told once.
std::vector<VerdictRow> VerdictRows(const JudgedReport& judged) {
  const auto& judgements = judged.judgements;
  const auto differs = [&](const ProfileJudgement& entry) {
    return entry.judgement.verdict != judgements.front().judgement.verdict ||
           entry.explanation.summary != judgements.front().explanation.summary;
  };
  if (judgements.size() > 1 && std::none_of(judgements.begin(), judgements.end(), differs)) {
    VerdictRow row = RowOf(judgements.front());
    row.name = "every profile";
    return {row};
  }
  std::vector<VerdictRow> rows;
  for (const auto& entry : judgements) rows.push_back(RowOf(entry));
  return rows;
}

void Verdicts(std::string& out, const JudgedReport& judged) {
  const auto rows = VerdictRows(judged);
  std::size_t name_width = 0;
  std::size_t verdict_width = 0;
  for (const VerdictRow& row : rows) {
    name_width = std::max(name_width, row.name.size());
    verdict_width = std::max(verdict_width, row.verdict.size());
  }
  const std::string indent(2 + name_width + 2 + verdict_width + 2, ' ');
  for (const VerdictRow& row : rows) {
    Wrap(out, fmt::format("  {:<{}}  {:<{}}  ", row.name, name_width, row.verdict, verdict_width),
         indent, row.words);
  }
}

std::string TlsText(const v1::TlsSession& tls) {
  std::string text = tls.version() + " " + tls.cipher();
  const std::string error = VerifyErrorText(tls);
  text += error.empty() ? ", certificate verified" : ", certificate NOT verified: " + error;
  if (tls.has_certificate()) {
    text += fmt::format(" (for {}, valid until {:.10})", fmt::join(tls.certificate().names(), ", "),
                        FormatRfc3339(tls.certificate().not_after() * 1000));
  }
  return text;
}

std::string AuthText(const v1::Facts& facts) {
  const auto set = [&](bool seen, const v1::Capabilities& capabilities) -> std::string {
    if (!seen) return "not seen";
    const auto mechanisms = smtp::AuthMechanisms(capabilities, facts.protocol());
    return mechanisms.empty() ? "none" : fmt::format("{}", fmt::join(mechanisms, " "));
  };
  if (facts.security() == v1::SECURITY_TLS) {
    return set(facts.has_tls_capabilities(), facts.tls_capabilities());
  }
  const std::string plain = set(facts.has_plain(), facts.plain());
  if (!facts.has_tls()) return plain + " (without TLS)";
  return fmt::format("{} before TLS, {} inside TLS", plain,
                     set(facts.has_tls_capabilities(), facts.tls_capabilities()));
}

std::string LoginText(const v1::Login& login) {
  if (login.state() == v1::LOGIN_STATE_UNSPECIFIED) {
    return "not tested: " + (login.reason().empty() ? "the dialogue ended" : login.reason());
  }
  std::string text = fmt::format("{} with {}", Label(login.state()), login.mechanism());
  if (login.has_reply()) text += ": " + OneLine(login.reply());
  return text;
}

std::string CellText(const v1::RelayCell& cell) {
  if (cell.state() != v1::CELL_STATE_REFUSED) return std::string(Label(cell.state()));
  return fmt::format("refused at {}: {}", Label(cell.at()), OneLine(cell.reply()));
}

void RelayRow(std::string& out, std::string_view who, const v1::RelayCells& cells) {
  const bool tested = cells.own().state() != v1::CELL_STATE_UNSPECIFIED ||
                      cells.foreign().state() != v1::CELL_STATE_UNSPECIFIED;
  if (!tested) return;
  Row(out, "relay", fmt::format("{}, own recipient {}", who, CellText(cells.own())));
  Row(out, "", fmt::format("{}, foreign recipient {}", who, CellText(cells.foreign())));
}

std::string PopWindowText(const probe::PopWindow& window) {
  if (!window.closed) {
    return fmt::format("relaying still open {} s after that login", window.open.count());
  }
  return fmt::format("relaying closed again {} to {} s after that login", window.open.count(),
                     window.closed->count());
}

std::string TimeText(const probe::Report& report) {
  const auto ms = [](std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000.0;
  };
  std::vector<std::string> stages;
  for (std::size_t i = 0; i < report.timings.size(); ++i) {
    if (report.timings[i].count() == 0) continue;
    stages.push_back(fmt::format("{} {:.1f}", Label(StageAt(i)), ms(report.timings[i])));
  }
  return fmt::format("{:.1f} ms ({})", ms(report.total), fmt::join(stages, ", "));
}

void Seen(std::string& out, const JudgedReport& judged) {
  const v1::Facts& facts = judged.report.facts;
  out += "\nSeen\n";
  if (facts.has_greeting()) Row(out, "banner", OneLine(facts.greeting()));
  if (facts.has_plain() && facts.security() != v1::SECURITY_TLS) {
    const auto& starttls = facts.starttls();
    Row(out, "STARTTLS",
        starttls.offered() && starttls.has_reply() ? "offered, " + OneLine(starttls.reply())
        : starttls.offered()                       ? "offered, not used"
                                                   : "not offered");
  }
  if (facts.has_tls()) Row(out, "TLS", TlsText(facts.tls()));
  if (facts.has_plain() || facts.has_tls_capabilities()) Row(out, "AUTH", AuthText(facts));
  RelayRow(out, "anonymous", facts.anonymous());
  if (facts.has_login()) Row(out, "login", LoginText(facts.login()));
  RelayRow(out, "logged in", facts.authenticated());
  if (facts.has_pop_login()) Row(out, "POP login", LoginText(facts.pop_login()));
  RelayRow(out, "after a POP login", facts.after_pop_login());
  if (judged.report.pop_window) Row(out, "POP window", PopWindowText(*judged.report.pop_window));
  if (facts.has_refusal()) Row(out, "refusal", OneLine(facts.refusal()));
  if (!facts.detail().empty()) Row(out, "ended", facts.detail());
  Row(out, "time", TimeText(judged.report));
  for (const std::string& finding : judged.findings) Row(out, "note", finding);
}

// The same advice for several profiles is told once.
void WhatToDo(std::string& out, const JudgedReport& judged) {
  std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> groups;
  for (const auto& entry : judged.judgements) {
    if (entry.explanation.advice.empty()) continue;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& known) {
      return known.second == entry.explanation.advice;
    });
    if (group == groups.end()) group = groups.insert(group, {{}, entry.explanation.advice});
    group->first.push_back(entry.profile->name);
  }
  if (groups.empty()) return;
  out += "\nWhat to do\n";
  for (const auto& [profiles, advice] : groups) {
    Wrap(out, "  ", "  ", fmt::format("{}:", fmt::join(profiles, ", ")));
    for (const std::string& step : advice) Wrap(out, "    - ", "      ", step);
  }
}

void Transcript(std::string& out, const probe::Report& report) {
  if (report.transcript.empty()) return;
  out += "\nTranscript\n";
  for (const probe::TranscriptLine& line : report.transcript) {
    using From = probe::TranscriptLine::From;
    const char* from = line.from == From::kClient ? "C:" : line.from == From::kServer ? "S:" : "--";
    fmt::format_to(Lines(out), "  {:>9.1f} {} {}\n", static_cast<double>(line.at.count()) / 1000.0,
                   from, line.line);
  }
}

}  // namespace

void Wrap(std::string& out, std::string_view first, std::string_view rest, std::string_view text) {
  std::string line(first);
  bool empty = true;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (!empty && line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = rest;
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

std::string TextBody(const JudgedReport& judged) {
  std::string out;
  Verdicts(out, judged);
  Seen(out, judged);
  WhatToDo(out, judged);
  return out;
}

std::string TextReport(const JudgedReport& judged) {
  std::string out;
  Heading(out, judged);
  out += TextBody(judged);
  Transcript(out, judged.report);
  return out;
}

}  // namespace relaywatch::cli
