#include "check.h"
#include "fr_scan.h"
#include "scan_reference.h"

/* Past four words, and every place in a word. */
#define SIZES 40
#define PLACES 8

static void check_line_break(const uint8_t *bytes, size_t size, const char *what)
{
    size_t expected, found;

    if (left_out())
        return;
    expected = naive_line_break(bytes, size);
    found = fr_scan_line_break(bytes, size);
    CHECK(
        found == expected, "%s, size %zu: %zu instead of %zu", what, size, found,
        expected);
}

/* One byte of any value, at any index, among bytes that carry or borrow
 * differently in word arithmetic. */
static void test_every_byte_at_every_index(struct guarded memory)
{
    static const uint8_t around[] = {'a', '\t', 0x01, 0x0E, 0x7F, 0x80, 0xFF};

    for (size_t which = 0; which < sizeof(around); which++)
        for (size_t place = 0; place < PLACES; place++)
            for (size_t size = 0; size <= SIZES; size++) {
                /* At place 0 the guard page follows, else further breaks. */
                uint8_t *bytes = memory.end - place - size;

                memset(memory.end - PLACES, 0, PLACES);
                memset(bytes, around[which], size);
                check_line_break(bytes, size, "no byte");
                for (size_t at = 0; at < size; at++) {
                    for (unsigned value = 0; value < 256; value++) {
                        bytes[at] = (uint8_t)value;
                        check_line_break(bytes, size, "one byte");
                    }
                    bytes[at] = around[which];
                }
            }
}

static void test_bytes_before_the_first_are_not_read(struct guarded memory)
{
    for (size_t size = 0; size <= SIZES; size++) {
        memset(memory.first, 'a', size);
        memory.first[size] = '\n';
        check_line_break(memory.first, size, "after a guard page");
    }
}

static void test_the_first_of_two_is_found(struct guarded memory)
{
    static const uint8_t breaks[] = {'\r', '\n', '\0'};
    uint8_t *bytes = memory.end - SIZES;

    memset(bytes, 0xFF, SIZES);
    for (size_t first = 0; first < SIZES; first++)
        for (size_t second = first; second < SIZES; second++)
            for (size_t which = 0; which < 9; which++) {
                bytes[second] = breaks[which / 3];
                bytes[first] = breaks[which % 3];
                check_line_break(bytes, SIZES, "two breaks");
                bytes[first] = bytes[second] = 0xFF;
            }
}

static void test_random_bytes(struct guarded memory)
{
    uint64_t state = 1;

    for (int round = 0; round < 100000; round++) {
        size_t size = next_random(&state) % (4 * SIZES);
        uint8_t *bytes = memory.end - size;

        for (size_t at = 0; at < size; at++) {
            uint64_t random = next_random(&state) >> 32;

            /* Few breaks, and many bytes near them and near the sign bit. */
            bytes[at] = (uint8_t)(random >> 8);
            if (random % 4)
                bytes[at] = (uint8_t)((bytes[at] & 0x83) | 0x04);
        }
        check_line_break(bytes, size, "random bytes");
    }
}

static void check_classes(const uint8_t *bytes, size_t size)
{
    int token, text;

    if (left_out())
        return;
    token = naive_is_token(bytes, size);
    text = naive_is_field_text(bytes, size);
    CHECK(!fr_is_token(bytes, size) == !token, "size %zu, not %d", size, !token);
    CHECK(!fr_is_field_text(bytes, size) == !text, "size %zu, not %d", size, !text);
}

static void test_classes(struct guarded memory)
{
    static const uint8_t around[] = {'a', 'Z', '-', '~', '5', ' ', '\t', 0x80, 0xFF};

    for (size_t which = 0; which < sizeof(around); which++)
        for (size_t size = 0; size <= SIZES; size++) {
            uint8_t *places[] = {memory.first, memory.end - size};

            for (size_t place = 0; place < 2; place++) {
                uint8_t *bytes = places[place];

                memset(bytes, around[which], size);
                check_classes(bytes, size);
                for (size_t at = 0; at < size; at++) {
                    for (unsigned value = 0; value < 256; value++) {
                        bytes[at] = (uint8_t)value;
                        check_classes(bytes, size);
                    }
                    bytes[at] = around[which];
                }
            }
        }
}

static void test_random_classes(struct guarded memory)
{
    uint64_t state = 7;

    for (int round = 0; round < 200000; round++) {
        size_t size = next_random(&state) % SIZES;
        uint8_t *bytes = memory.end - size;
        uint64_t odd = next_random(&state) % 8;

        for (size_t at = 0; at < size; at++) {
            uint64_t random = next_random(&state) >> 32;

            /* Mostly letters, with some bytes of any other kind. */
            bytes[at] = (uint8_t)(random % 16 < odd ? random >> 8 : 'a' + random % 26);
        }
        check_classes(bytes, size);
    }
}

static void check_equal_fold(const uint8_t *bytes, const uint8_t *others, size_t size)
{
    int expected, found;

    if (left_out())
        return;
    expected = naive_equal_fold(bytes, others, size);
    found = fr_equal_fold(bytes, others, size);
    CHECK(!found == !expected, "size %zu: %d instead of %d", size, found, expected);
}

static void test_equal_fold(struct guarded memory, struct guarded other)
{
    for (size_t size = 0; size <= 20; size += size < 10 ? 1 : 5) {
        uint8_t *bytes = memory.end - size;
        uint8_t *others = other.end - size;

        memcpy(others, "content-type: 09@[`{", size);
        memcpy(bytes, "cOnTeNt-TyPe: 09@[`{", size);
        CHECK(fr_equal_fold(bytes, others, size), "size %zu", size);
        for (size_t at = 0; at < size; at++) {
            uint8_t byte = bytes[at];
            uint8_t wanted = others[at];

            for (unsigned value = 0; value < 256; value++) {
                bytes[at] = (uint8_t)value;
                check_equal_fold(bytes, others, size);
                for (unsigned than = 0; than < 256; than++) {
                    others[at] = (uint8_t)than;
                    check_equal_fold(bytes, others, size);
                }
                others[at] = wanted;
            }
            bytes[at] = byte;
        }
    }
}

int main(void)
{
    struct guarded memory = guarded_new();
    struct guarded other = guarded_new();

    test_every_byte_at_every_index(memory);
    test_bytes_before_the_first_are_not_read(memory);
    test_the_first_of_two_is_found(memory);
    test_random_bytes(memory);
    test_classes(memory);
    test_random_classes(memory);
    test_equal_fold(memory, other);
    return report();
}
