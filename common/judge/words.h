// The words of a server's reply, made ready for matching: lower case, single blanks, and without
// what is no word: addresses, host names, URLs, numbers, ids, dates. "454 4.7.1 <a@relay.example>:
// Relay access denied" reads "relay access denied", so that a host called relay is no relay word.
// Words are prepared once a reply and asked many times; asking allocates nothing.
// Thread-compatible.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaywatch::judge {

// Alternatives, written "relaying|relay access|throttl*": any of these phrases, whole words in this
// order and nothing between them; a '*' at the end lets the last word go on. Lower case, letters
// and digits only: punctuation separates words, apostrophes vanish ("isn't" is "isnt").
class Phrases {
 public:
  Phrases() = default;
  explicit Phrases(std::string_view alternatives);

  bool empty() const { return phrases_.empty(); }

 private:
  friend class Words;
  struct Phrase {
    std::string text;  // with the blanks around it
    std::uint16_t head = 0;
  };
  std::vector<Phrase> phrases_;
};

class Words {
 public:
  explicit Words(std::string_view reply_text);

  bool HasAny(const Phrases& phrases) const;
  const std::string& text() const { return text_; }

 private:
  static constexpr std::size_t kHeads = 4096;

  void AddLine(std::string_view line);
  void AddWord(std::string_view word);
  void AddName(std::string_view name);
  void IndexWords();
  bool Has(const Phrases::Phrase& phrase) const;

  std::string text_ = " ";
  // Phrases are looked up by their first three characters, folded into a number: most are turned
  // away by a bit, the others by a search through one byte a word.
  std::bitset<kHeads> heads_;
  std::string head_of_word_;
  std::vector<std::uint32_t> begin_of_word_;  // the blank before it
};

}  // namespace relaywatch::judge
