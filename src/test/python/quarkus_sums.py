"""Prints checksums of what Quarkus generated and transformed, comparable between builds.

Quarkus 3.34 records its build steps in the order of their threads, and numbers the records in that order
("proxykey30"). Later versions fix that (quarkusio/quarkus#53025, #54363, #54371). Only two packages contain such
records, and only their classes differ between two builds. The checksum of such a class covers its constants, sorted
and without those numbers. The checksum of every other class covers every byte.

The jar of transformed classes and the index of jars are ordered by a hash table of paths, which depends on the
directory of the build. So the jar has one checksum per entry, and the checksum of the index covers its sorted texts.

    quarkus_sums.py quarkus-app/quarkus
"""

import hashlib
import re
import struct
import sys
import zipfile

RECORDS = ("io/quarkus/runner/recorded/", "io/quarkus/runtime/generated/")
NUMBERED = re.compile(rb"^(proxykey|configClass\$)[0-9]+$")
# Bytes of a constant after its kind. A text has its own length.
TEXT = 1
SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
NUMBERS = (3, 4, 5, 6)
LONG = (5, 6)


def constants(contents):
    """Yields the texts and numbers of the constant pool of a class file."""
    (count,) = struct.unpack_from(">H", contents, 8)
    at, index = 10, 1
    while index < count:
        kind = contents[at]
        if kind == TEXT:
            (size,) = struct.unpack_from(">H", contents, at + 1)
            yield kind, NUMBERED.sub(rb"\1", contents[at + 3 : at + 3 + size])
            at += 3 + size
        else:
            if kind in NUMBERS:
                yield kind, contents[at + 1 : at + 1 + SIZES[kind]]
            at += 1 + SIZES[kind]
        index += 2 if kind in LONG else 1


def show(contents, name):
    print(hashlib.sha256(contents).hexdigest(), "", name)


def main(directory):
    for jar in ("generated-bytecode.jar", "transformed-bytecode.jar"):
        with zipfile.ZipFile(f"{directory}/{jar}") as classes:
            for name in sorted(classes.namelist()):
                contents = classes.read(name)
                if name.startswith(RECORDS) and name.endswith(".class"):
                    contents = repr(sorted(constants(contents))).encode()
                show(contents, f"{jar}/{name}")
    with open(f"{directory}/quarkus-application.dat", "rb") as index:
        # Each text follows its length, two bytes of which the first is 0.
        show(repr(sorted(index.read().split(b"\0"))).encode(), "quarkus-application.dat")


if __name__ == "__main__":
    main(sys.argv[1])
