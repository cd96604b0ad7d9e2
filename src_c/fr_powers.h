/* Powers of ten in 128 bits. Made by tools/make_powers.py. */
#ifndef FR_POWERS_H
#define FR_POWERS_H

#include <stdint.h>

#define FR_POWERS_FIRST (-292)
#define FR_POWERS_LAST 324
#define FR_POWERS_STEP 27
#define FR_POWERS_TABLE_FIRST (-303)

struct fr_power {
    uint64_t high, low;
};

/* One power in FR_POWERS_STEP, from 10^FR_POWERS_TABLE_FIRST on, times the power of
 * two that brings it to 2^127 or more and below 2^128. */
static const struct fr_power fr_powers[] = {
    {0xaf8e5410288e1b6f, 0x07ecf0ae5ee44dda}, {0x8dd01fad907ffc3b, 0xae3da7d97f6792e4},
    {0xe51c79a85916f484, 0x82b7e12780e7401b}, {0xb913179899f68584, 0x28e2557b59846e40},
    {0x9580869f0e7aac0e, 0xd45d35e6ae3d4da1}, {0xf18899b1bc3f8ca1, 0xdc44e6c3cb279ac2},
    {0xc31bfa0fe5698db8, 0x486e494fcff30a63}, {0x9d9ba7832936edc0, 0xd54b944b84aa4c0e},
    {0xfea126b7d78186bc, 0xe2f610c84987bfa9}, {0xcdb02555653131b6, 0x3792f412cb06794e},
    {0xa6274bbdd0fadd61, 0xecb1ad8aeacdd58f}, {0x8637bd05af6c69b5, 0xa63f9a49c2c1b110},
    {0xd8d726b7177a8000, 0x0000000000000000}, {0xaf298d050e4395d6, 0x9670b12b7f410000},
    {0x8d7eb76070a08aec, 0xfc1e1de5cf543ca3}, {0xe498f455c38b997a, 0x0b6dfb9c0f956448},
    {0xb8a8d9bbe123f017, 0xb80b0047445d4185}, {0x952ab45cfa97a0b2, 0xdd945a747bf26184},
    {0xf0fdf2d3f3c30b9f, 0x656d44a2a11c51d6}, {0xc2abf989935ddbfe, 0x6acff893d00ea436},
    {0x9d412e0806e88aa5, 0x8e1f289560ee864f}, {0xfe0efb53d30dd4d7, 0xed238cd383aa0111},
    {0xcd3a1230c43fb26f, 0x28ce1bd2e55f35ec}, {0xa5c7ea73224deff3, 0x12b9b522906c0801},
};

/* Powers of five, times a power of two likewise in 64 bits. */
static const uint64_t fr_fives[] = {
    0x8000000000000000, 0xa000000000000000, 0xc800000000000000, 0xfa00000000000000,
    0x9c40000000000000, 0xc350000000000000, 0xf424000000000000, 0x9896800000000000,
    0xbebc200000000000, 0xee6b280000000000, 0x9502f90000000000, 0xba43b74000000000,
    0xe8d4a51000000000, 0x9184e72a00000000, 0xb5e620f480000000, 0xe35fa931a0000000,
    0x8e1bc9bf04000000, 0xb1a2bc2ec5000000, 0xde0b6b3a76400000, 0x8ac7230489e80000,
    0xad78ebc5ac620000, 0xd8d726b7177a8000, 0x878678326eac9000, 0xa968163f0a57b400,
    0xd3c21bcecceda100, 0x84595161401484a0, 0xa56fa5b99019a5c8,
};

/* A bit for each power from FR_POWERS_FIRST on: what the product lacks of the power
 * rounded up. */
static const uint64_t fr_lacking[] = {
    0xffe7f3dffad8e4e0, 0xedefffdca453003d, 0xf8b80868305fffff, 0x104906f03a92563f,
    0x0000000214278470, 0xffff7ffff0000000, 0x5f9d7f92489443ff, 0xffabf979d34e8558,
    0xf67fe3fff5fdffff, 0x000000327747f13f,
};

#endif
