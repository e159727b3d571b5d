# SPDX-License-Identifier: GPL-2.0
"""Range lists: a pretty printer, and a command that shows the storage."""

import gdb
import gdb.printing

WIDTHS = {2: "compact", 3: "medium", 5: "wide"}
LIST_TYPES = ("range_list", "phys_range_list", "dma_range_list")
FLAGS = {
    "phys_range_list": ("NO_MERGE", "PINNED", "MMIO", "P2P", "NO_CPU_ACCESS",
                        "CC_SHARED", "REQUIRE_COHERENT"),
    "dma_range_list": ("NO_MERGE", "", "BUS_ADDRESS", "IOVA", "DIRECT"),
}


def untyped(value):
    """The struct range_list in a value of any of the three types."""
    return value["rl"] if value.type.strip_typedefs().tag != "range_list" \
        else value


def chunks(rl):
    chunk = rl["head"].address
    while chunk:
        yield chunk
        chunk = chunk.dereference()["next"]


def entries(chunk):
    """Yield (address, length, flags) of each range of a chunk."""
    width, shift = int(chunk["width"]), int(chunk["shift"])
    dist, base = int(chunk["dist"]), int(chunk["base"])
    data = (chunk + 1).cast(gdb.lookup_type("unsigned long"))
    for i in range(int(chunk["nr"])):
        at = int(data) + (i << width)
        if width == 5:
            item = gdb.Value(at).cast(
                gdb.lookup_type("struct range_item").pointer())
            yield int(item["addr"]), int(item["len"]), int(item["flags"])
            continue
        kind = "unsigned int" if width == 2 else "unsigned long long"
        bits = int(gdb.Value(at).cast(
            gdb.lookup_type(kind).pointer()).dereference())
        yield (base + ((bits & ((1 << dist) - 1)) << shift),
               ((bits >> dist) + 1) << shift, int(chunk["flags"]))


def flag_text(tag, flags):
    names = FLAGS.get(tag, ())
    return "".join(" " + (names[bit] if bit < len(names) else f"bit{bit}")
                   for bit in range(32) if flags & 1 << bit)


class RangeListPrinter:
    """Print a list as its ranges."""

    def __init__(self, value):
        self.value = value
        self.tag = value.type.strip_typedefs().tag

    def to_string(self):
        rl = untyped(self.value)
        return f"{int(rl['nr'])} ranges, {int(rl['bytes'])} bytes"

    def children(self):
        pos = 0
        for chunk in chunks(untyped(self.value)):
            for addr, size, flags in entries(chunk):
                yield (f"@{pos:#x}",
                       f"{addr:#x} +{size:#x}{flag_text(self.tag, flags)}")
                pos += size


class LxRangeList(gdb.Command):
    """Show how a range list is stored, chunk by chunk.

lx-range-list LIST: LIST is a range_list, phys_range_list or dma_range_list,
or a pointer to one."""

    def __init__(self):
        super().__init__("lx-range-list", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        argv = gdb.string_to_argv(argument)
        if len(argv) != 1:
            raise gdb.GdbError("lx-range-list takes one list")
        value = gdb.parse_and_eval(argv[0])
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
            value = value.dereference()
        if value.type.strip_typedefs().tag not in LIST_TYPES:
            raise gdb.GdbError(f"{argv[0]} is no range list")
        print(RangeListPrinter(value).to_string())
        for chunk in chunks(untyped(value)):
            width = int(chunk["width"])
            used = int(chunk["nr"]) << width
            print(f" {WIDTHS.get(width, '?')} chunk {int(chunk):#x}: "
                  f"{int(chunk['nr'])} ranges, unit 2^{int(chunk['shift'])}, "
                  f"{used} of {int(chunk['room'])} bytes used")


def build_printer():
    printer = gdb.printing.RegexpCollectionPrettyPrinter("range_list")
    for tag in LIST_TYPES:
        printer.add_printer(tag, f"^{tag}$", RangeListPrinter)
    return printer


LxRangeList()
gdb.printing.register_pretty_printer(None, build_printer(), replace=True)
