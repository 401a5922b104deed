#include "common/facts/normalise.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "common/facts/dates.h"
#include "common/facts/text.h"
#include "common/smtp/capabilities.h"

namespace relaywatch::facts {
namespace {

constexpr char kVariable = '#';

// Shorter words without a digit are words, whatever else they are.
constexpr std::size_t kLongestPlainWord = 23;

void AppendWithoutDigits(std::string_view text, std::size_t min_run, std::string& out) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && IsDigit(text[end])) ++end;
    if (end - i >= min_run) {
      out += kVariable;
    } else {
      end = std::max(end, i + 1);
      out += text.substr(i, end - i);
    }
    i = end;
  }
}

bool HoldsMachineId(std::string_view name) {
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find_first_of(".-_", begin), name.size());
    if (IsMachineId(name.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

// Members of a pool differ in digits or in a whole made-up label.
void AppendHost(std::string_view host, std::string& out) {
  std::size_t begin = 0;
  while (begin <= host.size()) {
    const std::size_t end = std::min(host.find('.', begin), host.size());
    const std::string_view label = host.substr(begin, end - begin);
    if (begin > 0) out += '.';
    if (HoldsMachineId(label)) {
      out += kVariable;
    } else {
      AppendWithoutDigits(label, 1, out);
    }
    begin = end + 1;
  }
}

void AppendName(std::string_view name, std::string& out) {
  std::string_view dots;
  const std::size_t last = name.find_last_not_of('.');
  if (last != std::string_view::npos) dots = name.substr(last + 1);
  name.remove_suffix(dots.size());
  const std::string_view code = name.starts_with('#') ? name.substr(1) : name;  // qmail: (#5.7.1)
  if (IsEnhancedCode(code) || IsFieldWord(name)) {
    out += name;
  } else if (IsHostName(name)) {
    AppendHost(name, out);
  } else if (HoldsMachineId(name)) {
    out += kVariable;
  } else {
    AppendWithoutDigits(name, 2, out);
  }
  out += dots;
}

bool HasDigit(std::string_view text) { return std::any_of(text.begin(), text.end(), IsDigit); }

// A run of name characters and colons: an address, a time, or names.
void AppendRun(std::string_view run, bool is_local_part, std::string& out) {
  std::string_view tail;
  while (run.size() > 1 && (run.back() == ':' || run.back() == '.') && !run.ends_with("::")) {
    tail = std::string_view(run.data() + run.size() - 1, tail.size() + 1);
    run.remove_suffix(1);
  }
  constexpr std::string_view kIpv6Tag = "IPv6:";  // RFC 5321 section 4.1.3
  if (run.starts_with(kIpv6Tag)) {
    out += kIpv6Tag;
    run.remove_prefix(kIpv6Tag.size());
  }
  if (IsAddressOrTime(run) || (is_local_part && HasDigit(run))) {
    out += kVariable;
  } else {
    std::size_t begin = 0;
    while (begin <= run.size()) {
      const std::size_t end = std::min(run.find(':', begin), run.size());
      if (begin > 0) out += ':';
      AppendName(run.substr(begin, end - begin), out);
      begin = end + 1;
    }
  }
  out += tail;
}

void AppendWord(std::string_view word, std::string& out) {
  if (word.size() <= kLongestPlainWord && !HasDigit(word)) {
    out += word;
    return;
  }
  const auto in_run = [](char c) { return IsNameChar(c) || c == ':'; };
  for (std::size_t i = 0; i < word.size();) {
    std::size_t end = i;
    while (end < word.size() && in_run(word[end])) ++end;
    if (end == i) {
      out += word[i++];
      continue;
    }
    AppendRun(word.substr(i, end - i), end < word.size() && word[end] == '@', out);
    i = end;
  }
}

// Blanks between words are the server's and stay; a date's own go with it.
void AppendLine(std::string_view line, std::string& out) {
  const auto words = SplitWords(line);
  const char* written = line.data();
  WordSpan date = FindDate(words, 0);
  for (std::size_t i = 0; i < words.size();) {
    out.append(written, static_cast<std::size_t>(words[i].data() - written));
    std::size_t last = i;
    if (i == date.begin) {
      out += kVariable;
      last = date.end - 1;
      date = FindDate(words, date.end);
    } else {
      AppendWord(words[i], out);
    }
    written = words[last].data() + words[last].size();
    i = last + 1;
  }
  out.append(written, static_cast<std::size_t>(line.data() + line.size() - written));
}

void NormaliseReply(v1::Reply& reply) { reply.set_text(NormaliseText(reply.text())); }

void NormaliseGreeting(v1::Reply& greeting) {
  // What a middlebox masks has no words, only the length of what was there.
  if (smtp::IsMaskedBanner(greeting.text())) {
    greeting.set_text(std::string(10, '*'));
  } else {
    NormaliseReply(greeting);
  }
}

// The first line is a greeting with names and addresses; keywords and their arguments are policy.
void NormaliseEhlo(v1::Capabilities& answer) {
  if (answer.lines_size() > 0) answer.set_lines(0, NormaliseText(answer.lines(0)));
}

void NormaliseCells(v1::RelayCells& cells) {
  if (cells.own().has_reply()) NormaliseReply(*cells.mutable_own()->mutable_reply());
  if (cells.foreign().has_reply()) NormaliseReply(*cells.mutable_foreign()->mutable_reply());
}

}  // namespace

std::string NormaliseText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (begin > 0) out += '\n';
    AppendLine(text.substr(begin, end - begin), out);
    begin = end + 1;
  }
  return out;
}

void Normalise(v1::Facts& facts) {
  facts.set_detail(NormaliseText(facts.detail()));
  if (facts.has_refusal()) NormaliseReply(*facts.mutable_refusal());
  if (facts.has_greeting()) NormaliseGreeting(*facts.mutable_greeting());
  if (facts.protocol() == v1::PROTOCOL_SMTP) {
    if (facts.has_plain()) NormaliseEhlo(*facts.mutable_plain());
    if (facts.has_tls_capabilities()) NormaliseEhlo(*facts.mutable_tls_capabilities());
  }
  if (facts.starttls().has_reply()) NormaliseReply(*facts.mutable_starttls()->mutable_reply());
  if (facts.login().has_reply()) NormaliseReply(*facts.mutable_login()->mutable_reply());
  if (facts.pop_login().has_reply()) NormaliseReply(*facts.mutable_pop_login()->mutable_reply());
  if (facts.blind_auth().has_reply()) NormaliseReply(*facts.mutable_blind_auth()->mutable_reply());
  if (facts.has_anonymous()) NormaliseCells(*facts.mutable_anonymous());
  if (facts.has_authenticated()) NormaliseCells(*facts.mutable_authenticated());
  if (facts.has_after_pop_login()) NormaliseCells(*facts.mutable_after_pop_login());
}

std::string Digest(const v1::Facts& normalised) {
  // Facts has no map field, so field order makes the serialisation deterministic.
  const std::string bytes = normalised.SerializeAsString();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace relaywatch::facts
