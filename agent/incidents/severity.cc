#include "agent/incidents/severity.h"

namespace purposewatch {

Severity severity_of(AccessKind kind, Reason reason) {
  if (kind == AccessKind::kMemory || kind == AccessKind::kDevice || reason == Reason::kTampered ||
      (reason == Reason::kNoEgress && kind == AccessKind::kConnect))
    return Severity::kCritical;
  const bool is_of_names = kind == AccessKind::kList || kind == AccessKind::kAttr;
  if (reason == Reason::kUnknownService) return is_of_names ? Severity::kWarning : Severity::kCritical;
  return is_of_names ? Severity::kNotice : Severity::kWarning;
}

Threat threat_of(AccessKind kind, Reason reason) {
  if (reason == Reason::kNoEgress) return Threat::kDisclosure;
  switch (kind) {
    case AccessKind::kWrite:
    case AccessKind::kCreate:
    case AccessKind::kRename:
    case AccessKind::kAttr:
      return Threat::kAlteration;
    case AccessKind::kDelete:
      return Threat::kLoss;
    case AccessKind::kRead:
    case AccessKind::kList:
    case AccessKind::kExec:
    case AccessKind::kConnect:
    case AccessKind::kMemory:
    case AccessKind::kDevice:
      break;
  }
  return Threat::kMisuse;
}

}  // namespace purposewatch
