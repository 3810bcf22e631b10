#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "rules/base/glob.h"

namespace purposewatch {
namespace {

constexpr const char* kUsbDevices = "/sys/bus/usb/devices/";

std::string field(const HostView& host, const std::string& device, const char* file) {
  return line_of_file(host.path(kUsbDevices + device + "/" + file)).value_or("");
}

bool has(const HostView& host, const std::string& interface, const char* directory) {
  return is_there(host.path(kUsbDevices + interface + "/" + directory)).value_or(false);
}

// USB-IF's class codes; of class ef those that Linux's rndis_host takes. Adapters of a vendor's own class are
// known by what their drivers have made of them. Nothing: it cannot be told.
std::optional<std::string> use_of(const HostView& host, const std::string& interface) {
  const std::string sort = field(host, interface, "bInterfaceClass");
  if (sort.empty()) return std::nullopt;
  const std::string subclass = field(host, interface, "bInterfaceSubClass");
  if (sort == "03" || has(host, interface, "input")) return "input";
  if (sort == "02" || sort == "0a" || (sort == "ef" && (subclass == "04" || subclass == "01")) ||
      has(host, interface, "net"))
    return "network";
  if (sort == "e0" || has(host, interface, "ieee80211")) return "wireless";
  return "";
}

bool is_allowed(const std::string& id, const std::string& serial, const Safeguard& promised) {
  return std::any_of(promised.allow.begin(), promised.allow.end(), [&](const std::string& glob) {
    return glob_matches(glob, id) || (!serial.empty() && glob_matches(glob, id + ":" + serial));
  });
}

struct UsesFound {
  std::map<std::string, std::string> uses;  // of devices, by their port: "1-2"
  std::vector<std::string> unclear;
};

// "1-2:1.0" is an interface of the device "1-2".
UsesFound devices_in_use(const HostView& host, const std::vector<std::string>& names) {
  UsesFound found;
  for (const std::string& name : names) {
    const std::size_t colon = name.find(':');
    if (colon == std::string::npos) continue;
    const auto use = use_of(host, name);
    if (!use) {
      // One that is being unplugged is gone by now.
      if (has(host, name, ".")) found.unclear.push_back(name);
    } else if (!use->empty()) {
      std::string& uses = found.uses[name.substr(0, colon)];
      if (uses.find(*use) == std::string::npos) uses += (uses.empty() ? "" : ", ") + *use;
    }
  }
  return found;
}

}  // namespace

SafeguardResult check_usb_devices_known(const Safeguard& promised, const HostView& host) {
  const auto names = names_in_directory(host.path(kUsbDevices));
  if (!names || names->empty())
    return is_unknown("there is no USB bus", "Take this safeguard out of the policy of this host.");
  UsesFound devices = devices_in_use(host, *names);
  std::vector<std::string> found;
  for (const auto& [port, uses] : devices.uses) {
    const std::string vendor = field(host, port, "idVendor"), product = field(host, port, "idProduct");
    const std::string serial = field(host, port, "serial"), id = vendor + ":" + product;
    if (vendor.empty() || product.empty())
      devices.unclear.push_back(port);
    else if (!is_allowed(id, serial, promised))
      found.push_back(fmt::format("{} {}{}{} ({}, port {})", id, field(host, port, "product"),
                                  serial.empty() ? "" : ", serial ", serial, uses, port));
  }
  if (!found.empty())
    return is_violated(
        some_of(found),
        "Find out who plugged it in. To cut it off: echo 0 > /sys/bus/usb/devices/PORT/authorized"
        ". If it belongs there, add VENDOR:PRODUCT, or better VENDOR:PRODUCT:SERIAL, to `allow`.");
  if (!devices.unclear.empty())
    return is_unknown("USB " + some_of(devices.unclear) + " cannot be looked at",
                      "Look yourself (lsusb -t), and whether the agent may read /sys.");
  return is_ok(devices.uses.empty() ? "no input or network device on USB"
                                    : "every input or network device on USB is allowed");
}

}  // namespace purposewatch
