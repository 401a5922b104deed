// One c-ares channel in an Asio loop: its sockets are waited for, never owned, and one timer drives
// its retransmissions. Shared by its handlers; Stop breaks the circle.
// Confined to the thread of its io_context. c-ares wants ares_library_init once; Create sees to it.
#pragma once

#include <ares.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace relaywatch::probe {

class CaresChannel : public std::enable_shared_from_this<CaresChannel> {
 public:
  // `result` is null unless `status` is ARES_SUCCESS, and belongs to the channel.
  using Done = std::function<void(int status, const ares_addrinfo* result)>;
  // `reply`: a whole DNS message, empty unless `status` is ARES_SUCCESS; belongs to the channel.
  using Answered = std::function<void(int status, std::span<const unsigned char> reply)>;

  // nullptr where c-ares cannot be initialised; `status` says why.
  static std::shared_ptr<CaresChannel> Create(asio::io_context& io, const std::string& servers,
                                              int& status);
  ~CaresChannel();

  // `done` is called exactly once, perhaps before this returns; with ARES_EDESTRUCTION by Stop.
  void GetAddrInfo(const std::string& host, int family, Done done);
  // `type`: of the records asked for, by its number (RFC 1035, section 3.2.2).
  void Query(const std::string& name, int type, Answered answered);
  bool idle() const { return pending_ == 0; }
  void Stop();

 private:
  struct Socket;
  explicit CaresChannel(asio::io_context& io) : io_(io), timer_(io) {}

  static void OnSocketState(void* self, ares_socket_t fd, int readable, int writable);
  static void OnAddrInfo(void* query, int status, int timeouts, ares_addrinfo* result);
  static void OnReply(void* query, int status, int timeouts, unsigned char* reply, int size);
  void Watch(const std::shared_ptr<Socket>& socket, bool for_writing);
  void ArmTimer();

  asio::io_context& io_;
  asio::steady_timer timer_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
  std::size_t pending_ = 0;
};

}  // namespace relaywatch::probe
