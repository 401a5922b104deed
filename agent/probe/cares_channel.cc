#include "agent/probe/cares_channel.h"

#include <sys/time.h>

#include <chrono>
#include <utility>

namespace relaywatch::probe {

struct CaresChannel::Socket {
  Socket(asio::io_context& io, ares_socket_t number) : fd(number), descriptor(io, number) {}

  const ares_socket_t fd;
  asio::posix::stream_descriptor descriptor;
  bool wants[2] = {};    // to read, to write
  bool watched[2] = {};  // a wait is out
};

namespace {

template <typename Done>
struct Pending {
  std::shared_ptr<CaresChannel> channel;
  std::size_t* count;
  Done done;
};
using PendingAddrInfo = Pending<CaresChannel::Done>;
using PendingQuery = Pending<CaresChannel::Answered>;

}  // namespace

std::shared_ptr<CaresChannel> CaresChannel::Create(asio::io_context& io, const std::string& servers,
                                                   int& status) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  status = library;
  if (status != ARES_SUCCESS) return nullptr;
  const std::shared_ptr<CaresChannel> self(new CaresChannel(io));
  ares_options options{};
  options.timeout = 2'000;  // ms, the first try; c-ares doubles it
  options.tries = 3;
  options.sock_state_cb = &CaresChannel::OnSocketState;
  options.sock_state_cb_data = self.get();
  status = ares_init_options(&self->channel_, &options,
                             ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status == ARES_SUCCESS && !servers.empty()) {
    status = ares_set_servers_ports_csv(self->channel_, servers.c_str());
  }
  return status == ARES_SUCCESS ? self : nullptr;
}

CaresChannel::~CaresChannel() {
  if (channel_ != nullptr) ares_destroy(channel_);
}

void CaresChannel::Stop() {
  const auto self = shared_from_this();  // the last query may hold the last reference
  ares_destroy(std::exchange(channel_, nullptr));
  timer_.cancel();
}

void CaresChannel::GetAddrInfo(const std::string& host, int family, Done done) {
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;  // one entry an address, not one for each kind of socket
  ++pending_;
  auto query = std::make_unique<PendingAddrInfo>(
      PendingAddrInfo{shared_from_this(), &pending_, std::move(done)});
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &CaresChannel::OnAddrInfo,
                   query.release());
  ArmTimer();
}

void CaresChannel::OnAddrInfo(void* argument, int status, int /*timeouts*/, ares_addrinfo* result) {
  const std::unique_ptr<PendingAddrInfo> query(static_cast<PendingAddrInfo*>(argument));
  const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(result,
                                                                           &ares_freeaddrinfo);
  --*query->count;
  query->done(status, owned.get());
}

void CaresChannel::Query(const std::string& name, int type, Answered answered) {
  constexpr int kInternet = 1;
  ++pending_;
  auto query = std::make_unique<PendingQuery>(
      PendingQuery{shared_from_this(), &pending_, std::move(answered)});
  ares_query(channel_, name.c_str(), kInternet, type, &CaresChannel::OnReply, query.release());
  ArmTimer();
}

void CaresChannel::OnReply(void* argument, int status, int /*timeouts*/, unsigned char* reply,
                           int size) {
  const std::unique_ptr<PendingQuery> query(static_cast<PendingQuery*>(argument));
  --*query->count;
  const bool has_reply = status == ARES_SUCCESS && reply != nullptr && size > 0;
  query->done(status, has_reply ? std::span(reply, static_cast<std::size_t>(size))
                                : std::span<unsigned char>());
}

void CaresChannel::OnSocketState(void* self, ares_socket_t fd, int readable, int writable) {
  auto& channel = *static_cast<CaresChannel*>(self);
  std::shared_ptr<Socket>& socket = channel.sockets_[fd];
  if (readable == 0 && writable == 0) {
    // c-ares closes it next; its waits end with operation_aborted.
    if (socket) {
      socket->wants[0] = socket->wants[1] = false;
      socket->descriptor.release();
    }
    channel.sockets_.erase(fd);
    return;
  }
  if (!socket) socket = std::make_shared<Socket>(channel.io_, fd);
  socket->wants[0] = readable != 0;
  socket->wants[1] = writable != 0;
  channel.Watch(socket, false);
  channel.Watch(socket, true);
}

void CaresChannel::Watch(const std::shared_ptr<Socket>& socket, bool for_writing) {
  if (!socket->wants[for_writing] || std::exchange(socket->watched[for_writing], true)) return;
  using Descriptor = asio::posix::stream_descriptor;
  socket->descriptor.async_wait(
      for_writing ? Descriptor::wait_write : Descriptor::wait_read,
      [self = shared_from_this(), socket, for_writing](const std::error_code& error) {
        socket->watched[for_writing] = false;
        if (error || self->channel_ == nullptr || !socket->wants[for_writing]) return;
        ares_process_fd(self->channel_, for_writing ? ARES_SOCKET_BAD : socket->fd,
                        for_writing ? socket->fd : ARES_SOCKET_BAD);
        if (self->channel_ == nullptr) return;
        self->Watch(socket, for_writing);
        self->ArmTimer();
      });
}

void CaresChannel::ArmTimer() {
  timeval buffer{};
  const timeval* next = channel_ == nullptr ? nullptr : ares_timeout(channel_, nullptr, &buffer);
  if (next == nullptr) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::seconds(next->tv_sec) +
                       std::chrono::microseconds(next->tv_usec));
  timer_.async_wait([self = shared_from_this()](const std::error_code& error) {
    if (error || self->channel_ == nullptr) return;
    ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    self->ArmTimer();
  });
}

}  // namespace relaywatch::probe
