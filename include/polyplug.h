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

// The version of the binary interface that this crate speaks.
#define POLYPLUG_ABI_VERSION 1u

// The longest name of a contract or a bundle, in bytes.
#define POLYPLUG_MAX_NAME_LEN 128u

// The version of the form of `ManifestRecord`.
#define POLYPLUG_MANIFEST_RECORD_VERSION 1u

// Every text in what the caller passes through its proxies is UTF-8, by the types of
// the language that it is written in.
#define POLYPLUG_CONTRACT_CLIENT_UTF8_TEXTS 1u

// No bit set.
#define POLYPLUG_INTERFACE_FLAGS_NONE 0u

// Instances hold no state: making one anew loses nothing.
#define POLYPLUG_INTERFACE_FLAGS_STATELESS 1u

// Every text in what a function of a native table returns is UTF-8, by the types of
// the language that it is written in. Messages of errors are none of those.
#define POLYPLUG_INTERFACE_FLAGS_UTF8_TEXTS 2u

// Another thread may call, when no other one does.
#define POLYPLUG_LENT_OBJECT_SEND 1u

// Several threads may call `&self` methods at once.
#define POLYPLUG_LENT_OBJECT_SYNC 2u

// How many calls of one thread a record names.
#define POLYPLUG_FRAMES 28u

// The room for a message in an `PolyplugErrorBuffer`, in bytes.
#define POLYPLUG_MESSAGE_CAPACITY 512u

// Marks a buffer that was written: the bytes `polyplug`, little-endian.
#define POLYPLUG_ERROR_BUFFER_SEAL UINT64_C(0x67756c70796c6f70)

// Who may provide what is asked for.
enum PolyplugProviderKind {
    // A plugin in another bundle.
    POLYPLUG_PROVIDER_KIND_BUNDLE = 1,
    // The host, by a service.
    POLYPLUG_PROVIDER_KIND_SERVICE = 2,
};

// The ways in which methods are reached.
enum PolyplugDispatchKind {
    // Through a table of typed functions.
    POLYPLUG_DISPATCH_KIND_NATIVE = 1,
    // Through one function that interprets the schema.
    POLYPLUG_DISPATCH_KIND_VM = 2,
};

// How much a record matters.
enum PolyplugLogLevel {
    // Something failed.
    POLYPLUG_LOG_LEVEL_ERROR = 1,
    // Something is not as it should be.
    POLYPLUG_LOG_LEVEL_WARN = 2,
    // Something that operators want to know.
    POLYPLUG_LOG_LEVEL_INFO = 3,
    // Something that developers want to know.
    POLYPLUG_LOG_LEVEL_DEBUG = 4,
    // Every step.
    POLYPLUG_LOG_LEVEL_TRACE = 5,
};

// The kinds of types, with stable numbers.
enum PolyplugTypeKind {
    POLYPLUG_TYPE_KIND_UNIT = 0,
    POLYPLUG_TYPE_KIND_BOOL = 1,
    POLYPLUG_TYPE_KIND_CHAR = 2,
    POLYPLUG_TYPE_KIND_U8 = 3,
    POLYPLUG_TYPE_KIND_U16 = 4,
    POLYPLUG_TYPE_KIND_U32 = 5,
    POLYPLUG_TYPE_KIND_U64 = 6,
    POLYPLUG_TYPE_KIND_USIZE = 7,
    POLYPLUG_TYPE_KIND_I8 = 8,
    POLYPLUG_TYPE_KIND_I16 = 9,
    POLYPLUG_TYPE_KIND_I32 = 10,
    POLYPLUG_TYPE_KIND_I64 = 11,
    POLYPLUG_TYPE_KIND_ISIZE = 12,
    POLYPLUG_TYPE_KIND_F32 = 13,
    POLYPLUG_TYPE_KIND_F64 = 14,
    // `&str`
    POLYPLUG_TYPE_KIND_STR = 15,
    POLYPLUG_TYPE_KIND_STRING = 16,
    // `&[T]`
    POLYPLUG_TYPE_KIND_SLICE = 17,
    // `&mut [T]`
    POLYPLUG_TYPE_KIND_SLICE_MUT = 18,
    POLYPLUG_TYPE_KIND_VEC = 19,
    POLYPLUG_TYPE_KIND_RESULT = 20,
    POLYPLUG_TYPE_KIND_PLUGIN_ERROR = 21,
    POLYPLUG_TYPE_KIND_OPTION = 22,
    // `(A, B)`
    POLYPLUG_TYPE_KIND_TUPLE = 23,
    // `[T; N]`
    POLYPLUG_TYPE_KIND_ARRAY = 24,
    POLYPLUG_TYPE_KIND_DURATION = 25,
    // A struct under `#[derive(Abi)]`
    POLYPLUG_TYPE_KIND_STRUCT = 26,
    // An enum under `#[derive(Abi)]`
    POLYPLUG_TYPE_KIND_ENUM = 27,
    // The proxy of a contract
    POLYPLUG_TYPE_KIND_PROXY = 28,
    // `&dyn Contract`
    POLYPLUG_TYPE_KIND_CONTRACT = 29,
    // `&mut dyn Contract`
    POLYPLUG_TYPE_KIND_CONTRACT_MUT = 30,
    // `&dyn Fn(A, ..) -> R`
    POLYPLUG_TYPE_KIND_FN = 31,
    // `&mut dyn FnMut(A, ..) -> R`
    POLYPLUG_TYPE_KIND_FN_MUT = 32,
    POLYPLUG_TYPE_KIND_ABI_VEC = 33,
    POLYPLUG_TYPE_KIND_ABI_STRING = 34,
};

// How a method takes the plugin's value.
enum PolyplugReceiver {
    // `&self`: calls may run at the same time.
    POLYPLUG_RECEIVER_SHARED = 0,
    // `&mut self`: one call at a time.
    POLYPLUG_RECEIVER_EXCLUSIVE = 1,
};

// The status numbers that a function of the ABI may return.
//
// Status crosses as `u32`; any other number is an invalid reply.
enum PolyplugStatus {
    // The result is in the value.
    POLYPLUG_STATUS_OK = 0,
    // The error buffer was written; the value is not to be read.
    POLYPLUG_STATUS_FAILED = 1,
};

// Where in the life of a plugin something failed.
enum PolyplugPhase {
    // While the bundle was initialised.
    POLYPLUG_PHASE_LOAD = 1,
    // While an instance was created.
    POLYPLUG_PHASE_CREATE = 2,
    // In a method.
    POLYPLUG_PHASE_CALL = 3,
    // While arguments or a reply were checked.
    POLYPLUG_PHASE_VALIDATE = 4,
    // While an instance was told to go, or destroyed.
    POLYPLUG_PHASE_UNLOAD = 5,
    // While the state of an instance was written down.
    POLYPLUG_PHASE_SAVE = 6,
};

// What kind of failure an error buffer describes. The numbers are stable.
enum PolyplugErrorKind {
    // The code of the plugin panicked, or threw.
    POLYPLUG_ERROR_KIND_PANICKED = 1,
    // The plugin reported an error of its own.
    POLYPLUG_ERROR_KIND_PLUGIN = 2,
    // An argument did not have the form that its type promises.
    POLYPLUG_ERROR_KIND_INVALID_ARGUMENT = 3,
    // The provider is older than the method that was called.
    POLYPLUG_ERROR_KIND_UNAVAILABLE = 4,
    // The bundle is not loaded any more.
    POLYPLUG_ERROR_KIND_UNLOADED = 5,
    // A reload could not carry the state of the instance over.
    POLYPLUG_ERROR_KIND_STATE_LOST = 6,
    // A `&mut self` call panicked before, so the state cannot be trusted.
    POLYPLUG_ERROR_KIND_POISONED = 7,
    // Two interpreters waited for each other, or a call came back into a
    // place that it may not enter twice.
    POLYPLUG_ERROR_KIND_REENTRANT = 8,
    // A limit on memory, time or depth was reached.
    POLYPLUG_ERROR_KIND_LIMIT = 9,
    // A reply did not have the form that its type promises.
    POLYPLUG_ERROR_KIND_INVALID_REPLY = 10,
    // Nobody provides what was asked for.
    POLYPLUG_ERROR_KIND_NOT_FOUND = 11,
    // A bundle asked for what it did not declare that it needs.
    POLYPLUG_ERROR_KIND_UNDECLARED = 12,
    // A method of the provider is not the one that its caller knows.
    POLYPLUG_ERROR_KIND_INCOMPATIBLE = 13,
    // The host does not provide the service any more.
    POLYPLUG_ERROR_KIND_WITHDRAWN = 14,
};

/* The tables, each defined below. */

typedef struct PolyplugContractVersion PolyplugContractVersion;
typedef struct PolyplugCallArena PolyplugCallArena;
typedef struct PolyplugHostTable PolyplugHostTable;
typedef struct PolyplugStr PolyplugStr;
typedef struct PolyplugContractClient PolyplugContractClient;
typedef struct PolyplugForwardInstance PolyplugForwardInstance;
typedef struct PolyplugSlice_u8 PolyplugSlice_u8;
typedef struct PolyplugProxyRequest PolyplugProxyRequest;
typedef struct PolyplugNativeDispatch PolyplugNativeDispatch;
typedef struct PolyplugVmDispatch PolyplugVmDispatch;
typedef union PolyplugDispatch PolyplugDispatch;
typedef struct PolyplugGuestContractInterface PolyplugGuestContractInterface;
typedef struct PolyplugVmInstance PolyplugVmInstance;
typedef struct PolyplugHost PolyplugHost;
typedef struct PolyplugHostObject PolyplugHostObject;
typedef struct PolyplugHostVtable PolyplugHostVtable;
typedef struct PolyplugLocalInstance PolyplugLocalInstance;
typedef struct PolyplugLogRecord PolyplugLogRecord;
typedef struct PolyplugCreateContext PolyplugCreateContext;
typedef struct PolyplugLentObject PolyplugLentObject;
typedef struct PolyplugLentClosure PolyplugLentClosure;
typedef struct PolyplugLease PolyplugLease;
typedef struct PolyplugProxy PolyplugProxy;
typedef struct PolyplugProxyCell PolyplugProxyCell;
typedef struct PolyplugProxyBinding PolyplugProxyBinding;
typedef struct PolyplugThreadRecord PolyplugThreadRecord;
typedef struct PolyplugCallFrame PolyplugCallFrame;
typedef struct PolyplugProxyVtable PolyplugProxyVtable;
typedef struct PolyplugPin PolyplugPin;
typedef struct PolyplugSlice_TypeSchemaPtr PolyplugSlice_TypeSchemaPtr;
typedef struct PolyplugTypeSchema PolyplugTypeSchema;
typedef struct PolyplugSlice_MethodSchemaPtr PolyplugSlice_MethodSchemaPtr;
typedef struct PolyplugContractSchema PolyplugContractSchema;
typedef struct PolyplugSlice_ArgumentSchemaPtr PolyplugSlice_ArgumentSchemaPtr;
typedef struct PolyplugMethodSchema PolyplugMethodSchema;
typedef struct PolyplugArgumentSchema PolyplugArgumentSchema;
typedef struct PolyplugVec_u8 PolyplugVec_u8;
typedef struct PolyplugErrorBuffer PolyplugErrorBuffer;
typedef struct PolyplugPluginError PolyplugPluginError;
typedef struct PolyplugSliceMut_u8 PolyplugSliceMut_u8;
typedef struct PolyplugOwned_u8 PolyplugOwned_u8;
typedef struct PolyplugReturned_Vec_u8 PolyplugReturned_Vec_u8;
typedef struct PolyplugSlice_u16 PolyplugSlice_u16;
typedef struct PolyplugSliceMut_u16 PolyplugSliceMut_u16;
typedef struct PolyplugVec_u16 PolyplugVec_u16;
typedef struct PolyplugOwned_u16 PolyplugOwned_u16;
typedef struct PolyplugReturned_Vec_u16 PolyplugReturned_Vec_u16;
typedef struct PolyplugSlice_u32 PolyplugSlice_u32;
typedef struct PolyplugSliceMut_u32 PolyplugSliceMut_u32;
typedef struct PolyplugVec_u32 PolyplugVec_u32;
typedef struct PolyplugOwned_u32 PolyplugOwned_u32;
typedef struct PolyplugReturned_Vec_u32 PolyplugReturned_Vec_u32;
typedef struct PolyplugSlice_u64 PolyplugSlice_u64;
typedef struct PolyplugSliceMut_u64 PolyplugSliceMut_u64;
typedef struct PolyplugVec_u64 PolyplugVec_u64;
typedef struct PolyplugOwned_u64 PolyplugOwned_u64;
typedef struct PolyplugReturned_Vec_u64 PolyplugReturned_Vec_u64;
typedef struct PolyplugSlice_i8 PolyplugSlice_i8;
typedef struct PolyplugSliceMut_i8 PolyplugSliceMut_i8;
typedef struct PolyplugVec_i8 PolyplugVec_i8;
typedef struct PolyplugOwned_i8 PolyplugOwned_i8;
typedef struct PolyplugReturned_Vec_i8 PolyplugReturned_Vec_i8;
typedef struct PolyplugSlice_i16 PolyplugSlice_i16;
typedef struct PolyplugSliceMut_i16 PolyplugSliceMut_i16;
typedef struct PolyplugVec_i16 PolyplugVec_i16;
typedef struct PolyplugOwned_i16 PolyplugOwned_i16;
typedef struct PolyplugReturned_Vec_i16 PolyplugReturned_Vec_i16;
typedef struct PolyplugSlice_i32 PolyplugSlice_i32;
typedef struct PolyplugSliceMut_i32 PolyplugSliceMut_i32;
typedef struct PolyplugVec_i32 PolyplugVec_i32;
typedef struct PolyplugOwned_i32 PolyplugOwned_i32;
typedef struct PolyplugReturned_Vec_i32 PolyplugReturned_Vec_i32;
typedef struct PolyplugSlice_i64 PolyplugSlice_i64;
typedef struct PolyplugSliceMut_i64 PolyplugSliceMut_i64;
typedef struct PolyplugVec_i64 PolyplugVec_i64;
typedef struct PolyplugOwned_i64 PolyplugOwned_i64;
typedef struct PolyplugReturned_Vec_i64 PolyplugReturned_Vec_i64;
typedef struct PolyplugSlice_f32 PolyplugSlice_f32;
typedef struct PolyplugSliceMut_f32 PolyplugSliceMut_f32;
typedef struct PolyplugVec_f32 PolyplugVec_f32;
typedef struct PolyplugOwned_f32 PolyplugOwned_f32;
typedef struct PolyplugReturned_Vec_f32 PolyplugReturned_Vec_f32;
typedef struct PolyplugSlice_f64 PolyplugSlice_f64;
typedef struct PolyplugSliceMut_f64 PolyplugSliceMut_f64;
typedef struct PolyplugVec_f64 PolyplugVec_f64;
typedef struct PolyplugOwned_f64 PolyplugOwned_f64;
typedef struct PolyplugReturned_Vec_f64 PolyplugReturned_Vec_f64;
typedef struct PolyplugReturned_u32 PolyplugReturned_u32;
typedef struct PolyplugReturned_u64 PolyplugReturned_u64;
typedef struct PolyplugReturned_i32 PolyplugReturned_i32;
typedef struct PolyplugReturned_i64 PolyplugReturned_i64;
typedef struct PolyplugReturned_f32 PolyplugReturned_f32;
typedef struct PolyplugReturned_f64 PolyplugReturned_f64;
typedef struct PolyplugReturned_PluginError PolyplugReturned_PluginError;

// The entry of a bundle: registers its contracts with the host.
//
// `host` stays for the life of the process; `registrar` is for this call
// alone. Returns a `PolyplugStatus`.
typedef uint32_t (*PolyplugBundleEntry)(const PolyplugHostTable *host,
    void *registrar,
    PolyplugErrorBuffer *error);

// Frees the allocation of a `PolyplugVec`, given its three parts.
typedef void (*PolyplugReleaseElements)(void *ptr, size_t len, size_t capacity);

// A function of a contract, with its type erased: the schema says what it
// takes and returns.
typedef void (*PolyplugFunction)(void);

// A uniform call: `args` holds one pointer for each argument of the method, to
// the value in the form in which a native function would get it; `result` is
// memory for the value in the form in which a native function would return it.
// What the arena gives lives until the caller has read the result.
typedef uint32_t (*PolyplugVmCall)(void *loader_data,
    void *instance,
    uint32_t method,
    const void *const *args,
    void *result,
    PolyplugCallArena *arena,
    PolyplugErrorBuffer *error);

// Calls a typed function uniformly: `args` and `result` are as for `PolyplugVmCall`. What
// the arguments own is taken over, and so is what the result owns. Returns a
// `PolyplugStatus`; on failure `result` is left alone.
typedef uint32_t (*PolyplugUniformCall)(PolyplugFunction function,
    void *instance,
    const void *const *args,
    void *result,
    PolyplugErrorBuffer *error);

// Makes an instance and writes it to `instance`. Returns a
// `PolyplugStatus`; on failure `instance` is left alone.
typedef uint32_t (*PolyplugCreateInstance)(const PolyplugCreateContext *context,
    void **instance,
    PolyplugErrorBuffer *error);

// Destroys an instance that `PolyplugCreateInstance` made. It is gone whatever the
// returned `PolyplugStatus` is.
typedef uint32_t (*PolyplugDestroyInstance)(void *instance, PolyplugErrorBuffer *error);

// Tells an instance that it is about to be destroyed. Returns a
// `PolyplugStatus`, which is reported and never a veto.
typedef uint32_t (*PolyplugUnloadInstance)(void *instance, PolyplugErrorBuffer *error);

// Writes down the state of an instance, in which no call is, for
// `PolyplugRestoreInstance`. Returns a `PolyplugStatus`; on failure `state` is
// left alone.
typedef uint32_t (*PolyplugSaveInstance)(void *instance,
    PolyplugVec_u8 *state,
    PolyplugErrorBuffer *error);

// Makes an instance from a state, perhaps of another version, which is lent, and
// writes it to `instance`. Returns a `PolyplugStatus`; on failure
// `instance` is left alone.
typedef uint32_t (*PolyplugRestoreInstance)(const PolyplugCreateContext *context,
    PolyplugSlice_u8 state,
    void **instance,
    PolyplugErrorBuffer *error);

// The version of a contract: `major.minor`.
//
// Within one major a contract only grows, so a provider of any minor can be
// called. While the major is 0 each minor is a world of its own, as in Cargo.
struct PolyplugContractVersion {
    // Changes when something that existed changes.
    uint32_t major;
    // Grows when methods are added.
    uint32_t minor;
};

// Bump memory of the caller of a `PolyplugVmCall`: what a result
// points at lies here until the caller has read it.
//
// The public fields are the whole of the binary interface; what follows
// belongs to the side that made the arena.
struct PolyplugCallArena {
    // The size of the public part of this table in bytes.
    size_t size;
    // Memory of this size and alignment that stays until the call's result was
    // read; null when there is none to be had.
    void *(*allocate)(PolyplugCallArena *arena, size_t size, size_t align);
    /* What follows belongs to whoever made it. */
};

// What a host offers to its bundles. It belongs to the process, holds nothing
// of any runtime, and is never freed.
struct PolyplugHostTable {
    // The size of this table in bytes.
    size_t size;
    // The `POLYPLUG_ABI_VERSION` of the host.
    uint32_t abi_version;
    // Nothing yet; 0.
    uint32_t reserved;
    // Registers one contract for the bundle whose entry is running. Returns a
    // `PolyplugStatus`.
    uint32_t (*register_)(void *registrar,
        const PolyplugGuestContractInterface *interface,
        PolyplugErrorBuffer *error);
    // 1 while the calling thread runs code of a bundle on the host's behalf,
    // so that a panic will be caught at a boundary, else 0.
    uint32_t (*is_inside_guest)(void);
    // What the host keeps for the bundle whose entry is running: valid until the
    // bundle is closed, and longer for whoever retains it.
    const PolyplugHostObject *(*bundle)(void *registrar);
};

// Text borrowed for a call: UTF-8 bytes that the other side keeps.
struct PolyplugStr {
    // The first byte. May be null when `len` is 0.
    const uint8_t *ptr;
    // The length in bytes.
    size_t len;
};

// A caller's own view of a contract: what it knows of the methods, and functions
// of its own for what a provider does not have. Lent for a call; whoever gets it
// copies what it keeps, and never calls one of the functions but through a proxy
// that the lender holds.
struct PolyplugContractClient {
    // The size of this table in bytes.
    size_t size;
    // The contract, described as data. Its version is the one that the caller knows.
    const PolyplugContractSchema *schema;
    // The fingerprints of the methods, one for each.
    const uint64_t *method_fingerprints;
    // Functions that take a `PolyplugVmInstance`, one for each method.
    const PolyplugFunction *vm_thunks;
    // Functions for methods that the provider lacks, one for each method. When
    // `forwards` is not null they take a `PolyplugForwardInstance`.
    const PolyplugFunction *absent;
    // Functions that take a `PolyplugForwardInstance` and call on, one for each method.
    // Null when no method has a default body.
    const PolyplugFunction *forwards;
    // Adapters by which a typed function is called uniformly, one for each method.
    // Null when the caller has none.
    const PolyplugUniformCall *uniform;
    // What holds for each call of this caller: `UTF8_TEXTS`.
    // Nothing in a table that is older than this.
    uint32_t flags;
    // Nothing yet; 0.
    uint32_t reserved;
};

// The instance of a provider that lacks methods for which the caller has default
// bodies: these call the other methods through `functions`.
struct PolyplugForwardInstance {
    // A function table as long as the caller's contract, which takes this.
    const PolyplugFunction *functions;
    // The provider's own table, or thunks that take a VM instance.
    const PolyplugFunction *inner_functions;
    // What the provider's functions take.
    void *inner;
};

// Elements borrowed for a call.
struct PolyplugSlice_u8 {
    // The first element. May be null when `len` is 0.
    const uint8_t *ptr;
    // The number of elements.
    size_t len;
};

// A request for a proxy.
struct PolyplugProxyRequest {
    // The size of this table in bytes.
    size_t size;
    // A `PolyplugProviderKind`, unchecked.
    uint32_t kind;
    // Nothing yet; 0.
    uint32_t reserved;
    // Who asks.
    const PolyplugContractClient *client;
    // The bundle that must provide it, by `name` or `name@version`; empty for the
    // first one that does.
    PolyplugStr bundle;
    // The config of the instance.
    PolyplugSlice_u8 config;
    // The version that the provider must have at least; 0.0 for any of the major
    // version of the client.
    PolyplugContractVersion at_least;
};

// A table of typed functions.
struct PolyplugNativeDispatch {
    // `function_count` functions, in the order of the schema's methods.
    const PolyplugFunction *functions;
};

// One function for all methods, and the data of the loader that made it.
struct PolyplugVmDispatch {
    // Makes the call.
    PolyplugVmCall call;
    // Handed to `call` as it is.
    void *loader_data;
};

// How the methods of a provider are reached; its `dispatch_kind` says which
// field holds.
union PolyplugDispatch {
    // For `POLYPLUG_DISPATCH_KIND_NATIVE`.
    PolyplugNativeDispatch native;
    // For `POLYPLUG_DISPATCH_KIND_VM`.
    PolyplugVmDispatch vm;
};

// What a bundle gives to `PolyplugHostTable.register_` for each
// contract that it implements. The host copies what it needs before `register`
// returns; functions and schema must stay until the bundle is closed.
struct PolyplugGuestContractInterface {
    // The size of this table in bytes.
    size_t size;
    // The `ContractId` of the schema's name and version.
    uint64_t contract_id;
    // The schema's fingerprint.
    uint64_t fingerprint;
    // The version of the contract that is implemented.
    PolyplugContractVersion version;
    // A `PolyplugDispatchKind`, unchecked: says which side of `dispatch` holds.
    uint32_t dispatch_kind;
    // How many methods are implemented, from the first one on.
    uint32_t function_count;
    // The fingerprints of the methods, `function_count` of them.
    const uint64_t *method_fingerprints;
    // The contract, described as data.
    const PolyplugContractSchema *schema;
    // Makes an instance. Null, together with the others, for a provider whose
    // methods get a null instance.
    PolyplugCreateInstance create_instance;
    // Destroys an instance.
    PolyplugDestroyInstance destroy_instance;
    // How methods are reached.
    PolyplugDispatch dispatch;
    // Bits of `InterfaceFlags`.
    uint32_t flags;
    // Tells an instance that it is about to be destroyed. May be null.
    PolyplugUnloadInstance unload_instance;
    // Writes down the state of an instance. May be null, together with
    // `restore_instance`.
    PolyplugSaveInstance save_instance;
    // Makes an instance from a state that was written down. May be null, together
    // with `save_instance`.
    PolyplugRestoreInstance restore_instance;
    // Adapters by which the functions of a native table are called uniformly, one
    // for each. May be null.
    const PolyplugUniformCall *uniform;
    // As many functions as a native `dispatch` has, for callers that say
    // `POLYPLUG_CONTRACT_CLIENT_UTF8_TEXTS`: they need not
    // check the texts that they are passed. Null for a provider that checks every
    // caller's. Looked at only where `flags` say `POLYPLUG_INTERFACE_FLAGS_UTF8_TEXTS`.
    const PolyplugFunction *trusting_functions;
};

// What stands for the instance of a VM provider in a function table: a thunk
// with the native signature finds here whom to call.
struct PolyplugVmInstance {
    // Makes the call.
    PolyplugVmCall call;
    // The loader's data.
    void *loader_data;
    // The instance as the loader knows it.
    void *instance;
};

// One counted reference to a host's object for a bundle.
struct PolyplugHost {
    // The object, which lives at least as long as the reference.
    const PolyplugHostObject *object;
};

// The head of what the host keeps for a bundle. The rest lies behind it.
struct PolyplugHostObject {
    // What can be done with it.
    const PolyplugHostVtable *vtable;
};

// What a bundle can ask of its host, from any thread and for as long as it holds a
// reference; once the bundle is unloaded requests fail, and the rest still answers.
struct PolyplugHostVtable {
    // The size of this table in bytes.
    size_t size;
    // Counts one more reference.
    void (*retain)(const PolyplugHostObject *object);
    // Gives one reference back.
    void (*release)(const PolyplugHostObject *object);
    // The name of the bundle, valid while a reference is held.
    PolyplugStr (*bundle_name)(const PolyplugHostObject *object);
    // Where the bundle was loaded from, valid while a reference is held. Empty when
    // that is no file.
    PolyplugStr (*path)(const PolyplugHostObject *object);
    // Makes a proxy for `request`, which is lent, and writes it to `proxy`. Returns
    // a `PolyplugStatus`.
    uint32_t (*request)(const PolyplugHostObject *object,
        const PolyplugProxyRequest *request,
        PolyplugProxy *proxy,
        PolyplugErrorBuffer *error);
    // Makes a proxy over `local`, an instance of the bundle's own that the host
    // takes over, and writes it to `proxy`. Returns a `PolyplugStatus`;
    // on failure `local` is still the caller's.
    uint32_t (*make_local)(const PolyplugHostObject *object,
        const PolyplugContractClient *client,
        const PolyplugLocalInstance *local,
        PolyplugProxy *proxy,
        PolyplugErrorBuffer *error);
    // 1 when somebody wants records of this level and target, else 0.
    uint32_t (*is_enabled)(const PolyplugHostObject *object, uint32_t level, PolyplugStr target);
    // Writes a record, which is lent, to the host's log.
    void (*log)(const PolyplugHostObject *object, const PolyplugLogRecord *record);
    // Keeps the code of the bundle until the lease is ended. Null when nothing can keep
    // it any more.
    const PolyplugLease *(*lease)(const PolyplugHostObject *object);
};

// An implementation inside of a bundle that is no plugin: it goes with the version
// of the bundle that made it.
struct PolyplugLocalInstance {
    // The size of this table in bytes.
    size_t size;
    // A function table as long as the client's contract, which takes `instance`.
    const PolyplugFunction *functions;
    // The instance.
    void *instance;
    // Destroys the instance. It is gone whatever the returned status is.
    PolyplugDestroyInstance destroy;
};

// One record for the log.
struct PolyplugLogRecord {
    // The size of this table in bytes.
    size_t size;
    // A `PolyplugLogLevel`, unchecked.
    uint32_t level;
    // The line in `file`; 0 when it is not known.
    uint32_t line;
    // Which part of the bundle writes, such as a module's path. May be empty.
    PolyplugStr target;
    // The text.
    PolyplugStr message;
    // The source file. Empty when it is not known.
    PolyplugStr file;
};

// What the maker of an instance is told, lent for the call.
struct PolyplugCreateContext {
    // The size of this table in bytes.
    size_t size;
    // The config that the host gave, as bytes.
    PolyplugSlice_u8 config;
    // The name of the bundle.
    PolyplugStr bundle_name;
    // Where the bundle was loaded from. Empty when that is no file.
    PolyplugStr path;
    // What the interface's VM dispatch has as its loader data; null for a
    // native one.
    void *loader_data;
    // What the host keeps for the bundle, lent for the call.
    const PolyplugHostObject *host;
};

// An implementation that a caller lends to the function that it calls. Everything
// behind it is gone when that function has returned. Its functions may be called on
// the thread of the call alone, unless the lender says otherwise.
struct PolyplugLentObject {
    // The size of this table in bytes.
    size_t size;
    // The lender's own view of the contract.
    const PolyplugContractClient *client;
    // A function table as long as the lender's contract, which takes `instance`.
    const PolyplugFunction *functions;
    // The implementation.
    void *instance;
    // What threads other than that of the call may do: `SEND` and
    // `SYNC`. Nothing in a table that is older than this.
    uint32_t threads;
    // Nothing yet; 0.
    uint32_t reserved;
};

// A closure that a caller lends to the function that it calls. It is gone when that
// function has returned, and is called on the thread of the call alone.
struct PolyplugLentClosure {
    // The size of this table in bytes.
    size_t size;
    // The typed function: it takes `context`, the parameters and an error buffer, as a
    // method's function does. Never null.
    PolyplugFunction function;
    // An adapter by which `function` is called uniformly. May be null.
    PolyplugUniformCall uniform;
    // What `function` takes first.
    void *context;
};

// What keeps the code of a bundle until it is ended, once. It lies in memory of the
// host's, behind the function that ends it.
struct PolyplugLease {
    // Ends the lease, from any thread. Code of the host's: what it ends may be the last
    // thing that kept the bundle.
    void (*end)(const PolyplugLease *lease);
};

// One counted reference to a cell.
struct PolyplugProxy {
    // The cell, which lives at least as long as the reference.
    const PolyplugProxyCell *cell;
};

// What proxies of one instance share. Whatever else the host keeps for them
// lies behind it.
struct PolyplugProxyCell {
    // What a call is made through at the moment. Never null; written by the
    // host alone.
    PolyplugProxyBinding *current;
    // What can be done with the cell.
    const PolyplugProxyVtable *vtable;
    // Gives the record of the calling thread, good for one call.
    const PolyplugThreadRecord *(*thread_record)(void);
    // Tells callers that were compiled into the host from all others: they find
    // the record without asking.
    const void *home;
};

// An instance and the functions to call it with, or the reason why there is
// none. Never changes.
struct PolyplugProxyBinding {
    // A function table as long as the caller's contract. Null when there is
    // nothing to call.
    const PolyplugFunction *functions;
    // The instance, handed to each function.
    void *instance;
    // When `functions` is null, the `PolyplugErrorKind` that says why; else bits of
    // `InterfaceFlags` that hold for all of the functions:
    // `UTF8_TEXTS`, or none.
    uint32_t absent;
    // 1 when a caller is to wait by `PolyplugProxyVtable.settle`, else 0.
    uint32_t waits;
};

// Which bindings a thread is calling through. Lives in the host's memory, is
// handed from thread to thread and never freed.
struct PolyplugThreadRecord {
    // The size of what the host made, in bytes.
    POLYPLUG_ALIGN(64) uint32_t size;
    // Calls from this depth on are begun by `PolyplugProxyVtable.enter`. At most
    // `POLYPLUG_FRAMES`, and always the same for one record.
    uint32_t limit;
    // How many calls the thread is in. Written by that thread alone.
    uint32_t depth;
    // Whoever leaves a call to a depth below this goes through
    // `PolyplugProxyVtable.attend`.
    uint32_t attention;
    // The binding of each call, outermost first; null where there is none.
    // Written by the thread alone, read by whoever reclaims.
    PolyplugProxyBinding *slots[POLYPLUG_FRAMES];
};

// A call that has begun: the binding stays while its slot names it.
struct PolyplugCallFrame {
    // The record in which the call is named.
    const PolyplugThreadRecord *record;
    // What to call through.
    const PolyplugProxyBinding *binding;
    // The slot, below `POLYPLUG_FRAMES`.
    uint32_t depth;
    // Nothing yet; 0.
    uint32_t reserved;
};

// What can be done with a cell, from any thread.
struct PolyplugProxyVtable {
    // The size of this table in bytes.
    size_t size;
    // Begins a call for which the inlined path has no room in `record`, which is
    // the calling thread's; writes `frame`.
    void (*enter)(const PolyplugProxyCell *cell,
        const PolyplugThreadRecord *record,
        PolyplugCallFrame *frame);
    // Does what the thread was asked to do when it left a call of `record`.
    void (*attend)(const PolyplugThreadRecord *record);
    // Makes the instance of `binding`, in which the calling thread is, refuse
    // every later call.
    void (*poison)(const PolyplugProxyCell *cell, const PolyplugProxyBinding *binding);
    // Makes a new instance from the kept config, in the present version.
    uint32_t (*renew)(const PolyplugProxyCell *cell, PolyplugErrorBuffer *error);
    // Counts one more reference.
    void (*retain)(const PolyplugProxyCell *cell);
    // Gives one reference back.
    void (*release)(const PolyplugProxyCell *cell);
    // The name of the bundle, valid while a reference is held.
    PolyplugStr (*bundle_name)(const PolyplugProxyCell *cell);
    // Makes another cell for the same instance, for `client`, which is lent, and
    // writes a reference to it to `proxy`. Returns a `PolyplugStatus`.
    uint32_t (*rebind)(const PolyplugProxyCell *cell,
        const PolyplugContractClient *client,
        PolyplugProxy *proxy,
        PolyplugErrorBuffer *error);
    // Keeps what is present for as long as the pin is held, and writes `pin`.
    // Returns a `PolyplugStatus`.
    uint32_t (*pin)(const PolyplugProxyCell *cell, PolyplugPin *pin, PolyplugErrorBuffer *error);
    // Waits until there is something to call through, or a reason why there is not, and
    // writes it to `frame`, the calling thread's innermost, whose binding says that
    // callers wait. Returns a `PolyplugStatus`.
    uint32_t (*settle)(const PolyplugProxyCell *cell,
        PolyplugCallFrame *frame,
        PolyplugErrorBuffer *error);
};

// One version of an instance, kept until it is released: it stays callable, also
// after a reload or an unload.
struct PolyplugPin {
    // What to call through. Its `functions` are not null.
    const PolyplugProxyBinding *binding;
    // Given to `release`.
    const void *lease;
    // Gives the lease back, once.
    void (*release)(const void *lease);
};

struct PolyplugSlice_TypeSchemaPtr {
    const PolyplugTypeSchema *const *ptr;
    size_t len;
};

// A type that crosses.
struct PolyplugTypeSchema {
    // The size of this table in bytes.
    size_t size;
    // A `PolyplugTypeKind`, unchecked.
    uint32_t kind;
    // How many elements an array has; 0 for other kinds.
    uint32_t count;
    // What the type is made of: the element of a vector, the two sides of a
    // result, the fields of a struct, the variants of an enum, the parameters of a
    // closure and then its result.
    PolyplugSlice_TypeSchemaPtr parameters;
    // The hash of all that describes the type.
    uint64_t fingerprint;
    // The name of a struct, an enum, or an enum's variant, or a contract with its
    // major version, such as `text.transform@1`; else empty.
    PolyplugStr name;
    // The names of a struct's fields, or of an enum's variants, one for each
    // parameter, with commas between. Empty where fields have no names.
    PolyplugStr names;
};

struct PolyplugSlice_MethodSchemaPtr {
    const PolyplugMethodSchema *const *ptr;
    size_t len;
};

// A contract: its name, its version and its methods in the order of the trait.
struct PolyplugContractSchema {
    // The size of this table in bytes.
    size_t size;
    // The name, such as `text.transform`.
    PolyplugStr name;
    // The version.
    PolyplugContractVersion version;
    // What the author wrote above the trait.
    PolyplugStr docs;
    // The methods.
    PolyplugSlice_MethodSchemaPtr methods;
    // The hash of name, version and methods.
    uint64_t fingerprint;
};

struct PolyplugSlice_ArgumentSchemaPtr {
    const PolyplugArgumentSchema *const *ptr;
    size_t len;
};

// A method of a contract.
struct PolyplugMethodSchema {
    // The size of this table in bytes.
    size_t size;
    // The name.
    PolyplugStr name;
    // What the author wrote above the method.
    PolyplugStr docs;
    // The arguments after the receiver.
    PolyplugSlice_ArgumentSchemaPtr arguments;
    // What the method returns.
    const PolyplugTypeSchema *result;
    // The hash of name, receiver, arguments' types and result.
    uint64_t fingerprint;
    // The version that added the method.
    PolyplugContractVersion since;
    // A `PolyplugReceiver`, unchecked.
    uint32_t receiver;
    // 1 when the trait has a body for the method, else 0.
    uint32_t has_default;
};

// An argument of a method.
struct PolyplugArgumentSchema {
    // The size of this table in bytes.
    size_t size;
    // The name.
    PolyplugStr name;
    // The type.
    const PolyplugTypeSchema *ty;
    // The fingerprint of the type.
    uint64_t type_fingerprint;
};

// An owned sequence: whoever holds it must give it back to `release`, once.
//
// # Invariants
//
// A value made by `PolyplugVec.new_` owns a `Vec` of this module's allocator. One
// that came from elsewhere is hostile until `PolyplugVec.as_slice` took it.
struct PolyplugVec_u8 {
    // The first element. May be null when `len` is 0.
    uint8_t *ptr;
    // The number of elements.
    size_t len;
    // What the allocation has room for; only `release` reads it.
    size_t capacity;
    // Frees the allocation, not what the elements own. Null when the memory is
    // the callee's to reuse: such a sequence must be copied at once.
    PolyplugReleaseElements release;
};

// The description of a failure, in the caller's memory.
//
// The caller clears `seal` before a call and initialises nothing else; whoever
// fails writes the rest and then sets `seal` to `POLYPLUG_ERROR_BUFFER_SEAL`. A status
// that says "failed" beside a broken seal is an invalid reply, so that a guest
// which lies cannot make its caller read memory that nobody wrote.
struct PolyplugErrorBuffer {
    // `POLYPLUG_ERROR_BUFFER_SEAL` once everything else is written.
    uint64_t seal;
    // A `PolyplugPhase`, unchecked.
    uint32_t phase;
    // An `PolyplugErrorKind`, unchecked.
    uint32_t kind;
    // A number of the plugin's own, 0 to 65,535.
    uint32_t code;
    // How many bytes of `message` are used, at most `POLYPLUG_MESSAGE_CAPACITY`.
    uint32_t message_len;
    // UTF-8, cut at a character boundary.
    uint8_t message[POLYPLUG_MESSAGE_CAPACITY];
    // A longer text: a traceback, or where a panic happened. Often empty.
    PolyplugVec_u8 detail;
};

// A `PluginError` in memory.
struct PolyplugPluginError {
    // The kind that the plugin chose, 0 to 65,535.
    uint32_t kind;
    // The message.
    PolyplugVec_u8 message;
};

// Elements borrowed for a call, to be written in place.
struct PolyplugSliceMut_u8 {
    // The first element. May be null when `len` is 0.
    uint8_t *ptr;
    // The number of elements.
    size_t len;
};

// An owned sequence of whoever holds it, for as long as it is wanted: beside the
// elements, the lease on the code that frees them.
struct PolyplugOwned_u8 {
    // The elements. They are released before the lease ends.
    PolyplugVec_u8 elements;
    // What keeps the code of `release`. Null when nothing does but the running call:
    // such a sequence must be copied at once.
    const PolyplugLease *lease;
};

// What a function of a contract returns: the value, then the status.
//
// A value of up to four bytes and its status share one register, one of eight
// bytes takes a second one, and anything larger goes through the hidden result
// pointer of the platform's C convention.
struct PolyplugReturned_Vec_u8 {
    // The result. Zero bytes unless `status` is `POLYPLUG_STATUS_OK`.
    PolyplugVec_u8 value;
    // A `PolyplugStatus`, unchecked.
    uint32_t status;
};

struct PolyplugSlice_u16 {
    const uint16_t *ptr;
    size_t len;
};

struct PolyplugSliceMut_u16 {
    uint16_t *ptr;
    size_t len;
};

struct PolyplugVec_u16 {
    uint16_t *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_u16 {
    PolyplugVec_u16 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_u16 {
    PolyplugVec_u16 value;
    uint32_t status;
};

struct PolyplugSlice_u32 {
    const uint32_t *ptr;
    size_t len;
};

struct PolyplugSliceMut_u32 {
    uint32_t *ptr;
    size_t len;
};

struct PolyplugVec_u32 {
    uint32_t *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_u32 {
    PolyplugVec_u32 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_u32 {
    PolyplugVec_u32 value;
    uint32_t status;
};

struct PolyplugSlice_u64 {
    const uint64_t *ptr;
    size_t len;
};

struct PolyplugSliceMut_u64 {
    uint64_t *ptr;
    size_t len;
};

struct PolyplugVec_u64 {
    uint64_t *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_u64 {
    PolyplugVec_u64 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_u64 {
    PolyplugVec_u64 value;
    uint32_t status;
};

struct PolyplugSlice_i8 {
    const int8_t *ptr;
    size_t len;
};

struct PolyplugSliceMut_i8 {
    int8_t *ptr;
    size_t len;
};

struct PolyplugVec_i8 {
    int8_t *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_i8 {
    PolyplugVec_i8 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_i8 {
    PolyplugVec_i8 value;
    uint32_t status;
};

struct PolyplugSlice_i16 {
    const int16_t *ptr;
    size_t len;
};

struct PolyplugSliceMut_i16 {
    int16_t *ptr;
    size_t len;
};

struct PolyplugVec_i16 {
    int16_t *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_i16 {
    PolyplugVec_i16 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_i16 {
    PolyplugVec_i16 value;
    uint32_t status;
};

struct PolyplugSlice_i32 {
    const int32_t *ptr;
    size_t len;
};

struct PolyplugSliceMut_i32 {
    int32_t *ptr;
    size_t len;
};

struct PolyplugVec_i32 {
    int32_t *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_i32 {
    PolyplugVec_i32 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_i32 {
    PolyplugVec_i32 value;
    uint32_t status;
};

struct PolyplugSlice_i64 {
    const int64_t *ptr;
    size_t len;
};

struct PolyplugSliceMut_i64 {
    int64_t *ptr;
    size_t len;
};

struct PolyplugVec_i64 {
    int64_t *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_i64 {
    PolyplugVec_i64 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_i64 {
    PolyplugVec_i64 value;
    uint32_t status;
};

struct PolyplugSlice_f32 {
    const float *ptr;
    size_t len;
};

struct PolyplugSliceMut_f32 {
    float *ptr;
    size_t len;
};

struct PolyplugVec_f32 {
    float *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_f32 {
    PolyplugVec_f32 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_f32 {
    PolyplugVec_f32 value;
    uint32_t status;
};

struct PolyplugSlice_f64 {
    const double *ptr;
    size_t len;
};

struct PolyplugSliceMut_f64 {
    double *ptr;
    size_t len;
};

struct PolyplugVec_f64 {
    double *ptr;
    size_t len;
    size_t capacity;
    PolyplugReleaseElements release;
};

struct PolyplugOwned_f64 {
    PolyplugVec_f64 elements;
    const PolyplugLease *lease;
};

struct PolyplugReturned_Vec_f64 {
    PolyplugVec_f64 value;
    uint32_t status;
};

struct PolyplugReturned_u32 {
    uint32_t value;
    uint32_t status;
};

struct PolyplugReturned_u64 {
    uint64_t value;
    uint32_t status;
};

struct PolyplugReturned_i32 {
    int32_t value;
    uint32_t status;
};

struct PolyplugReturned_i64 {
    int64_t value;
    uint32_t status;
};

struct PolyplugReturned_f32 {
    float value;
    uint32_t status;
};

struct PolyplugReturned_f64 {
    double value;
    uint32_t status;
};

struct PolyplugReturned_PluginError {
    PolyplugPluginError value;
    uint32_t status;
};

/* What is asserted of them: the layouts that the host was built with. */

#if UINTPTR_MAX == UINT64_MAX
POLYPLUG_ASSERT(sizeof(PolyplugContractVersion) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugContractVersion, major) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugContractVersion, minor) == 4);
POLYPLUG_ASSERT(offsetof(PolyplugCallArena, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugCallArena, allocate) == 8);
POLYPLUG_ASSERT(sizeof(PolyplugHostTable) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugHostTable, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugHostTable, abi_version) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugHostTable, reserved) == 12);
POLYPLUG_ASSERT(offsetof(PolyplugHostTable, register_) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugHostTable, is_inside_guest) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugHostTable, bundle) == 32);
POLYPLUG_ASSERT(sizeof(PolyplugStr) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugStr, ptr) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugStr, len) == 8);
POLYPLUG_ASSERT(sizeof(PolyplugContractClient) == 64);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, schema) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, method_fingerprints) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, vm_thunks) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, absent) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, forwards) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, uniform) == 48);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, flags) == 56);
POLYPLUG_ASSERT(offsetof(PolyplugContractClient, reserved) == 60);
POLYPLUG_ASSERT(sizeof(PolyplugForwardInstance) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugForwardInstance, functions) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugForwardInstance, inner_functions) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugForwardInstance, inner) == 16);
POLYPLUG_ASSERT(sizeof(PolyplugProxyRequest) == 64);
POLYPLUG_ASSERT(offsetof(PolyplugProxyRequest, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugProxyRequest, kind) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugProxyRequest, reserved) == 12);
POLYPLUG_ASSERT(offsetof(PolyplugProxyRequest, client) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugProxyRequest, bundle) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugProxyRequest, config) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugProxyRequest, at_least) == 56);
POLYPLUG_ASSERT(sizeof(PolyplugNativeDispatch) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugNativeDispatch, functions) == 0);
POLYPLUG_ASSERT(sizeof(PolyplugVmDispatch) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugVmDispatch, call) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugVmDispatch, loader_data) == 8);
POLYPLUG_ASSERT(sizeof(PolyplugDispatch) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugDispatch, native) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugDispatch, vm) == 0);
POLYPLUG_ASSERT(sizeof(PolyplugGuestContractInterface) == 136);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, contract_id) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, fingerprint) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, version) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, dispatch_kind) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, function_count) == 36);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, method_fingerprints) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, schema) == 48);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, create_instance) == 56);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, destroy_instance) == 64);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, dispatch) == 72);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, flags) == 88);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, unload_instance) == 96);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, save_instance) == 104);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, restore_instance) == 112);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, uniform) == 120);
POLYPLUG_ASSERT(offsetof(PolyplugGuestContractInterface, trusting_functions) == 128);
POLYPLUG_ASSERT(sizeof(PolyplugVmInstance) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugVmInstance, call) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugVmInstance, loader_data) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugVmInstance, instance) == 16);
POLYPLUG_ASSERT(sizeof(PolyplugHost) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugHost, object) == 0);
POLYPLUG_ASSERT(sizeof(PolyplugHostObject) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugHostObject, vtable) == 0);
POLYPLUG_ASSERT(sizeof(PolyplugHostVtable) == 80);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, retain) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, release) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, bundle_name) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, path) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, request) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, make_local) == 48);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, is_enabled) == 56);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, log) == 64);
POLYPLUG_ASSERT(offsetof(PolyplugHostVtable, lease) == 72);
POLYPLUG_ASSERT(sizeof(PolyplugLocalInstance) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugLocalInstance, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugLocalInstance, functions) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugLocalInstance, instance) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugLocalInstance, destroy) == 24);
POLYPLUG_ASSERT(sizeof(PolyplugLogRecord) == 64);
POLYPLUG_ASSERT(offsetof(PolyplugLogRecord, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugLogRecord, level) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugLogRecord, line) == 12);
POLYPLUG_ASSERT(offsetof(PolyplugLogRecord, target) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugLogRecord, message) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugLogRecord, file) == 48);
POLYPLUG_ASSERT(sizeof(PolyplugCreateContext) == 72);
POLYPLUG_ASSERT(offsetof(PolyplugCreateContext, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugCreateContext, config) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugCreateContext, bundle_name) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugCreateContext, path) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugCreateContext, loader_data) == 56);
POLYPLUG_ASSERT(offsetof(PolyplugCreateContext, host) == 64);
POLYPLUG_ASSERT(sizeof(PolyplugLentObject) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugLentObject, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugLentObject, client) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugLentObject, functions) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugLentObject, instance) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugLentObject, threads) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugLentObject, reserved) == 36);
POLYPLUG_ASSERT(sizeof(PolyplugLentClosure) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugLentClosure, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugLentClosure, function) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugLentClosure, uniform) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugLentClosure, context) == 24);
POLYPLUG_ASSERT(sizeof(PolyplugLease) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugLease, end) == 0);
POLYPLUG_ASSERT(sizeof(PolyplugProxy) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugProxy, cell) == 0);
POLYPLUG_ASSERT(sizeof(PolyplugProxyCell) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugProxyCell, current) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugProxyCell, vtable) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugProxyCell, thread_record) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugProxyCell, home) == 24);
POLYPLUG_ASSERT(sizeof(PolyplugProxyBinding) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugProxyBinding, functions) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugProxyBinding, instance) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugProxyBinding, absent) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugProxyBinding, waits) == 20);
POLYPLUG_ASSERT(sizeof(PolyplugThreadRecord) == 256);
POLYPLUG_ASSERT(offsetof(PolyplugThreadRecord, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugThreadRecord, limit) == 4);
POLYPLUG_ASSERT(offsetof(PolyplugThreadRecord, depth) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugThreadRecord, attention) == 12);
POLYPLUG_ASSERT(offsetof(PolyplugThreadRecord, slots) == 16);
POLYPLUG_ASSERT(sizeof(PolyplugCallFrame) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugCallFrame, record) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugCallFrame, binding) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugCallFrame, depth) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugCallFrame, reserved) == 20);
POLYPLUG_ASSERT(sizeof(PolyplugProxyVtable) == 88);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, enter) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, attend) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, poison) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, renew) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, retain) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, release) == 48);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, bundle_name) == 56);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, rebind) == 64);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, pin) == 72);
POLYPLUG_ASSERT(offsetof(PolyplugProxyVtable, settle) == 80);
POLYPLUG_ASSERT(sizeof(PolyplugPin) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugPin, binding) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugPin, lease) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugPin, release) == 16);
POLYPLUG_ASSERT(sizeof(PolyplugTypeSchema) == 72);
POLYPLUG_ASSERT(offsetof(PolyplugTypeSchema, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugTypeSchema, kind) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugTypeSchema, count) == 12);
POLYPLUG_ASSERT(offsetof(PolyplugTypeSchema, parameters) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugTypeSchema, fingerprint) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugTypeSchema, name) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugTypeSchema, names) == 56);
POLYPLUG_ASSERT(sizeof(PolyplugContractSchema) == 72);
POLYPLUG_ASSERT(offsetof(PolyplugContractSchema, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugContractSchema, name) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugContractSchema, version) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugContractSchema, docs) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugContractSchema, methods) == 48);
POLYPLUG_ASSERT(offsetof(PolyplugContractSchema, fingerprint) == 64);
POLYPLUG_ASSERT(sizeof(PolyplugMethodSchema) == 88);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, name) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, docs) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, arguments) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, result) == 56);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, fingerprint) == 64);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, since) == 72);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, receiver) == 80);
POLYPLUG_ASSERT(offsetof(PolyplugMethodSchema, has_default) == 84);
POLYPLUG_ASSERT(sizeof(PolyplugArgumentSchema) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugArgumentSchema, size) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugArgumentSchema, name) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugArgumentSchema, ty) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugArgumentSchema, type_fingerprint) == 32);
POLYPLUG_ASSERT(sizeof(PolyplugErrorBuffer) == 568);
POLYPLUG_ASSERT(offsetof(PolyplugErrorBuffer, seal) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugErrorBuffer, phase) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugErrorBuffer, kind) == 12);
POLYPLUG_ASSERT(offsetof(PolyplugErrorBuffer, code) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugErrorBuffer, message_len) == 20);
POLYPLUG_ASSERT(offsetof(PolyplugErrorBuffer, message) == 24);
POLYPLUG_ASSERT(offsetof(PolyplugErrorBuffer, detail) == 536);
POLYPLUG_ASSERT(sizeof(PolyplugPluginError) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugPluginError, kind) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugPluginError, message) == 8);
POLYPLUG_ASSERT(sizeof(PolyplugSlice_u64) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugSlice_u64, ptr) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugSlice_u64, len) == 8);
POLYPLUG_ASSERT(sizeof(PolyplugSliceMut_u64) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugSliceMut_u64, ptr) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugSliceMut_u64, len) == 8);
POLYPLUG_ASSERT(sizeof(PolyplugVec_u64) == 32);
POLYPLUG_ASSERT(offsetof(PolyplugVec_u64, ptr) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugVec_u64, len) == 8);
POLYPLUG_ASSERT(offsetof(PolyplugVec_u64, capacity) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugVec_u64, release) == 24);
POLYPLUG_ASSERT(sizeof(PolyplugOwned_u64) == 40);
POLYPLUG_ASSERT(offsetof(PolyplugOwned_u64, elements) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugOwned_u64, lease) == 32);
POLYPLUG_ASSERT(sizeof(PolyplugReturned_u64) == 16);
POLYPLUG_ASSERT(offsetof(PolyplugReturned_u64, value) == 0);
POLYPLUG_ASSERT(offsetof(PolyplugReturned_u64, status) == 8);
#endif

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
