// How a sensor outlives its process, and is taken over by the next one.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/kernel/clock.h"
#include "agent/kernel/inode_key.h"
#include "agent/kernel/pins.h"
#include "agent/kernel/sensor.h"
#include "sensor.skel.h"

namespace purposewatch {
namespace {

bool is_iterator(const bpf_program* program) {
  return bpf_program__expected_attach_type(program) == BPF_TRACE_ITER;
}

// A map that has the definition of this one, so that programs for the one are right for the other.
Result<Descriptor> same_map(const std::string& path, const bpf_map* map) {
  Descriptor pinned(bpf_obj_get(path.c_str()));
  bpf_map_info info{};
  __u32 length = sizeof(info);
  if (!pinned || bpf_obj_get_info_by_fd(pinned.get(), &info, &length) != 0)
    return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
      info.value_size != bpf_map__value_size(map) || info.max_entries != bpf_map__max_entries(map))
    return fail(path + " is another kind of map than it was");
  return pinned;
}

}  // namespace

// What makes a sensor another one: the object, what is constant in it, and the sizes that are set at load.
std::string Sensor::name_for_pins() const {
  std::size_t size = 0;
  const void* object = sensor_bpf__elf_bytes(&size);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  EVP_DigestUpdate(hash.get(), object, size);
  EVP_DigestUpdate(hash.get(), skeleton_->rodata, sizeof(*skeleton_->rodata));
  const __u32 slots = bpf_map__max_entries(skeleton_->maps.permitted);
  EVP_DigestUpdate(hash.get(), &slots, sizeof(slots));
  EVP_DigestFinal_ex(hash.get(), digest, &length);
  std::string name = fmt::format("{}-", name_of(backend_));
  for (int i = 0; i < 8; ++i) name += fmt::format("{:02x}", digest[i]);
  return name;
}

void Sensor::want_what_is_loaded() {
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(skeleton_->obj, program)) != nullptr)
    if (bpf_program__autoload(program)) wanted_.insert(program);
}

void Sensor::look_for_pins(const SensorOptions& options) {
  want_what_is_loaded();
  (void)!getrandom(&skeleton_->bss->instance, sizeof(skeleton_->bss->instance), 0);
  skeleton_->bss->agent_tgid = static_cast<__u32>(getpid());
  if (options.pins == nullptr) return;
  pins_ = options.pins;
  pin_name_ = name_for_pins();
  if (!pins_->has(pin_name_)) return;
  if (is_known(options)) {
    if (const auto taken = take_over(); taken)
      return;
    else
      spdlog::error("the sensor cannot be taken over: {}", taken.error().message);
  }
  if (auto removed = pins_->remove(pin_name_); !removed) spdlog::error("{}", removed.error().message);
}

bool Sensor::is_known(const SensorOptions& options) const {
  const bpf_map* variables = skeleton_->maps.bss;
  const auto map = same_map(pins_->path_of_map(pin_name_, bpf_map__name(variables)), variables);
  if (!map) return false;
  std::vector<char> value(bpf_map__value_size(variables));
  const __u32 only = 0;
  if (bpf_map_lookup_elem(map->get(), &only, value.data()) != 0) return false;
  std::uint64_t instance = 0;
  const auto offset = reinterpret_cast<const char*>(&skeleton_->bss->instance) -
                      reinterpret_cast<const char*>(skeleton_->bss);
  std::memcpy(&instance, value.data() + offset, sizeof(instance));
  return options.known_instance == instance;
}

Result<void> Sensor::take_over() {
  std::vector<std::pair<bpf_map*, Descriptor>> maps;
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(skeleton_->obj, map)) != nullptr) {
    auto pinned = same_map(pins_->path_of_map(pin_name_, bpf_map__name(map)), map);
    if (!pinned) return tl::unexpected(pinned.error());
    maps.emplace_back(map, std::move(*pinned));
  }
  for (const auto& [ours, pinned] : maps)
    if (bpf_map__reuse_fd(ours, pinned.get()) != 0)
      return fail(fmt::format("{}: {}", bpf_map__name(ours), std::strerror(errno)));
  for (bpf_program* program : wanted_) {
    const std::string name = bpf_program__name(program);
    const bool is_linked = access(pins_->path_of_link(pin_name_, name).c_str(), F_OK) == 0 ||
                           access(pins_->path_of_link(pin_name_, name + "-0").c_str(), F_OK) == 0;
    if (!is_linked || is_iterator(program)) continue;
    bpf_program__set_autoload(program, false);
    programs_taken_over_[name] = Descriptor(bpf_obj_get(pins_->path_of_program(pin_name_, name).c_str()));
  }
  is_taken_over_ = stays_ = true;
  return {};
}

// Whoever was described to the agent before is described anew.
void Sensor::be_its_agent() {
  let_stand_in(false);
  __atomic_store_n(&skeleton_->bss->reader_since_ns, static_cast<__u64>(clock_ns(CLOCK_BOOTTIME)),
                   __ATOMIC_RELEASE);
  know_where_pins_are();
  unlock_until(0);
  __atomic_store_n(&skeleton_->bss->agent_tgid, static_cast<__u32>(getpid()), __ATOMIC_RELEASE);
}

bpf_link* Sensor::link(const std::string& name, const std::function<bpf_link*()>& attach) {
  bpf_link* made = nullptr;
  const std::string path = pins_ != nullptr ? pins_->path_of_link(pin_name_, name) : "";
  if (is_taken_over_) made = bpf_link__open(path.c_str());
  if (made == nullptr) {
    made = attach();
    if (made != nullptr && stays_ && bpf_link__pin(made, path.c_str()) != 0)
      spdlog::error("{} will end with the agent: {}", name, std::strerror(errno));
  }
  if (made == nullptr) return nullptr;
  links_.emplace_back(made);
  links_by_name_[name] = made;
  return made;
}

Result<void> Sensor::stay() {
  if (pins_ == nullptr || stays_) return {};
  if (auto begun = pins_->begin(pin_name_); !begun) return begun;
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(skeleton_->obj, map)) != nullptr)
    if (bpf_obj_pin(bpf_map__fd(map), pins_->path_of_map(pin_name_, bpf_map__name(map)).c_str()) != 0)
      return fail(fmt::format("cannot pin {}: {}", bpf_map__name(map), std::strerror(errno)));
  for (const bpf_program* program : wanted_)
    if (const char* name = bpf_program__name(program);
        bpf_obj_pin(bpf_program__fd(program), pins_->path_of_program(pin_name_, name).c_str()) != 0)
      return fail(fmt::format("cannot pin {}: {}", name, std::strerror(errno)));
  for (const auto& [name, one] : links_by_name_)
    if (bpf_link__pin(one, pins_->path_of_link(pin_name_, name).c_str()) != 0)
      return fail(fmt::format("cannot pin {}: {}", name, std::strerror(errno)));
  if (auto finished = pins_->finish(pin_name_); !finished) return finished;
  stays_ = true;
  know_where_pins_are();
  return {};
}

// Who unmounts that is told.
void Sensor::know_where_pins_are() {
  struct stat status {};
  if (stat(pins_->path_of_map(pin_name_, "records").c_str(), &status) == 0)
    __atomic_store_n(&skeleton_->bss->pins_device, kernel_device(status.st_dev), __ATOMIC_RELAXED);
}

void Sensor::number_from(std::uint64_t last_subject, std::uint64_t last_sequence) {
  skeleton_->bss->last_subject = last_subject;
  skeleton_->bss->last_sequence = last_sequence;
}

void Sensor::note_told_losses(std::uint64_t lost, std::uint64_t missed) {
  skeleton_->bss->told_lost = lost;
  skeleton_->bss->told_missed = missed;
}

void Sensor::note_told_sequence(std::uint64_t sequence) {
  if (sequence > skeleton_->bss->told_sequence) skeleton_->bss->told_sequence = sequence;
}

std::uint64_t Sensor::told_lost() const {
  return skeleton_->bss->told_lost;
}

std::uint64_t Sensor::told_missed() const {
  return skeleton_->bss->told_missed;
}

std::uint64_t Sensor::instance() const {
  return skeleton_->bss->instance;
}

}  // namespace purposewatch
