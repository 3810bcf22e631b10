#include "agent/flow/passed_descriptor.h"

#include <sys/socket.h>

#include <cstring>

namespace purposewatch {
namespace {

// A message with room for one descriptor. Its parts point to each other, so it stays where it was made.
struct Message {
  Message() {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  char byte = 0;
  iovec data{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
};

}  // namespace

bool send_descriptor(int socket, int descriptor) {
  Message message;
  cmsghdr* head = CMSG_FIRSTHDR(&message.header);
  *head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  std::memcpy(CMSG_DATA(head), &descriptor, sizeof(descriptor));
  return sendmsg(socket, &message.header, 0) == 1;
}

Descriptor receive_descriptor(int socket) {
  Message message;
  int received = -1;
  if (recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message.header) != nullptr)
    std::memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message.header)), sizeof(received));
  return Descriptor(received);
}

}  // namespace purposewatch
