"""The evidence, read by its format alone (exporters/evidence/record.h): a second opinion on what the agent wrote."""

import hashlib
import json
import struct
import zlib

FRAME_BYTES, SALT_BYTES = 160, 16
KINDS = ["", "finding", "suppressed", "grant", "reload", "safeguard", "start", "stop", "gap", "tamper", "review",
         "checkpoint", "erasure", "removal", "space"]


class Record:
    def __init__(self, segment, offset, data):
        self.segment, self.offset = segment, offset
        (self.magic, self.crc, self.sequence, self.boot_ns, self.wall_ns, self.boot_id, kind, self.retention, open_bytes,
         personal_bytes, _, self.open_digest, self.personal_digest, self.chain) = struct.unpack_from(
             "<4sIQQQ16sHHIII32s32s32s", data, offset)
        self.kind = KINDS[kind]
        self.frame = data[offset:offset + FRAME_BYTES]
        self.open = data[offset + FRAME_BYTES:][:open_bytes]
        self.personal = data[offset + FRAME_BYTES + open_bytes:][:personal_bytes]
        self.bytes = FRAME_BYTES + open_bytes + personal_bytes

    def is_whole(self):
        return (self.magic == b"PWRC" and self.crc == zlib.crc32(self.frame[8:]) and
                all(hashlib.sha256(part).digest() == digest for part, digest in
                    ((self.open, self.open_digest), (self.personal, self.personal_digest)) if any(part)))

    def text(self):
        return json.loads(self.open[SALT_BYTES:])

    def personal_text(self):
        return json.loads(self.personal[SALT_BYTES:]) if any(self.personal) else {}


def segments(directory):
    return sorted(directory.glob("*.evidence"))


def read(directory):
    """{sequence: record} of all segments. AssertionError where one is not what the format says, unless it is behind
    what was synced (a later segment has it again, or the file `head` does not know it)."""
    records, chain = {}, bytes(32)
    names = segments(directory)
    for i, path in enumerate(names):
        data = path.read_bytes()
        offset = struct.unpack_from("<8sII", data)[2]
        next_first = int(names[i + 1].stem) if i + 1 < len(names) else None
        chain = records[int(path.stem) - 1].chain if int(path.stem) - 1 in records else data[64:96]
        while offset + FRAME_BYTES <= len(data):
            record = Record(path.name, offset, data)
            if next_first and record.sequence >= next_first:
                break
            if not record.is_whole():
                assert next_first is None, f"{path.name}+{offset} is no record"
                break
            expected = hashlib.sha256(chain + record.frame[8:128]).digest()
            assert record.chain == expected, f"record {record.sequence} does not continue the one before"
            assert record.sequence not in records, f"record {record.sequence} is there twice"
            records[record.sequence] = record
            chain, offset = record.chain, offset + record.bytes
    return records


def witnessed(record):
    """What a scrape shows of it: the first 53 bits of its chain."""
    return int.from_bytes(record.chain[:8], "big") >> 11
