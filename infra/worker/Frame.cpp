//===- Frame.cpp - Length-delimited frames between client and worker ------===//
// SPDX-License-Identifier: MIT

#include "infra/worker/Frame.h"
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

using namespace triton_ext::worker;
using namespace std::chrono;

/// A length is only believed as far as bytes arrive.
static constexpr uint64_t GrowthStep = uint64_t(1) << 20;

Deadline Deadline::in(milliseconds time) {
  Deadline deadline;
  deadline.end = steady_clock::now() + time;
  return deadline;
}

bool Deadline::expired() const { return end && steady_clock::now() >= *end; }

int Deadline::pollTimeout() const {
  if (!end)
    return -1;
  auto left = ceil<milliseconds>(*end - steady_clock::now()).count();
  return int(std::clamp<long long>(left, 0, INT_MAX));
}

FrameWriter::FrameWriter(FrameHead head, llvm::StringRef header,
                         llvm::StringRef body)
    : head(head), header(header), body(body) {
  this->head.headerSize = header.size();
  this->head.bodySize = body.size();
}

FrameStatus FrameWriter::advance(int fd) {
  const uint64_t total = sizeof(head) + header.size() + body.size();
  while (sent < total) {
    iovec parts[3] = {
        {&head, sizeof(head)},
        {const_cast<char *>(header.data()), header.size()},
        {const_cast<char *>(body.data()), body.size()},
    };
    uint64_t skip = sent;
    for (iovec &part : parts) {
      uint64_t done = std::min<uint64_t>(skip, part.iov_len);
      if (done)
        part.iov_base = static_cast<char *>(part.iov_base) + done;
      part.iov_len -= done;
      skip -= done;
    }
    msghdr message = {};
    message.msg_iov = parts;
    message.msg_iovlen = 3;
    ssize_t count = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0)
      sent += count;
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      return FrameStatus::Again;
    else if (errno != EINTR)
      return FrameStatus::Closed;
  }
  return FrameStatus::Done;
}

/// One recv without blocking: bytes read, or a status.
static FrameStatus receiveSome(int fd, char *to, uint64_t size,
                               uint64_t &count) {
  while (true) {
    ssize_t got = recv(fd, to, size, MSG_DONTWAIT);
    if (got > 0) {
      count = got;
      return FrameStatus::Done;
    }
    if (got == 0)
      return FrameStatus::Closed;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      return FrameStatus::Again;
    if (errno != EINTR)
      return FrameStatus::Closed;
  }
}

bool FrameReader::acceptable() const {
  const FrameHead &head = current.head;
  return head.magic == FrameMagic && head.version == ProtocolVersion &&
         head.kind >= FrameKind::Hello && head.kind <= FrameKind::LastWords &&
         head.headerSize <= std::min(MaxHeaderSize, longest) &&
         head.bodySize <= std::min(MaxBodySize, longest);
}

FrameStatus FrameReader::fill(int fd, std::string &text, uint64_t size) {
  while (text.size() < size) {
    uint64_t have = text.size();
    text.resize(have + std::min(size - have, GrowthStep));
    uint64_t count = 0;
    FrameStatus status =
        receiveSome(fd, text.data() + have, text.size() - have, count);
    text.resize(have + count);
    if (status != FrameStatus::Done)
      return status;
  }
  return FrameStatus::Done;
}

FrameStatus FrameReader::advance(int fd) {
  while (received < sizeof(FrameHead)) {
    uint64_t count = 0;
    FrameStatus status =
        receiveSome(fd, reinterpret_cast<char *>(&current.head) + received,
                    sizeof(FrameHead) - received, count);
    if (status != FrameStatus::Done)
      return status;
    received += count;
    // Judge from the first byte on: garbage may well be shorter than a head,
    // and would else only be noticed at the deadline.
    if (memcmp(&current.head.magic, &FrameMagic,
               std::min<uint64_t>(received, sizeof(FrameMagic))) != 0)
      return FrameStatus::Bad;
    if (received == sizeof(FrameHead) && !acceptable())
      return FrameStatus::Bad;
  }
  FrameStatus status = fill(fd, current.header, current.head.headerSize);
  if (status != FrameStatus::Done)
    return status;
  return fill(fd, current.body, current.head.bodySize);
}

void FrameReader::reset() {
  current = Frame();
  received = 0;
}

/// Waits until `fd` is ready; false once the deadline has passed.
static bool waitFor(int fd, short events, Deadline deadline) {
  while (!deadline.expired()) {
    pollfd wanted = {fd, events, 0};
    int ready = poll(&wanted, 1, deadline.pollTimeout());
    if (ready > 0 || (ready < 0 && errno != EINTR))
      return true;
  }
  return false;
}

FrameStatus triton_ext::worker::sendFrame(int fd, const FrameHead &head,
                                          llvm::StringRef header,
                                          llvm::StringRef body,
                                          Deadline deadline) {
  FrameWriter writer(head, header, body);
  FrameStatus status = writer.advance(fd);
  while (status == FrameStatus::Again && waitFor(fd, POLLOUT, deadline))
    status = writer.advance(fd);
  return status;
}

FrameStatus triton_ext::worker::receiveFrame(int fd, Frame &frame,
                                             Deadline deadline) {
  FrameReader reader;
  FrameStatus status = reader.advance(fd);
  while (status == FrameStatus::Again && waitFor(fd, POLLIN, deadline))
    status = reader.advance(fd);
  frame = std::move(reader.frame());
  return status;
}
