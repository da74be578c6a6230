/*
 * polyplug.h: the binary interface between a polyplug host and its plugins.
 *
 * Written by tools/header from the Rust declarations in polyplug-guest/src/abi; do
 * not edit. docs/abi.md says what the tables mean, docs/c.md how to write a plugin.
 *
 * C11 or C++17, or later. Every table begins with its size and grows only at its
 * end: look at `size` before you read a field that the first version did not have.
 */
#ifndef POLYPLUG_H
#define POLYPLUG_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#include <exception>
#include <utility>
#define POLYPLUG_ASSERT(fact) static_assert(fact, #fact)
#define POLYPLUG_ALIGN(bytes) alignas(bytes)
extern "C" {
#else
#define POLYPLUG_ASSERT(fact) _Static_assert(fact, #fact)
#define POLYPLUG_ALIGN(bytes) _Alignas(bytes)
#endif

/* Numbers. */
