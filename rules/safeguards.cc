#include "rules/safeguards.h"

#include <algorithm>

namespace purposewatch {
namespace {

constexpr SafeguardKeys kStores = mask_of(SafeguardKey::kStores), kAllow = mask_of(SafeguardKey::kAllow),
                        kOptions = mask_of(SafeguardKey::kOptions), kFiles = mask_of(SafeguardKey::kFiles),
                        kWithin = mask_of(SafeguardKey::kWithin), kFree = mask_of(SafeguardKey::kFree);

using enum SafeguardKind;

constexpr SafeguardSort kSorts[] = {
    {"chassis-intrusion", kPhysical, "the case has not been opened"},
    {"removable-storage-absent", kPhysical, "no removable medium is plugged in", kAllow},
    {"block-devices-known", kPhysical, "every disk is known, and none is missing", kAllow, kAllow},
    {"usb-devices-known", kPhysical, "no unknown keyboard or network device is plugged in", kAllow},
    {"thunderbolt-authorised", kPhysical, "no Thunderbolt device is used that nobody has allowed"},
    {"console-login-absent", kPhysical, "nobody is logged in at the machine itself", kAllow},
    {"clean-shutdown", kPhysical, "the host was shut down before it was started again"},
    {"hardware-temperature", kPhysical, "no sensor of heat or fans raises an alarm"},
    {"store-encrypted-at-rest", kElectronic, "the disks beneath the stores are encrypted", kStores},
    {"swap-encrypted", kElectronic, "what is swapped out is encrypted, or never on a disk"},
    {"store-mount-options", kElectronic, "the stores are mounted with the options that are asked for",
     kStores | kOptions, kOptions},
    {"store-permissions", kElectronic, "only owners and their groups can enter the stores", kStores},
    {"database-listeners", kElectronic, "the stores' ports are served at the policy's addresses only",
     kStores},
    {"kernel-lockdown", kElectronic, "not even root can change the running kernel"},
    {"module-loading", kElectronic, "no unsigned module can be loaded"},
    {"ptrace-restricted", kElectronic, "no process can look into another that is not its child"},
    {"core-dumps", kElectronic, "what a crashed process had in memory is not left where others read it"},
    {"unprivileged-bpf-off", kElectronic, "only the privileged can load BPF programs"},
    {"loginuid-immutable", kElectronic, "who has logged in cannot be changed by sudo or su"},
    {"secure-boot", kElectronic, "the firmware starts nothing that is not signed"},
    {"agent-integrity", kElectronic, "the agent's program and unit are as they were installed", kFiles},
    {"metrics-protected", kElectronic, "who reads metrics from elsewhere says who they are, encrypted"},
    {"time-synchronised", kElectronic, "the clock is set by others, so that records agree"},
    {"sensor-alive", kElectronic, "the agent sees every access"},
    {"raid-healthy", kLoss, "no array lacks a disk"},
    {"disk-healthy", kLoss, "no disk says that it is failing", kFiles},
    {"filesystem-healthy", kLoss,
     "no file system has found errors in itself, or is read-only because of them", kStores},
    {"store-space", kLoss, "the stores have room left", kStores | kFree},
    {"backup-fresh", kLoss, "the last backup that was successful is not too old", kFiles | kWithin, kFiles,
     "26h"},
    {"evidence-verified", kLoss, "the evidence was verified not long ago", kWithin, 0, "7d"},
    {"policy-reviewed", kManagerial, "a person has read the policy again when they had to"},
    {"policy-tests-pass", kManagerial, "the policy answers as its tests say"},
    {"grants-in-order", kManagerial, "every grant has a reference and an approver, and ends in time"},
    {"break-glass-reviewed", kManagerial,
     "of grants that nobody approved, somebody has looked at each in time", kWithin, 0, "1d"},
    {"incidents-reviewed", kManagerial, "no incident is open for too long", kWithin, 0, "7d"},
};

}  // namespace

std::span<const SafeguardSort> safeguard_sorts() {
  return kSorts;
}

const SafeguardSort* safeguard_sort(std::string_view name) {
  const auto* found = std::find_if(std::begin(kSorts), std::end(kSorts),
                                   [&](const SafeguardSort& sort) { return sort.name == name; });
  return found == std::end(kSorts) ? nullptr : found;
}

}  // namespace purposewatch
