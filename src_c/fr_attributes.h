#ifndef FR_ATTRIBUTES_H
#define FR_ATTRIBUTES_H

#if defined(__GNUC__)
#define FR_MUST_USE __attribute__((warn_unused_result))
#else
#define FR_MUST_USE
#endif

#endif
