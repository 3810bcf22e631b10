#include "tests/kernel/small_program.h"

#include <elf.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>

namespace purposewatch::testing {

void make_program_of_32_bits(const std::string& path, std::string_view code) {
  constexpr Elf32_Addr kAddress = 0x08048000;
  constexpr Elf32_Word kStart = sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr);
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_386;
  header.e_version = EV_CURRENT;
  header.e_entry = kAddress + kStart;
  header.e_phoff = header.e_ehsize = sizeof(header);
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = 1;
  const auto size = static_cast<Elf32_Word>(kStart + code.size());
  const Elf32_Phdr segment{PT_LOAD, 0, kAddress, kAddress, size, size, PF_R | PF_X, 4096};
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&header), sizeof(header));
  file.write(reinterpret_cast<const char*>(&segment), sizeof(segment));
  file << code;
  file.close();
  chmod(path.c_str(), 0755);
}

}  // namespace purposewatch::testing
