//===- Frame.h - Length-delimited frames between client and worker -*- C++
//-*-===//
// SPDX-License-Identifier: MIT
//
// A frame is a fixed head, a header (JSON by convention, but opaque here) and a
// body. Both ends run on one machine, so numbers are in native byte order.
//
// Reading and writing never raise SIGPIPE, never block without a deadline, and
// never read a byte beyond the frame asked for.
//===----------------------------------------------------------------------===//
#ifndef TRITON_EXT_INFRA_WORKER_FRAME_H
#define TRITON_EXT_INFRA_WORKER_FRAME_H

#include "llvm/ADT/StringRef.h"
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace triton_ext::worker {

constexpr uint32_t FrameMagic = 0x57585445; // "ETXW" in memory
constexpr uint16_t ProtocolVersion = 1;
constexpr uint64_t MaxHeaderSize = uint64_t(64) << 20;
constexpr uint64_t MaxBodySize = uint64_t(256) << 20;

enum class FrameKind : uint16_t {
  Hello = 1, ///< worker, once, when it is ready
  Request,   ///< client; `argument` is the memory limit in MiB, 0 for none
  Progress,  ///< worker, any number before a reply: the body says where it is
  Reply,     ///< worker, one a request
  LastWords, ///< worker; `argument` is an EndCause, `detail` its number
};

/// Why a worker that still can say so is about to end.
enum class EndCause : uint32_t { Signal = 1, Exit, OutOfMemory, Idle };

/// Exit codes that a worker keeps for itself.
enum ReservedExit : int {
  ExitOutOfMemory = 86,
  ExitIdle = 87,
  ExitForked = 88,   ///< a forked child of the worker
  ExitNoAnswer = 89, ///< the answer is too large, or the connection closed
};

/// What is on the wire before the header's bytes.
struct FrameHead {
  uint32_t magic = FrameMagic;
  uint16_t version = ProtocolVersion;
  FrameKind kind = FrameKind::Hello;
  uint64_t id = 0;
  uint32_t argument = 0;
  uint32_t detail = 0;
  uint64_t headerSize = 0;
  uint64_t bodySize = 0;
};
static_assert(sizeof(FrameHead) == 40, "the head has no padding");

struct Frame {
  FrameHead head;
  std::string header, body;
};

/// A point in time after which waiting is given up; or never.
class Deadline {
public:
  static Deadline never() { return Deadline(); }
  static Deadline in(std::chrono::milliseconds time);
  bool expired() const;
  /// For poll(): milliseconds left, rounded up; -1 for never.
  int pollTimeout() const;

private:
  std::optional<std::chrono::steady_clock::time_point> end;
};

enum class FrameStatus {
  Done,
  Again,  ///< the other side has to go on first
  Closed, ///< end of the connection, or it broke
  Bad,    ///< what came is not a frame of this protocol
};

/// Sends one frame in as many steps as the socket wants.
class FrameWriter {
public:
  /// Keeps references to the texts. Sizes must be within the maxima.
  FrameWriter(FrameHead head, llvm::StringRef header, llvm::StringRef body);
  /// Sends what can be sent without blocking.
  FrameStatus advance(int fd);

private:
  FrameHead head;
  llvm::StringRef header, body;
  uint64_t sent = 0;
};

/// Receives one frame in as many steps as it arrives in.
class FrameReader {
public:
  /// A frame of which either text is longer than `longest` is Bad.
  explicit FrameReader(uint64_t longest = MaxBodySize) : longest(longest) {}
  /// Receives what is there without blocking.
  FrameStatus advance(int fd);
  bool started() const { return received != 0; }
  /// Complete once advance() returned Done.
  Frame &frame() { return current; }
  /// Gets ready for the next frame.
  void reset();

private:
  bool acceptable() const;
  FrameStatus fill(int fd, std::string &text, uint64_t size);

  Frame current;
  uint64_t longest;
  uint64_t received = 0; // of the head
};

/// Blocking forms; Again means that the deadline passed.
FrameStatus sendFrame(int fd, const FrameHead &head, llvm::StringRef header,
                      llvm::StringRef body, Deadline deadline);
FrameStatus receiveFrame(int fd, Frame &frame, Deadline deadline);

} // namespace triton_ext::worker

#endif // TRITON_EXT_INFRA_WORKER_FRAME_H
