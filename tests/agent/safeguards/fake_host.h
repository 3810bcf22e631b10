// A tree that looks like a host's /sys, /proc and the like, and a policy to check there.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/safeguards/safeguard.h"
#include "rules/language/policy.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {

class FakeHost {
 public:
  // What the policy says besides its head, one class `mail` and `stores` (a flow map's inside; paths as the
  // host has them).
  explicit FakeHost(const std::string& stores = "", const std::string& more = "") {
    const LoadedPolicy loaded =
        check_policy({{"p.yaml", "policy: {name: t, version: 1}\nclasses: {mail: {clause: P2}}\nstores: {" +
                                     stores + "}\n" + more}});
    view.rules = loaded.rules;
    for (const Diagnostic& diagnostic : loaded.diagnostics) problems += to_string(diagnostic) + "\n";
    view.root = tree_.path();
    view.wall_ns = 1'800'000'000'000'000'000;
    view.agent.state_dir = tree_.path() + "/state";
    view.calls.room = [](auto&) { return std::nullopt; };
    view.calls.mount_id = [](auto&) { return std::nullopt; };
    view.calls.clock_is_synchronised = [] { return std::nullopt; };
    view.calls.user_name = [](std::uint32_t uid) { return uid == 0 ? "root" : ""; };
  }

  // path: absolute, as the host has it.
  void file(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(view.root + path).parent_path());
    tree_.write(path.substr(1), text);
  }
  void directory(const std::string& path) const { std::filesystem::create_directories(view.root + path); }
  // target: absolute, as the host has it.
  void link(const std::string& path, const std::string& target) const {
    std::filesystem::create_directories(std::filesystem::path(view.root + path).parent_path());
    std::filesystem::create_symlink(view.root + target, view.root + path);
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(view.root + path); }

  // The policy's safeguard of that name.
  const Safeguard& promised(const std::string& name) const {
    for (const Safeguard& safeguard : view.rules->safeguards)
      if (safeguard.name == name) return safeguard;
    throw std::out_of_range(name + " is not in the policy: " + problems);
  }

  HostView view;
  std::string problems;  // of the policy

 private:
  TempDir tree_;
};

}  // namespace purposewatch
