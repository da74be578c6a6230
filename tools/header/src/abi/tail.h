
/* What a library exports. */

#if defined(_WIN32)
#define POLYPLUG_EXPORT __declspec(dllexport)
#else
#define POLYPLUG_EXPORT __attribute__((visibility("default")))
#endif

#if defined(_MSC_VER)
#pragma section(".plyplug", read)
#define POLYPLUG_IN_SECTION __declspec(allocate(".plyplug")) __declspec(align(8))
#elif defined(__APPLE__)
#define POLYPLUG_IN_SECTION __attribute__((used, aligned(8), section("__DATA,__polyplug")))
#elif defined(_WIN32)
#define POLYPLUG_IN_SECTION __attribute__((used, aligned(8), section(".plyplug")))
#else
#define POLYPLUG_IN_SECTION __attribute__((used, aligned(8), section(".polyplug")))
#endif

#ifdef __cplusplus
#define POLYPLUG_C extern "C"
#else
#define POLYPLUG_C
#endif

// Places a manifest, a string literal of TOML, where hosts look for it. Once in a
// library, outside of functions.
#define POLYPLUG_MANIFEST(toml)                                                      \
    POLYPLUG_IN_SECTION static const struct {                                        \
        char magic[16];                                                              \
        uint32_t version;                                                            \
        uint32_t len;                                                                \
        char text[sizeof(toml)];                                                     \
    } polyplug_manifest = {"polyplug-bundle", POLYPLUG_MANIFEST_RECORD_VERSION,      \
                           sizeof(toml) - 1, toml}

// Describes a bundle, and begins the definition of its entry, whose body follows:
//
//     POLYPLUG_BUNDLE("tally", "1.0.0", 8c21c5a6a3c1f1de, "\"text.tally@1.0\"") {
//         return host->register_(registrar, &interface, error);
//     }
//
// `id` is the xxh3-64 of the name in 16 hexadecimal digits without quotes, as
// `polyplug-header id NAME` prints it. `provides` lists contracts in quotes, with
// commas between them. In the body there are `host`, `registrar` and `error`.
#define POLYPLUG_BUNDLE(name, version, id, provides)                                 \
    POLYPLUG_BUNDLE_USING(name, version, id, provides, "")

// The same of a bundle that uses others': `dependencies` lists what it needs of them,
// such as `"\"text.dictionary@1\""`, with commas between.
#define POLYPLUG_BUNDLE_USING(name, version, id, provides, dependencies)             \
    POLYPLUG_MANIFEST("abi = 1\nname = \"" name "\"\nversion = \"" version           \
                      "\"\nentry = \"polyplug_entry_" #id                            \
                      "\"\npanic = \"unwind\"\nprovides = [" provides                \
                      "]\ndependencies = [" dependencies "]\n");                      \
    POLYPLUG_C POLYPLUG_EXPORT uint32_t polyplug_entry_##id(                         \
        const PolyplugHostTable *host, void *registrar, PolyplugErrorBuffer *error)

POLYPLUG_ASSERT(POLYPLUG_ABI_VERSION == 1);

/* Helpers. All are `static inline`; none is needed. */

// Whether a table has a field, by its size.
#define POLYPLUG_HAS(type, table, field) \
    ((table)->size >= offsetof(type, field) + sizeof((table)->field))

// Gives an owned sequence back to whoever made it. Elements that own something are
// released first.
#define POLYPLUG_RELEASE(vec)                                        \
    do {                                                             \
        if ((vec).release) {                                         \
            (vec).release((vec).ptr, (vec).len, (vec).capacity);     \
        }                                                            \
    } while (0)

// An owned text: UTF-8.
typedef PolyplugVec_u8 PolyplugString;
typedef PolyplugReturned_Vec_u8 PolyplugReturned_String;

// A length of time: less than 10^9 `nanos`.
typedef struct {
    uint64_t secs;
    uint32_t nanos;
} PolyplugDuration;

// A literal as a borrowed text, in an initialiser.
#define POLYPLUG_STR(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

// Lends a text that ends in a zero byte.
static inline PolyplugStr polyplug_str(const char *text) {
    PolyplugStr lent = {(const uint8_t *)text, strlen(text)};
    return lent;
}

// The release function of memory from `malloc`.
static inline void polyplug_free(void *ptr, size_t len, size_t capacity) {
    (void)len;
    (void)capacity;
    free(ptr);
}

// A copy of `len` bytes of UTF-8, to be given away. Ends the process where there is
// no memory, as Rust does.
static inline PolyplugString polyplug_string(const void *bytes, size_t len) {
    PolyplugString owned = {NULL, len, len, polyplug_free};
    if (len > 0) {
        owned.ptr = (uint8_t *)malloc(len);
        if (!owned.ptr) {
            abort();
        }
        memcpy(owned.ptr, bytes, len);
    }
    return owned;
}

// Describes a failure in the buffer that a function was lent, and returns the status
// that says so: `return polyplug_fail(error, ..)`. A long message is cut at a
// character. `code` is a number of the plugin's own, 0 to 65,535.
static inline uint32_t polyplug_fail(PolyplugErrorBuffer *error, uint32_t phase, uint32_t kind,
                                     uint32_t code, const char *message) {
    size_t len = strlen(message);
    if (len > POLYPLUG_MESSAGE_CAPACITY) {
        len = POLYPLUG_MESSAGE_CAPACITY;
        while (len > 0 && ((unsigned char)message[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    error->phase = phase;
    error->kind = kind;
    error->code = code;
    error->message_len = (uint32_t)len;
    memcpy(error->message, message, len);
    memset(&error->detail, 0, sizeof(error->detail));
    error->seal = POLYPLUG_ERROR_BUFFER_SEAL;
    return POLYPLUG_STATUS_FAILED;
}

// A copy of `size` bytes. Ends the process where there is no memory.
static inline void *polyplug_copy(const void *bytes, size_t size) {
    void *copy = NULL;
    if (size > 0) {
        copy = malloc(size);
        if (!copy) {
            abort();
        }
        memcpy(copy, bytes, size);
    }
    return copy;
}

// For a type of vectors: `polyplug_release_..` gives a vector back, and
// `polyplug_take_..` makes it one of this library's own, so that it may outlive the
// call that returned it.
#define POLYPLUG_VECTOR(name, element)                                               \
    static inline void polyplug_release_##name(Polyplug##name value) {               \
        POLYPLUG_RELEASE(value);                                                     \
    }                                                                                \
    static inline void polyplug_take_##name(Polyplug##name *value) {                 \
        Polyplug##name given = *value;                                               \
        value->ptr = (element *)polyplug_copy(given.ptr, given.len * sizeof(element)); \
        value->capacity = given.len;                                                 \
        value->release = polyplug_free;                                              \
        POLYPLUG_RELEASE(given);                                                     \
    }

POLYPLUG_VECTOR(Vec_u8, uint8_t)
POLYPLUG_VECTOR(Vec_u16, uint16_t)
POLYPLUG_VECTOR(Vec_u32, uint32_t)
POLYPLUG_VECTOR(Vec_u64, uint64_t)
POLYPLUG_VECTOR(Vec_i8, int8_t)
POLYPLUG_VECTOR(Vec_i16, int16_t)
POLYPLUG_VECTOR(Vec_i32, int32_t)
POLYPLUG_VECTOR(Vec_i64, int64_t)
POLYPLUG_VECTOR(Vec_f32, float)
POLYPLUG_VECTOR(Vec_f64, double)
POLYPLUG_VECTOR(String, uint8_t)

static inline void polyplug_release_PluginError(PolyplugPluginError value) {
    POLYPLUG_RELEASE(value.message);
}

static inline void polyplug_take_PluginError(PolyplugPluginError *value) {
    polyplug_take_String(&value->message);
}

/* Memory for what an interpreter returns. */

typedef struct {
    PolyplugCallArena arena;
    void *blocks;
} PolyplugMallocArena;

static inline void *polyplug_arena_allocate(PolyplugCallArena *arena, size_t size, size_t align) {
    PolyplugMallocArena *whole = (PolyplugMallocArena *)(void *)arena;
    if (align == 0 || (align & (align - 1)) != 0 || size > SIZE_MAX / 2 || align > SIZE_MAX / 4) {
        return NULL;
    }
    void **block = (void **)malloc(sizeof(void *) + align + size);
    if (!block) {
        return NULL;
    }
    *block = whole->blocks;
    whole->blocks = block;
    uintptr_t start = (uintptr_t)(block + 1);
    return (unsigned char *)(block + 1) + (align - start % align) % align;
}

static inline PolyplugMallocArena polyplug_arena(void) {
    PolyplugMallocArena arena = {{sizeof(PolyplugCallArena), polyplug_arena_allocate}, NULL};
    return arena;
}

static inline void polyplug_arena_free(PolyplugMallocArena *arena) {
    while (arena->blocks) {
        void *block = arena->blocks;
        memcpy(&arena->blocks, block, sizeof(void *));
        free(block);
    }
}

/* What a plugin asks of its host. Both write `proxy`, a reference to be given back with
 * `polyplug_proxy_release`, and return a status. `client` is what the header of the
 * contract has for it. */

static inline uint32_t polyplug_request(const PolyplugHostObject *host, uint32_t kind,
                                        const PolyplugContractClient *client,
                                        PolyplugProxy *proxy, PolyplugErrorBuffer *error) {
    PolyplugProxyRequest request;
    memset(&request, 0, sizeof(request));
    request.size = sizeof(request);
    request.kind = kind;
    request.client = client;
    return host->vtable->request(host, &request, proxy, error);
}

// A service of the host's.
static inline uint32_t polyplug_service(const PolyplugHostObject *host,
                                        const PolyplugContractClient *client,
                                        PolyplugProxy *proxy, PolyplugErrorBuffer *error) {
    return polyplug_request(host, POLYPLUG_PROVIDER_KIND_SERVICE, client, proxy, error);
}

// A new instance of another bundle's plugin, whose contract the manifest declares.
static inline uint32_t polyplug_get(const PolyplugHostObject *host,
                                    const PolyplugContractClient *client, PolyplugProxy *proxy,
                                    PolyplugErrorBuffer *error) {
    return polyplug_request(host, POLYPLUG_PROVIDER_KIND_BUNDLE, client, proxy, error);
}

// Gives a reference back. A null one, of zero bytes, is none.
static inline void polyplug_proxy_release(PolyplugProxy proxy) {
    if (proxy.cell) {
        proxy.cell->vtable->release(proxy.cell);
    }
}

static inline void polyplug_release_Proxy(PolyplugProxy value) {
    polyplug_proxy_release(value);
}

static inline void polyplug_take_Proxy(PolyplugProxy *value) {
    (void)value; // It is a reference, whose cell is the host's.
}

// Binds a proxy that came as a value for this library, and gives `given` back in any
// case. Only what this wrote to `proxy` may be called.
static inline uint32_t polyplug_proxy_bind(PolyplugProxy given,
                                           const PolyplugContractClient *client,
                                           PolyplugProxy *proxy, PolyplugErrorBuffer *error) {
    uint32_t status;
    if (POLYPLUG_HAS(PolyplugProxyVtable, given.cell->vtable, rebind)) {
        status = given.cell->vtable->rebind(given.cell, client, proxy, error);
    } else {
        status = polyplug_fail(error, POLYPLUG_PHASE_CALL, POLYPLUG_ERROR_KIND_UNAVAILABLE, 0,
                               "the host is older than proxies as values");
    }
    polyplug_proxy_release(given);
    return status;
}

/* Calls through proxies. The cell must be kept by a reference until `leave`, and calls
 * of one thread end in the opposite order of their beginnings. */

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#define POLYPLUG_STORE_SLOT(place) _InterlockedExchangePointer((void *volatile *)(place), NULL)
#define POLYPLUG_STORE_DEPTH(place, value) (*(volatile uint32_t *)(place) = (value))
#define POLYPLUG_LOAD_ATTENTION(place) (*(const volatile uint32_t *)(place))
#define POLYPLUG_COMPILER_FENCE() _ReadWriteBarrier()
#else
#define POLYPLUG_STORE_SLOT(place) __atomic_store_n((place), NULL, __ATOMIC_RELEASE)
#define POLYPLUG_STORE_DEPTH(place, value) __atomic_store_n((place), (value), __ATOMIC_RELAXED)
#define POLYPLUG_LOAD_ATTENTION(place) __atomic_load_n((place), __ATOMIC_RELAXED)
#define POLYPLUG_COMPILER_FENCE() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

// Begins a call, whether or not there is something to call; `polyplug_leave` ends it.
static inline void polyplug_enter(const PolyplugProxyCell *cell, PolyplugCallFrame *frame) {
    cell->vtable->enter(cell, cell->thread_record(), frame);
}

// Waits where callers are to, and returns whether there is something to call; else
// `error` says why there is not.
static inline int polyplug_settle(const PolyplugProxyCell *cell, PolyplugCallFrame *frame,
                                  PolyplugErrorBuffer *error) {
    const PolyplugProxyVtable *vtable = cell->vtable;
    if (!frame->binding->functions && frame->binding->waits == 1 &&
        POLYPLUG_HAS(PolyplugProxyVtable, vtable, settle) &&
        vtable->settle(cell, frame, error) != POLYPLUG_STATUS_OK) {
        return 0;
    }
    if (!frame->binding->functions) {
        polyplug_fail(error, POLYPLUG_PHASE_CALL, frame->binding->absent, 0, "");
        return 0;
    }
    return 1;
}

// Ends a call, after its result was taken over.
static inline void polyplug_leave(const PolyplugProxyCell *cell, const PolyplugCallFrame *frame) {
    // The thread that is in a call writes its own record.
    PolyplugThreadRecord *record = (PolyplugThreadRecord *)(uintptr_t)frame->record;
    POLYPLUG_STORE_SLOT(&record->slots[frame->depth]);
    POLYPLUG_STORE_DEPTH(&record->depth, frame->depth);
    POLYPLUG_COMPILER_FENCE();
    if (POLYPLUG_LOAD_ATTENTION(&record->attention) > frame->depth) {
        cell->vtable->attend(record);
    }
}

#ifdef __cplusplus
} /* extern "C" */

namespace polyplug {

// Runs a function that may throw, where an exception must not leave: returns whether
// it ended, else describes the exception in `error`.
template <typename Body>
bool contain(PolyplugErrorBuffer *error, uint32_t phase, Body &&body) noexcept {
    try {
        std::forward<Body>(body)();
        return true;
    } catch (const std::exception &exception) {
        polyplug_fail(error, phase, POLYPLUG_ERROR_KIND_PANICKED, 0, exception.what());
    } catch (...) {
        polyplug_fail(error, phase, POLYPLUG_ERROR_KIND_PANICKED, 0,
                      "an exception that is no std::exception");
    }
    return false;
}

// The body of a method: what `body` returns, or the exception that it threw.
template <typename Returned, typename Body>
Returned method(PolyplugErrorBuffer *error, Body &&body) noexcept {
    Returned returned = {};
    bool ended = contain(error, POLYPLUG_PHASE_CALL,
                         [&] { returned.value = std::forward<Body>(body)(); });
    returned.status = ended ? POLYPLUG_STATUS_OK : POLYPLUG_STATUS_FAILED;
    return returned;
}

// The body of a function that returns a status alone.
template <typename Body>
uint32_t step(PolyplugErrorBuffer *error, uint32_t phase, Body &&body) noexcept {
    bool ended = contain(error, phase, std::forward<Body>(body));
    return ended ? POLYPLUG_STATUS_OK : POLYPLUG_STATUS_FAILED;
}

} /* namespace polyplug */
#endif

#endif /* POLYPLUG_H */
