#include <map>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"

// What a Thunderbolt device may do depends on its domain's security level
// (Documentation/admin-guide/thunderbolt.rst):
//   user, secure               a person, or a program for them, has to let each device in: whoever is in was
//                              allowed
//   dponly, usbonly, nopcie    no device is let at memory at all
//   none                       every device is let in when it is plugged in, and nobody is asked
// With `none`, only an IOMMU keeps the next device off the host's memory. So it is a violation without one,
// even while nothing is plugged in; with one, when a device is in that nobody was asked about.
namespace purposewatch {
namespace {

constexpr const char* kThunderboltDevices = "/sys/bus/thunderbolt/devices/";
constexpr std::string_view kDomain = "domain";

struct Domain {
  std::string security;
  bool has_iommu = false;
};

std::map<std::string, Domain> domains_of(const HostView& host, const std::vector<std::string>& names) {
  std::map<std::string, Domain> domains;
  for (const std::string& name : names) {
    if (!name.starts_with(kDomain)) continue;
    const std::string path = host.path(kThunderboltDevices + name);
    domains[name.substr(kDomain.size())] = {
        .security = line_of_file(path + "/security").value_or(""),
        .has_iommu = number_of_file(path + "/iommu_dma_protection").value_or(0) == 1};
  }
  return domains;
}

// "0-1" is a device of domain 0, and "0-0" the host itself. Ports, retimers and services have other signs in
// their names, other hosts no `authorized`.
std::string domain_of_device(const std::string& name) {
  const std::size_t dash = name.find('-');
  if (dash == std::string::npos || name.substr(dash) == "-0") return "";
  return name.find_first_of(":._") == std::string::npos ? name.substr(0, dash) : "";
}

std::string title_of(const HostView& host, const std::string& device) {
  const std::string path = host.path(kThunderboltDevices + device);
  return device + ": " + line_of_file(path + "/vendor_name").value_or("unknown vendor") + " " +
         line_of_file(path + "/device_name").value_or("unknown device");
}

bool asks(const Domain& domain) {
  for (const char* level : {"user", "secure", "dponly", "usbonly", "nopcie"})
    if (domain.security == level) return true;
  return false;
}

}  // namespace

SafeguardResult check_thunderbolt_authorised(const Safeguard&, const HostView& host) {
  const auto names = names_in_directory(host.path(kThunderboltDevices));
  const auto domains = domains_of(host, names.value_or(std::vector<std::string>()));
  if (domains.empty())
    return is_unknown("there is no Thunderbolt", "Take this safeguard out of the policy of this host.");
  std::vector<std::string> found, unclear, in_use;
  for (const auto& [number, domain] : domains) {
    if (domain.security == "none" && !domain.has_iommu)
      found.push_back("domain " + number + " lets every device at memory (security none, no IOMMU)");
    else if (domain.security != "none" && !asks(domain))
      unclear.push_back("the security level of domain " + number + " is not known");
  }
  for (const std::string& name : *names) {
    const auto domain = domains.find(domain_of_device(name));
    if (domain == domains.end() ||
        number_of_file(host.path(kThunderboltDevices + name + "/authorized")).value_or(0) == 0)
      continue;
    in_use.push_back(title_of(host, name));
    if (domain->second.security == "none")
      found.push_back(title_of(host, name) + " was let in without being allowed");
  }
  if (!found.empty())
    return is_violated(some_of(found),
                       "Set Thunderbolt's security to user or secure in the firmware's setup, and switch the "
                       "IOMMU on; unplug what nobody knows (boltctl list).");
  if (!unclear.empty())
    return is_unknown(some_of(unclear),
                      "Look yourself: boltctl domains. Is the kernel newer than the agent?");
  return is_ok(in_use.empty() ? "no Thunderbolt device is in use" : some_of(in_use) + ": allowed");
}

}  // namespace purposewatch
