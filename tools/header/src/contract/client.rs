//! What a caller of a contract needs: a typed function for each method, and the tables
//! that a host asks a caller for.

use std::fmt::Write as _;

use super::types::{Forms, Types};
use super::{ContractHeaderError, Names, function};
use crate::abi::c_field;
use crate::schema::{Contract, Method};

/// The functions and tables of a caller.
pub(super) fn client(
    contract: &Contract,
    names: &Names,
    types: &mut Types<'_>,
) -> Result<String, ContractHeaderError> {
    let mut text = String::from("\n/* For who calls the contract. */\n");
    for (number, method) in contract.methods.iter().enumerate() {
        let call = Call::new(method, types)?;
        text.push_str(&call.through_proxy(names));
        text.push_str(&call.through_interpreter(names, number));
        text.push_str(&call.unavailable(names));
    }
    let prefix = &names.function;
    for table in ["interpreted", "unavailable"] {
        let _ = writeln!(text, "\nstatic const PolyplugFunction {prefix}_{table}[] = {{");
        for method in &contract.methods {
            let _ = writeln!(text, "    (PolyplugFunction){prefix}_{table}_{},", method.name);
        }
        text.push_str("};\n");
    }
    let _ = write!(
        text,
        "\n// What a request for a proxy states.\n\
         static const PolyplugContractClient {prefix}_client = {{\n    \
             sizeof(PolyplugContractClient),\n    &{prefix}_schema,\n    \
             {prefix}_method_fingerprints,\n    {prefix}_interpreted,\n    \
             {prefix}_unavailable,\n    NULL,\n    {prefix}_uniform,\n    0,\n    0,\n}};\n"
    );
    text.push_str(&lent(contract, names));
    Ok(text)
}

/// A function that checks what was lent as an implementation of the contract.
fn lent(contract: &Contract, names: &Names) -> String {
    let Names { ty, function, .. } = names;
    let name = &contract.name;
    let minor = match super::version(&contract.version) {
        ("0", _) => {
            format!("\n        client->schema->version.minor != {function}_schema.version.minor ||")
        }
        _ => String::new(),
    };
    format!(
        "\n// The functions of what a caller lent for the call, which take `lent->instance`; null\n\
         // when it is none of `{name}`, or older than this header.\n\
         static inline const {ty} *{function}_lent(const PolyplugLentObject *lent) {{\n    \
             const PolyplugContractClient *client = lent->client;\n    \
             PolyplugStr name = client->schema->name;\n    \
             if (name.len != {function}_schema.name.len ||\n        \
                 memcmp(name.ptr, {function}_schema.name.ptr, name.len) != 0 ||\n        \
                 client->schema->version.major != {function}_schema.version.major ||{minor}\n        \
                 client->schema->methods.len < {function}_schema.methods.len ||\n        \
                 memcmp(client->method_fingerprints, {function}_method_fingerprints,\n               \
                 sizeof({function}_method_fingerprints)) != 0) {{\n        \
                 return NULL;\n    }}\n    \
             return (const {ty} *)(const void *)lent->functions;\n}}\n"
    )
}

/// Adapters by which the functions of a provider are called uniformly.
pub(super) fn adapters(
    contract: &Contract,
    names: &Names,
    types: &mut Types<'_>,
) -> Result<String, ContractHeaderError> {
    let prefix = &names.function;
    let mut text = String::from("\n/* For callers that interpret the schema. */\n");
    for method in &contract.methods {
        text.push_str(&Call::new(method, types)?.uniform(names));
    }
    let _ = writeln!(text, "\nstatic const PolyplugUniformCall {prefix}_uniform[] = {{");
    for method in &contract.methods {
        let _ = writeln!(text, "    {prefix}_uniform_{},", method.name);
    }
    text.push_str("};\n");
    Ok(text)
}

/// One method, as its callers see it.
struct Call<'a> {
    method: &'a Method,
    returned: String,
    result: Forms,
    /// The declarations of the arguments, and their names.
    arguments: Vec<(String, String)>,
    /// What gives owned arguments back.
    releases: String,
}

impl<'a> Call<'a> {
    fn new(method: &'a Method, types: &mut Types<'_>) -> Result<Self, ContractHeaderError> {
        let (returned, declarations) = function(method, types)?;
        // The instance and the error buffer stand around them.
        let declarations = &declarations[1..declarations.len() - 1];
        let name_of = |it: &String| it.rsplit(' ').next().unwrap_or_default().to_owned();
        let arguments: Vec<_> = declarations.iter().map(|it| (it.clone(), name_of(it))).collect();
        let mut releases = String::new();
        for (argument, (_, name)) in method.arguments.iter().zip(&arguments) {
            let forms = types.forms(&argument.ty, &String::new)?;
            releases.extend(forms.release(name).map(|it| format!("    {it}\n")));
        }
        let result = types.forms(&method.result, &String::new)?;
        Ok(Self { method, returned, result, arguments, releases })
    }

    /// The parameters of a function that begin with `first`.
    fn parameters(&self, first: &str) -> String {
        let mut parameters = vec![first];
        parameters.extend(self.arguments.iter().map(|(declaration, _)| &**declaration));
        parameters.push("PolyplugErrorBuffer *error");
        parameters.join(", ")
    }

    /// Takes the value over before what returned it may go.
    fn takes(&self) -> String {
        match self.result.take("&returned.value") {
            Some(take) => format!(
                "    if (returned.status == POLYPLUG_STATUS_OK) {{\n        {take}\n    }}\n"
            ),
            None => String::new(),
        }
    }

    fn through_proxy(&self, names: &Names) -> String {
        let Self { method, returned, releases, .. } = self;
        let mut passed = vec!["frame.binding->instance"];
        passed.extend(self.arguments.iter().map(|(_, name)| &**name));
        passed.push("error");
        let Names { ty, function, .. } = names;
        let (name, field) = (&method.name, c_field(&method.name));
        format!(
            "\n// Calls `{name}`. What is returned is the caller's own.\n\
             static inline {returned} {function}_call_{name}({}) {{\n    \
                 PolyplugCallFrame frame;\n    {returned} returned;\n    \
                 polyplug_enter(cell, &frame);\n    if (polyplug_settle(cell, &frame, error)) {{\n        \
                     const {ty} *functions = (const {ty} *)(const void *)frame.binding->functions;\n        \
                     returned = functions->{field}({});\n    }} else {{\n        \
                     memset(&returned, 0, sizeof(returned));\n{}        \
                     returned.status = POLYPLUG_STATUS_FAILED;\n    \
                 }}\n{}    polyplug_leave(cell, &frame);\n    return returned;\n}}\n",
            self.parameters("const PolyplugProxyCell *cell"),
            passed.join(", "),
            releases.lines().map(|line| format!("    {line}\n")).collect::<String>(),
            self.takes(),
        )
    }

    /// A function that is called uniformly, and calls a typed one.
    fn uniform(&self, names: &Names) -> String {
        let Self { method, returned, arguments, .. } = self;
        let mut parameters = vec!["void *".to_owned()];
        let mut passed = vec!["instance".to_owned()];
        for (number, (declaration, name)) in arguments.iter().enumerate() {
            let ty = declaration.strip_suffix(&**name).unwrap_or(declaration).trim_end();
            parameters.push(ty.to_owned());
            passed.push(format!("*({ty} const *)args[{number}]"));
        }
        parameters.push("PolyplugErrorBuffer *".to_owned());
        passed.push("error".to_owned());
        format!(
            "\nstatic inline uint32_t {}_uniform_{}(PolyplugFunction function, void *instance, const void *const *args, void *result, PolyplugErrorBuffer *error) {{\n    \
                 {returned} returned = (({returned} (*)({}))function)({});\n    \
                 (void)args;\n    \
                 if (returned.status == POLYPLUG_STATUS_OK) {{\n        \
                     memcpy(result, &returned.value, sizeof(returned.value));\n    \
                 }}\n    return returned.status;\n}}\n",
            names.function,
            method.name,
            parameters.join(", "),
            passed.join(", "),
        )
    }

    /// A function that makes a uniform call.
    fn through_interpreter(&self, names: &Names, number: usize) -> String {
        let Self { method, returned, releases, .. } = self;
        let mut args: Vec<_> = self.arguments.iter().map(|(_, name)| format!("&{name}")).collect();
        if args.is_empty() {
            args.push("NULL".to_owned());
        }
        format!(
            "\nstatic inline {returned} {}_interpreted_{}({}) {{\n    \
                 const PolyplugVmInstance *vm = (const PolyplugVmInstance *)instance;\n    \
                 PolyplugMallocArena arena = polyplug_arena();\n    \
                 const void *args[] = {{{}}};\n    {returned} returned;\n    \
                 memset(&returned, 0, sizeof(returned));\n    \
                 returned.status = vm->call(vm->loader_data, vm->instance, {number}, args,\n                               \
                 &returned.value, &arena.arena, error);\n{}    \
                 polyplug_arena_free(&arena);\n{releases}    return returned;\n}}\n",
            names.function,
            method.name,
            self.parameters("void *instance"),
            args.join(", "),
            self.takes(),
        )
    }

    /// A function for a provider that is older than the method.
    fn unavailable(&self, names: &Names) -> String {
        let Self { method, returned, releases, arguments, .. } = self;
        let unused: String =
            arguments.iter().map(|(_, name)| format!("    (void){name};\n")).collect();
        format!(
            "\nstatic inline {returned} {}_unavailable_{}({}) {{\n    {returned} returned;\n    \
                 (void)instance;\n{unused}{releases}    memset(&returned, 0, sizeof(returned));\n    \
                 returned.status = polyplug_fail(error, POLYPLUG_PHASE_CALL,\n                                    \
                 POLYPLUG_ERROR_KIND_UNAVAILABLE, 0, \"\");\n    return returned;\n}}\n",
            names.function,
            method.name,
            self.parameters("void *instance"),
        )
    }
}
