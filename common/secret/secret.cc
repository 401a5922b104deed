#include "common/secret/secret.h"

#include <openssl/crypto.h>
#include <sys/prctl.h>

#include <algorithm>

namespace relaywatch {

Secret::Secret(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  bytes_ = {new char[size + 1], Wipe{size}};
  char* end = bytes_.get();
  for (const std::string_view part : parts) end = std::copy(part.begin(), part.end(), end);
  *end = '\0';
}

void Secret::Wipe::operator()(char* bytes) const {
  WipeBytes(bytes, size);
  delete[] bytes;
}

void WipeBytes(void* bytes, std::size_t size) { OPENSSL_cleanse(bytes, size); }

// Unlike a limit of 0 (setrlimit(2)) this also stops a dump into a pipe (core(5)).
void KeepMemoryPrivate() { prctl(PR_SET_DUMPABLE, 0); }

}  // namespace relaywatch
