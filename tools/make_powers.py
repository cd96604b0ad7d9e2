"""Writes src_c/fr_powers.c: run it from the root of the project.

The test suite compares the file with what this gives.
"""

from __future__ import annotations

from pathlib import Path

FIRST, LAST = -292, 324
MASK = 2**64 - 1


def power(exponent: int) -> int:
    """10**exponent, scaled by a power of two to 128 bits, rounded up."""
    if exponent >= 0:
        value = 10**exponent
        shift = value.bit_length() - 128
        return -(-value >> shift) if shift > 0 else value << -shift
    value = 10**-exponent
    # 2**(bits - 1) < value < 2**bits, so the quotient has 128 bits.
    return -(-(1 << (127 + value.bit_length())) // value)


def render() -> str:
    lines = [
        "/* Made by tools/make_powers.py. */",
        '#include "fr_powers.h"',
        "",
        "const struct fr_power fr_powers[] = {",
    ]
    for exponent in range(FIRST, LAST + 1):
        value = power(exponent)
        assert value.bit_length() == 128
        high, low = value >> 64, value & MASK
        lines.append(f"    {{UINT64_C(0x{high:016x}), UINT64_C(0x{low:016x})}},")
    lines += ["};", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    Path("src_c/fr_powers.c").write_text(render())
