"""Writes src_c/fr_powers.h: run it from the root of the project.

Every ``STEP``th power of ten is in a table; the others are one of these times a small
power of five, cut off after 128 bits, plus one where that is one too small. The test
suite compares the file with what this gives.
"""

from __future__ import annotations

from pathlib import Path

FIRST, LAST = -292, 324
#: 5**26 is the highest in 64 bits.
STEP = 27
#: The first power in the table. From here on there is for each power one from which
#: all up to the next come out right, or one too small.
TABLE_FIRST = -303


def power(exponent: int) -> int:
    """10**exponent, scaled by a power of two to 128 bits, rounded up."""
    if exponent >= 0:
        value = 10**exponent
        shift = value.bit_length() - 128
        return -(-value >> shift) if shift > 0 else value << -shift
    value = 10**-exponent
    # 2**(bits - 1) < value < 2**bits, so the quotient has 128 bits.
    return -(-(1 << (127 + value.bit_length())) // value)


def product(base: int, place: int) -> int:
    value = base * 5**place
    return value >> (value.bit_length() - 128)


def base_of(exponent: int) -> tuple[int, list[int]]:
    """Return an entry of the table, and what the powers from there on need added."""
    exact = power(exponent)
    for base in (exact, exact - 1):
        lacking = [
            power(exponent + place) - product(base, place)
            for place in range(STEP)
            if FIRST <= exponent + place <= LAST
        ]
        if set(lacking) <= {0, 1}:
            for place, one in enumerate(lacking):
                # Added to the lower half, from which it is not carried.
                assert product(base, place) % 2**64 + one < 2**64
            return base, lacking
    raise ValueError(f"no base for 10**{exponent}")


def in_lines(entries: list[str], count: int) -> str:
    lines = range(0, len(entries), count)
    return "\n".join(f"    {', '.join(entries[at : at + count])}," for at in lines)


TEMPLATE = """\
/* Powers of ten in 128 bits. Made by tools/make_powers.py. */
#ifndef FR_POWERS_H
#define FR_POWERS_H

#include <stdint.h>

#define FR_POWERS_FIRST ({FIRST})
#define FR_POWERS_LAST {LAST}
#define FR_POWERS_STEP {STEP}
#define FR_POWERS_TABLE_FIRST ({TABLE_FIRST})

struct fr_power {{
    uint64_t high, low;
}};

/* One power in FR_POWERS_STEP, from 10^FR_POWERS_TABLE_FIRST on, times the power of
 * two that brings it to 2^127 or more and below 2^128. */
static const struct fr_power fr_powers[] = {{
{powers}
}};

/* Powers of five, times a power of two likewise in 64 bits. */
static const uint64_t fr_fives[] = {{
{fives}
}};

/* A bit for each power from FR_POWERS_FIRST on: what the product lacks of the power
 * rounded up. */
static const uint64_t fr_lacking[] = {{
{lacking}
}};

#endif
"""


def render() -> str:
    bases, lacking = [], []
    for exponent in range(TABLE_FIRST, LAST + 1, STEP):
        base, added = base_of(exponent)
        bases.append(f"{{0x{base >> 64:016x}, 0x{base % 2**64:016x}}}")
        lacking += added
    fives = [5**place << 64 - (5**place).bit_length() for place in range(STEP)]
    bits = sum(bit << place for place, bit in enumerate(lacking))
    words = [bits >> at & (2**64 - 1) for at in range(0, len(lacking), 64)]
    return TEMPLATE.format(
        **globals(),
        powers=in_lines(bases, 2),
        fives=in_lines([f"0x{five:016x}" for five in fives], 4),
        lacking=in_lines([f"0x{word:016x}" for word in words], 4),
    )


if __name__ == "__main__":
    Path("src_c/fr_powers.h").write_text(render())
