//===- FrameTest.cpp - Frames over a socket pair --------------------------===//
// SPDX-License-Identifier: MIT

#include "infra/worker/Frame.h"
#include "gtest/gtest.h"
#include <csignal>
#include <cstring>
#include <pthread.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace triton_ext::worker;
using namespace std::chrono_literals;

namespace {
class FrameTest : public testing::Test {
protected:
  FrameTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0); }
  ~FrameTest() override {
    hangUp(0);
    hangUp(1);
  }
  void hangUp(int end) {
    if (fds[end] >= 0)
      close(fds[end]);
    fds[end] = -1;
  }
  FrameStatus send(llvm::StringRef header, llvm::StringRef body,
                   Deadline deadline = Deadline::in(5s)) {
    FrameHead head;
    head.kind = FrameKind::Request;
    head.id = 7;
    return sendFrame(fds[0], head, header, body, deadline);
  }
  FrameStatus receive(Frame &frame, Deadline deadline = Deadline::in(5s)) {
    return receiveFrame(fds[1], frame, deadline);
  }
  /// Sends a head that differs from a good one in what `change` does.
  template <typename ChangeFn> FrameStatus receiveChanged(ChangeFn change) {
    FrameHead head;
    change(head);
    EXPECT_EQ(write(fds[0], &head, sizeof(head)), ssize_t(sizeof(head)));
    Frame frame;
    return receive(frame, Deadline::in(100ms));
  }

  int fds[2] = {-1, -1};
};
} // namespace

TEST_F(FrameTest, CarriesAnyBytes) {
  std::string body("\0\xff\n\0", 4);
  ASSERT_EQ(send("{}", body), FrameStatus::Done);
  Frame frame;
  ASSERT_EQ(receive(frame), FrameStatus::Done);
  EXPECT_EQ(frame.head.kind, FrameKind::Request);
  EXPECT_EQ(frame.head.id, 7u);
  EXPECT_EQ(frame.header, "{}");
  EXPECT_EQ(frame.body, body);
}

TEST_F(FrameTest, CarriesNothing) {
  ASSERT_EQ(send("", ""), FrameStatus::Done);
  Frame frame;
  ASSERT_EQ(receive(frame), FrameStatus::Done);
  EXPECT_EQ(frame.header + frame.body, "");
}

TEST_F(FrameTest, FollowingFramesStayApart) {
  ASSERT_EQ(send("one", "first"), FrameStatus::Done);
  ASSERT_EQ(send("two", "second"), FrameStatus::Done);
  Frame frame;
  ASSERT_EQ(receive(frame), FrameStatus::Done);
  EXPECT_EQ(frame.body, "first");
  ASSERT_EQ(receive(frame), FrameStatus::Done);
  EXPECT_EQ(frame.body, "second");
}

TEST_F(FrameTest, MoreThanTheSocketHolds) {
  std::string body(30'000'000, 'b');
  body[12'345'678] = '!';
  std::thread sender([&] { EXPECT_EQ(send("big", body), FrameStatus::Done); });
  Frame frame;
  EXPECT_EQ(receive(frame), FrameStatus::Done);
  sender.join();
  EXPECT_TRUE(frame.body == body);
}

TEST_F(FrameTest, ByteByByte) {
  FrameHead head;
  head.kind = FrameKind::Reply;
  head.headerSize = 2;
  head.bodySize = 3;
  std::string wire(reinterpret_cast<char *>(&head), sizeof(head));
  wire += "hdbdy";
  FrameReader reader;
  for (size_t i = 0; i < wire.size(); ++i) {
    ASSERT_EQ(reader.advance(fds[1]), FrameStatus::Again) << i;
    ASSERT_EQ(write(fds[0], &wire[i], 1), 1);
  }
  ASSERT_EQ(reader.advance(fds[1]), FrameStatus::Done);
  EXPECT_EQ(reader.frame().header, "hd");
  EXPECT_EQ(reader.frame().body, "bdy");
}

TEST_F(FrameTest, SignalsDoNotInterrupt) {
  struct sigaction action = {}, before;
  action.sa_handler = [](int) {};
  sigaction(SIGUSR1, &action, &before);
  std::string body(8'000'000, 's');
  std::atomic<bool> done{false};
  std::thread receiver([&] {
    Frame frame;
    EXPECT_EQ(receive(frame), FrameStatus::Done);
    EXPECT_TRUE(frame.body == body);
    done = true;
    // Stay until the signals are over.
    usleep(20000);
  });
  std::thread pest([&, target = receiver.native_handle()] {
    for (int i = 0; i < 200 && !done; ++i) {
      pthread_kill(target, SIGUSR1);
      usleep(50);
    }
  });
  usleep(2000);
  EXPECT_EQ(send("", body), FrameStatus::Done);
  pest.join();
  receiver.join();
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(FrameTest, DeadlineWithoutFrame) {
  Frame frame;
  auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(receive(frame, Deadline::in(50ms)), FrameStatus::Again);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
}

TEST_F(FrameTest, DeadlineWhenNobodyReads) {
  EXPECT_EQ(send("", std::string(30'000'000, 'b'), Deadline::in(50ms)),
            FrameStatus::Again);
}

TEST_F(FrameTest, OtherSideGone) {
  hangUp(0);
  Frame frame;
  EXPECT_EQ(receive(frame), FrameStatus::Closed);
}

TEST_F(FrameTest, SendingToNobodyRaisesNoSignal) {
  hangUp(1);
  EXPECT_EQ(send("", "body"), FrameStatus::Closed);
}

TEST_F(FrameTest, RefusesGarbage) {
  Frame frame;
  ASSERT_EQ(write(fds[0], "Hello, I am not a frame", 23), 23);
  EXPECT_EQ(receive(frame), FrameStatus::Bad);
}

TEST_F(FrameTest, RefusesOtherProtocols) {
  EXPECT_EQ(receiveChanged([](FrameHead &head) { ++head.version; }),
            FrameStatus::Bad);
}

TEST_F(FrameTest, RefusesUnknownKinds) {
  EXPECT_EQ(receiveChanged([](FrameHead &head) { head.kind = FrameKind(99); }),
            FrameStatus::Bad);
}

TEST_F(FrameTest, RefusesSillyLengths) {
  EXPECT_EQ(
      receiveChanged([](FrameHead &head) { head.bodySize = MaxBodySize + 1; }),
      FrameStatus::Bad);
}

TEST_F(FrameTest, BelievesALengthOnlyAsItArrives) {
  FrameHead head;
  head.bodySize = MaxBodySize;
  ASSERT_EQ(write(fds[0], &head, sizeof(head)), ssize_t(sizeof(head)));
  FrameReader reader;
  EXPECT_EQ(reader.advance(fds[1]), FrameStatus::Again);
  EXPECT_LT(reader.frame().body.capacity(), size_t(4) << 20);
}
